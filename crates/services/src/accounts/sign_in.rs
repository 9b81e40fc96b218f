//! Signing in with a password.

use adapters::PasswordHasher;
use domain::Violations;
use domain::accounts::{EmailAddress, PasswordPolicy};
use entities::account;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};

use super::access::{self, Client};
use super::limits;
use super::sessions::{self, NewSession};
use crate::act::{Act, Free};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::people::is_usable;
use crate::throttle;

/// Signs somebody in.
///
/// A wrong password and an unknown address get the same answer after the same work.
pub async fn sign_in(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    password: SecretString,
    client: &Client,
) -> Result<NewSession, Error> {
    check(email, &password)?;
    let parsed = EmailAddress::parse(email);
    let address = parsed.as_ref().map_or(email, EmailAddress::as_str);
    let attempt = throttle::reserve(ctx, limits::passwords(ctx, address, client)).await?;
    let Some(account) = verified(ctx, parsed.as_ref(), &password).await? else {
        return Err(wrong());
    };
    // A hash that came from another system is replaced by one of ours, now that the password is
    // known.
    let upgraded = if PasswordHasher::is_foreign(&account.password_hash) {
        Some(ctx.passwords.hash(password.clone()).await?)
    } else {
        None
    };
    let act = Act::anybody(ctx, actor).await?;
    let verified = account;
    let account = lock(&act, &verified, password).await?;
    attempt.release(&act).await?;
    sessions::remove_ended(&act, account.id).await?;
    if let Some(password_hash) = upgraded
        && account.password_hash == verified.password_hash
    {
        let changed = account::ActiveModel {
            id: Set(account.id),
            password_hash: Set(password_hash),
            ..Default::default()
        };
        changed.update(&act.tx).await?;
    }
    let begun = sessions::begin(&act, account, client).await?;
    act.commit(begun).await
}

fn wrong() -> Error {
    Error::field(
        "password",
        "wrong",
        "This address and password don't belong together. Please check both.",
    )
}

fn check(email: &str, password: &SecretString) -> Result<(), Error> {
    let mut violations = Violations::new();
    if email.trim().is_empty() {
        violations.add("email", "required", "Please enter your email address.");
    }
    if password.expose_secret().is_empty() {
        violations.add("password", "required", "Please enter your password.");
    }
    violations.or(())?;
    if password.expose_secret().chars().count() > PasswordPolicy::MAXIMUM {
        return Err(wrong());
    }
    Ok(())
}

/// The account of this address, if the password is its own and it can be used.
async fn verified(
    ctx: &Context,
    email: Option<&EmailAddress>,
    password: &SecretString,
) -> Result<Option<account::Model>, Error> {
    let found = match email {
        Some(email) => {
            account::Entity::find()
                .filter(account::Column::Email.eq(email.as_str()))
                .one(&ctx.db)
                .await?
        }
        None => None,
    };
    // Some accounts have no password until their owner chooses one by a link.
    let hash = found.as_ref().map(|account| account.password_hash.clone());
    let stored = hash.filter(|hash| !hash.is_empty());
    let is_right = ctx.passwords.verify(password.clone(), stored).await?;
    Ok(found.filter(|account| {
        is_right && is_usable(account) && !(ctx.site.is_production && account.is_demo)
    }))
}

/// Locks the account that was verified, and refuses it if it was closed or got another password in
/// the meantime. A foreign hash may have been replaced by a sign-in at the same time, so the
/// password is then verified against the new one.
async fn lock(
    act: &Act<'_, Free>,
    verified: &account::Model,
    password: SecretString,
) -> Result<account::Model, Error> {
    let account = access::lock(act, verified.id).await?;
    let passwords = &act.ctx.passwords;
    let has_same_password = account.password_hash == verified.password_hash
        || (PasswordHasher::is_foreign(&verified.password_hash)
            && passwords
                .verify(password, Some(account.password_hash.clone()))
                .await?);
    if has_same_password && is_usable(&account) {
        Ok(account)
    } else {
        Err(wrong())
    }
}
