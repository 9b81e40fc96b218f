//! Sending an email: what becomes of one that was written.

use adapters::{Mail, MailError};
use domain::messages::{Email, EmailContext, EmailId, EmailState};
use entities::{account, email};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde::{Deserialize, Serialize};

use crate::act::Act;
use crate::context::Context;
use crate::error::Error;
use crate::jobs::{self, Job, JobError};
use crate::links;

/// Sends one email.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendEmail {
    pub email: EmailId,
}

impl Job for SendEmail {
    const NAME: &'static str = "send_email";
    const QUEUE: &'static str = "mail";
    const ATTEMPTS: u32 = 12;

    async fn run(self, ctx: &Context) -> Result<(), JobError> {
        send(ctx, self.email).await
    }

    async fn give_up(self, ctx: &Context, reason: &str) -> Result<(), Error> {
        end(ctx, self.email, EmailState::Failed, reason).await
    }
}

/// What is to be done with an email that was written.
enum Prepared {
    Ready(Mail),
    /// It must not go out; why, unless that is clear from the account.
    Withheld(&'static str),
}

async fn send(ctx: &Context, id: EmailId) -> Result<(), JobError> {
    let found = email::Entity::find_by_id(id)
        .find_also_related(account::Entity)
        .one(&ctx.db)
        .await
        .map_err(jobs::retry)?;
    // An email that is gone was deleted with its account.
    let Some((row, account)) = found else {
        return Ok(());
    };
    if row.state != EmailState::Waiting {
        return Ok(());
    }
    let content: Email = serde_json::from_str(&row.content).map_err(jobs::fail)?;
    let prepared = prepare(ctx, row, account, &content).await;
    let (state, reason) = match prepared.map_err(jobs::retry)? {
        Prepared::Withheld(reason) => (EmailState::Withheld, reason),
        Prepared::Ready(mail) => {
            ctx.mail.send(&mail).await.map_err(fault)?;
            // After a crash at this point the email goes out once more, under the same id.
            (EmailState::Sent, "")
        }
    };
    end(ctx, id, state, reason).await.map_err(jobs::retry)
}

fn fault(error: MailError) -> JobError {
    match error {
        MailError::Later(reason) => JobError::Retry(reason),
        MailError::Never(reason) => JobError::Fail(reason),
    }
}

async fn prepare(
    ctx: &Context,
    row: email::Model,
    account: Option<account::Model>,
    content: &Email,
) -> Result<Prepared, Error> {
    let is_unconfirmed = account
        .as_ref()
        .is_some_and(|account| account.email_confirmed_at.is_none());
    if is_unconfirmed && !content.may_go_unconfirmed() {
        return Ok(Prepared::Withheld(""));
    }
    let link = match (content.link(), row.link_target) {
        (Some(purpose), Some(target)) => {
            let Some(link) = links::make(ctx, purpose, target, row.created_at).await? else {
                // Done or withdrawn meanwhile: a link that leads nowhere helps nobody.
                return Ok(Prepared::Withheld("its link is no longer needed"));
            };
            format!("{}/link/{link}", ctx.site.origin)
        }
        _ => String::new(),
    };
    // A name goes to the confirmed address only: whoever signs up can write anything as a name, and
    // to any address.
    let name = account
        .filter(|account| account.email_confirmed_at.is_some() && account.email == row.email)
        .map(|account| account.nickname)
        .unwrap_or_default();
    let rendered = content.render(&EmailContext {
        origin: ctx.site.origin.clone(),
        name,
        link,
    });
    Ok(Prepared::Ready(Mail {
        to: row.email,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        message_id: format!("{}@{}", row.id, ctx.site.host()),
    }))
}

async fn end(ctx: &Context, id: EmailId, state: EmailState, failure: &str) -> Result<(), Error> {
    let act = Act::bookkeeping(ctx).await?;
    email::ActiveModel {
        id: Set(id),
        state: Set(state),
        failure: Set(failure.to_owned()),
        ended_at: Set(Some(ctx.now())),
        ..Default::default()
    }
    .update(&act.tx)
    .await?;
    act.commit(()).await
}
