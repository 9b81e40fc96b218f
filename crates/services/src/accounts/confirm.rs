//! Links that do what they are for as soon as somebody opens them and agrees. The link to a new
//! address asks for more: whoever reads that mailbox must also be the one who asked for the change,
//! or else anybody could put their account under somebody else's address.

use domain::accounts::{AccountId, EmailChangeId, LinkPurpose};
use entities::{account, email_change};
use sea_orm::EntityTrait;
use secrecy::{ExposeSecret, SecretString};

use super::access::Client;
use super::{address, deletion, limits};
use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::links::{self, Link};
use crate::throttle;

/// Whether this link also asks for the password of its account: that is so where whoever opened it
/// is not signed in to that account.
pub async fn asks_for_password(ctx: &Context, actor: &Actor, link: &Link) -> Result<bool, Error> {
    if link.purpose != LinkPurpose::ConfirmNewAddress {
        return Ok(false);
    }
    let owner = owner_of_change(ctx, link).await?;
    Ok(owner.is_some_and(|owner| !is_signed_in_to(actor, &owner)))
}

fn is_signed_in_to(actor: &Actor, owner: &account::Model) -> bool {
    actor
        .signed_in()
        .is_ok_and(|person| person.account == owner.id)
}

async fn owner_of_change(ctx: &Context, link: &Link) -> Result<Option<account::Model>, Error> {
    let change = email_change::Entity::find_by_id(EmailChangeId(link.target))
        .find_also_related(account::Entity)
        .one(&ctx.db)
        .await?;
    Ok(change.and_then(|(_, owner)| owner))
}

/// Does what the link is for, and says in a sentence what that was.
pub async fn confirm(
    ctx: &Context,
    actor: &Actor,
    link: &Link,
    password: SecretString,
    client: &Client,
) -> Result<&'static str, Error> {
    if link.purpose == LinkPurpose::ConfirmNewAddress {
        links::check(ctx, link).await?;
        check_owner(ctx, actor, link, password, client).await?;
    }
    let act = Act::link(ctx, &Actor::Visitor, link).await?;
    let done = match link.purpose {
        LinkPurpose::AgreeToChange => {
            let by = email_change::Column::OldAgreedAt;
            address::agree(&act, EmailChangeId(link.target), by, client).await?
        }
        LinkPurpose::ConfirmNewAddress => {
            let by = email_change::Column::NewConfirmedAt;
            address::agree(&act, EmailChangeId(link.target), by, client).await?
        }
        LinkPurpose::KeepAccount => {
            deletion::keep(&act, AccountId(link.target), client).await?;
            "Your account stays as it is. Welcome back."
        }
        LinkPurpose::ResetPassword | LinkPurpose::AcceptInvitation => return Err(Error::Denied),
    };
    act.commit(done).await
}

/// Refuses whoever is neither signed in to the account that is moved, nor knows its password.
async fn check_owner(
    ctx: &Context,
    actor: &Actor,
    link: &Link,
    password: SecretString,
    client: &Client,
) -> Result<(), Error> {
    let owner = owner_of_change(ctx, link).await?;
    let Some(owner) = owner.filter(|owner| !is_signed_in_to(actor, owner)) else {
        return Ok(());
    };
    if password.expose_secret().is_empty() {
        return Err(Error::field(
            "password",
            "required",
            "Please enter the password of the account that asked for this.",
        ));
    }
    let attempt = throttle::reserve(ctx, limits::passwords(ctx, &owner.email, client)).await?;
    if !ctx
        .passwords
        .verify(password, Some(owner.password_hash))
        .await?
    {
        return Err(Error::field(
            "password",
            "wrong",
            "This is not the password of the account that asked for this.",
        ));
    }
    attempt.release_alone(ctx).await
}
