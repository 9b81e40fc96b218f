//! Passwords: what makes a good one, asking for the present one, and changing it.

use adapters::secrets;
use domain::Violations;
use domain::accounts::{PasswordPolicy, PasswordStrength, SessionId};
use domain::audit::AuditAction;
use domain::messages::Email;
use entities::account;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use secrecy::{ExposeSecret, SecretString};

use super::access::Client;
use super::sessions::{self, NewSession};
use super::{access, limits};
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::people::powers_of;
use crate::{people, throttle};

/// Estimates a password while it is typed. `known` is what others know about the person. Nothing is
/// stored or logged.
pub async fn rate_password(
    ctx: &Context,
    client: &Client,
    password: SecretString,
    known: &[&str],
) -> Result<PasswordStrength, Error> {
    ctx.rates.ratings.count(&client.network())?;
    strength(ctx, &password, known).await
}

/// Estimates a password where that holds nobody else up.
pub(super) async fn strength(
    ctx: &Context,
    password: &SecretString,
    known: &[&str],
) -> Result<PasswordStrength, Error> {
    let password = password.clone();
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    let rating = move || secrets::strength(password.expose_secret(), &known);
    Ok(ctx.pools.ratings.run(rating).await?)
}

/// Checks a new password against the policy. Rating it costs, so attempts are counted before.
pub(super) async fn check<const N: usize>(
    ctx: &Context,
    policy: PasswordPolicy,
    password: &SecretString,
    known: [&str; N],
    violations: &mut Violations,
) -> Result<(), Error> {
    let strength = strength(ctx, password, &known).await?;
    policy.check("password", password.expose_secret(), &strength, violations);
    Ok(())
}

pub(super) fn check_repeated(
    password: &SecretString,
    again: &SecretString,
    violations: &mut Violations,
) {
    if password.expose_secret() != again.expose_secret() {
        violations.add(
            "password_again",
            "different",
            "The two passwords differ. Please type the same one twice.",
        );
    }
}

/// Checks a new password against the policy of its account and hashes it.
pub(super) async fn hash(
    ctx: &Context,
    account: &account::Model,
    password: SecretString,
) -> Result<String, Error> {
    let mut violations = Violations::new();
    let known = [
        account.email.as_str(),
        &account.nickname,
        &account.given_name,
        &account.family_name,
    ];
    let policy = powers_of(account).password_policy();
    check(ctx, policy, &password, known, &mut violations).await?;
    violations.or(())?;
    Ok(ctx.passwords.hash(password).await?)
}

/// Checks the current password of whoever asks, as often as at sign-in.
pub(super) async fn confirm(
    ctx: &Context,
    account: &account::Model,
    field: &str,
    password: SecretString,
) -> Result<(), Error> {
    let attempt = throttle::reserve(ctx, [limits::passwords_of(ctx, &account.email)]).await?;
    let stored = Some(account.password_hash.clone());
    if password.expose_secret().chars().count() <= PasswordPolicy::MAXIMUM
        && ctx.passwords.verify(password, stored).await?
    {
        return attempt.release_alone(ctx).await;
    }
    Err(Error::field(
        field,
        "wrong",
        "This is not your current password.",
    ))
}

/// Stores a new password, ends every other way in, and tells the owner.
pub(super) async fn store<S>(
    act: &Act<'_, S>,
    account: &account::Model,
    password_hash: String,
    keep: Option<SessionId>,
) -> Result<(), Error> {
    let changed = account::ActiveModel {
        id: Set(account.id),
        password_hash: Set(password_hash),
        ..Default::default()
    };
    changed.update(&act.tx).await?;
    access::end(act, account.id, keep).await?;
    act.email(account, &Email::PasswordChanged).await
}

/// Changes the password. Every other session ends, this one goes on under a new token, and the
/// owner gets an email.
pub async fn change_password(
    ctx: &Context,
    actor: &Actor,
    present: SecretString,
    new: SecretString,
    again: SecretString,
) -> Result<NewSession, Error> {
    let person = actor.signed_in()?;
    let account = people::find(&ctx.db, person.account).await?;
    let mut violations = Violations::new();
    check_repeated(&new, &again, &mut violations);
    confirm(ctx, &account, "present_password", present).await?;
    violations.or(())?;
    let hash = hash(ctx, &account, new).await?;
    let act = Act::own(ctx, actor).await?;
    store(&act, &act.account, hash, Some(act.session)).await?;
    let renewed = sessions::renew(&act).await?;
    act.audit(Event::of(AuditAction::PasswordChanged).to(act.account.id))
        .await?;
    act.commit(renewed).await
}
