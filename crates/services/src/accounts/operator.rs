//! What operators do from the command line, where no staff can.

use domain::Violations;
use domain::accounts::{AccountId, EmailAddress, Powers};
use domain::audit::AuditAction;
use domain::messages::Email;
use entities::account;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use secrecy::SecretString;

use super::new_account::{NewAccount, insert};
use super::{access, factors, password};
use crate::act::{Act, Free};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::labs::join_sandbox;
use crate::people;

/// Makes an account. The operator vouches for its address.
pub async fn create(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    password: SecretString,
    new: NewAccount,
) -> Result<AccountId, Error> {
    actor.system()?;
    let email = EmailAddress::parse(email)
        .ok_or_else(|| Error::field("email", "no_address", "this is not an email address"))?;
    let mut violations = Violations::new();
    let (policy, known) = (
        new.powers.password_policy(),
        [email.as_str(), &new.nickname],
    );
    password::check(ctx, policy, &password, known, &mut violations).await?;
    violations.or(())?;
    let password_hash = ctx.passwords.hash(password).await?;
    let is_researcher = new.powers.is_researcher;
    let act = Act::system(ctx, actor).await?;
    let id = insert(ctx, &act.tx, &email, password_hash, new)
        .await?
        .ok_or_else(|| Error::field("email", "taken", "an account with this address exists"))?;
    if is_researcher {
        join_sandbox(&act, id).await?;
    }
    let event = Event::of(AuditAction::AccountCreated).to(id);
    act.audit(event.detail("command line")).await?;
    act.commit(id).await
}

/// Changes an account's rights; all its sessions and tokens end, so that they take effect at once.
pub async fn promote(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    powers: Powers,
) -> Result<(), Error> {
    let act = Act::system(ctx, actor).await?;
    let account = lock_by_email(&act, email).await?;
    let changed = account::ActiveModel {
        id: Set(account.id),
        is_researcher: Set(powers.is_researcher),
        is_staff: Set(powers.is_staff),
        is_superuser: Set(powers.is_superuser),
        ..Default::default()
    };
    changed.update(&act.tx).await?;
    if powers.is_researcher && !account.is_researcher {
        join_sandbox(&act, account.id).await?;
    }
    access::end(&act, account.id, None).await?;
    let event = Event::of(AuditAction::PowersChanged).to(account.id);
    act.audit(event.detail(words_of(powers))).await?;
    act.commit(()).await
}

fn words_of(powers: Powers) -> String {
    [
        (powers.is_researcher, "researcher"),
        (powers.is_staff, "site admin"),
        (powers.is_superuser, "superuser"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect::<Vec<_>>()
    .join(", ")
}

/// Sets a password; all sessions of the account end.
pub async fn set_password(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    password: SecretString,
) -> Result<(), Error> {
    actor.system()?;
    let account = people::by_email(&ctx.db, email).await?;
    let hash = password::hash(ctx, &account, password).await?;
    let act = Act::system(ctx, actor).await?;
    let account = access::lock(&act, account.id).await?;
    password::store(&act, &account, hash, None).await?;
    act.audit(Event::of(AuditAction::PasswordChanged).to(account.id))
        .await?;
    act.commit(()).await
}

/// Removes all second factors, for an owner whom no staff can help. The owner is told.
pub async fn reset_factors(ctx: &Context, actor: &Actor, email: &str) -> Result<(), Error> {
    let act = Act::system(ctx, actor).await?;
    let account = lock_by_email(&act, email).await?;
    factors::remove_all(&act, account.id).await?;
    act.email(&account, &Email::FactorReset).await?;
    let event = Event::of(AuditAction::FactorReset).to(account.id);
    act.audit(event.detail("command line")).await?;
    act.commit(()).await
}

async fn lock_by_email(act: &Act<'_, Free>, email: &str) -> Result<account::Model, Error> {
    let account = people::by_email(&act.tx, email).await?;
    access::lock(act, account.id).await
}
