//! Links that do what they are for as soon as somebody opens them and agrees, without a form.

use domain::accounts::{AccountId, EmailChangeId, LinkPurpose};
use entities::email_change;

use super::access::Client;
use super::{address, deletion};
use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::links::Link;

/// Does what the link is for, and says in a sentence what that was.
pub async fn confirm(ctx: &Context, link: &Link, client: &Client) -> Result<&'static str, Error> {
    let act = Act::link(ctx, &Actor::Visitor, link).await?;
    let done = match link.purpose {
        LinkPurpose::ConfirmAddress => {
            address::confirm(&act, AccountId(link.target), client).await?
        }
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
