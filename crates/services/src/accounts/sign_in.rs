//! Signing in with a password.

use adapters::PasswordHasher;
use domain::Violations;
use domain::accounts::{AccountId, EmailAddress, PasswordPolicy};
use entities::{account, child, demographic_snapshot, response};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};

use super::access::{self, Client, is_usable};
use super::limits;
use super::sessions::{self, NewSession};
use crate::act::{Act, Free};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::{people, throttle};

/// Signs somebody in.
///
/// A wrong password and an unknown address get the same answer after the same work. Somebody who
/// signed up a second time by mistake, in the same browser, gets what they entered there.
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
    if let Some(person) = actor.person() {
        adopt(&act, person.account, &account).await?;
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
    let stored = found.as_ref().map(|account| account.password_hash.clone());
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

/// Brings over what was entered in an account that was made by mistake, and removes that account.
async fn adopt(
    act: &Act<'_, Free>,
    double: AccountId,
    owner: &account::Model,
) -> Result<(), Error> {
    let double = people::find(&act.tx, double).await?;
    if double.claimed_email.is_empty()
        || double.claimed_email != owner.email
        || double.is_researcher
    {
        return Ok(());
    }
    child::Entity::update_many()
        .col_expr(child::Column::AccountId, Expr::value(owner.id))
        .filter(child::Column::AccountId.eq(double.id))
        .exec(&act.tx)
        .await?;
    response::Entity::update_many()
        .col_expr(response::Column::AccountId, Expr::value(owner.id))
        .filter(response::Column::AccountId.eq(double.id))
        .exec(&act.tx)
        .await?;
    let moved = Expr::value(owner.id);
    demographic_snapshot::Entity::update_many()
        .col_expr(demographic_snapshot::Column::AccountId, moved)
        .filter(demographic_snapshot::Column::AccountId.eq(double.id))
        .exec(&act.tx)
        .await?;
    account::Entity::delete_by_id(double.id)
        .exec(&act.tx)
        .await?;
    Ok(())
}
