//! A new password for somebody who forgot theirs, by a link.

use domain::Violations;
use domain::accounts::{AccountId, EmailAddress, LinkPurpose};
use domain::audit::AuditAction;
use domain::messages::Email;
use secrecy::SecretString;

use super::access::Client;
use super::{limits, password};
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::links::{self, Link};
use crate::{people, throttle};

/// Asks for a link for a new password. Nothing here depends on whether the address has an account:
/// that is looked up when the email is sent.
pub async fn request_reset(ctx: &Context, email: &str, client: &Client) -> Result<(), Error> {
    let email = EmailAddress::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please enter the email address of your account.",
        )
    })?;
    throttle::reserve(ctx, limits::resets(ctx, &email, client)).await?;
    let act = Act::anybody(ctx, &Actor::Visitor).await?;
    act.email_address(None, email.as_str(), None, &Email::ResetPassword)
        .await?;
    act.commit(()).await
}

/// Sets a new password by a link. The second factor is still asked for at sign-in.
pub async fn reset_password(
    ctx: &Context,
    link: &Link,
    new: SecretString,
    again: SecretString,
    client: &Client,
) -> Result<(), Error> {
    if link.purpose != LinkPurpose::ResetPassword {
        return Err(Error::Denied);
    }
    links::check(ctx, link).await?;
    let id = AccountId(link.target);
    let mut violations = Violations::new();
    password::check_repeated(&new, &again, &mut violations);
    violations.or(())?;
    let hash = password::hash(ctx, &people::find(&ctx.db, id).await?, new).await?;
    let act = Act::link(ctx, &Actor::Visitor, link).await?;
    let account = people::find(&act.tx, id).await?;
    password::store(&act, &account, hash, None).await?;
    let event = Event::of(AuditAction::PasswordChanged).to(id);
    act.audit_as(Some(id), client.address(), event.detail("by a link"))
        .await?;
    act.commit(()).await
}
