//! Sending an email: what becomes of one that was written.

use adapters::{Mail, MailError};
use domain::accounts::{AccountId, LinkPurpose, PendingAccountId};
use domain::messages::{Email, EmailContext, EmailId, EmailState};
use entities::{account, email, pending_account};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use crate::act::Act;
use crate::context::Context;
use crate::error::Error;
use crate::jobs::{self, Job, JobError};
use crate::links::{self, WrittenLink};
use crate::people::is_usable;

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
    /// It must not go out, and why.
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
    let has_one = match content {
        Email::SignUpCode => return sign_up_code(ctx, row).await,
        // It was asked for by address.
        Email::ResetPassword if row.link_target.is_none() => by_address(ctx, &row.email).await?,
        _ => return written(ctx, row, account, content).await,
    };
    match has_one {
        Some(account) => {
            let row = bind(ctx, row, account.id).await?;
            written(ctx, row, Some(account), content).await
        }
        None => Ok(Prepared::Withheld("no account has this address")),
    }
}

/// Somebody signs up: the code for a new address, and a word to the owner of a known one.
async fn sign_up_code(ctx: &Context, row: email::Model) -> Result<Prepared, Error> {
    let Some(id) = row.link_target.map(PendingAccountId) else {
        return Ok(Prepared::Withheld("it belongs to no sign-up"));
    };
    let waits = pending_account::Entity::find_by_id(id)
        .filter(pending_account::Column::ExpiresAt.gt(ctx.now()));
    if waits.count(&ctx.db).await? == 0 {
        return Ok(Prepared::Withheld("its code is no longer needed"));
    }
    let known = account::Entity::find().filter(account::Column::Email.eq(&row.email));
    if known.count(&ctx.db).await? > 0 {
        return written(ctx, row, None, &Email::AddressTaken).await;
    }
    let frame = EmailContext {
        code: links::code(ctx, id)?,
        ..frame(ctx)
    };
    Ok(rendered(ctx, row, &Email::SignUpCode, &frame))
}

async fn by_address(ctx: &Context, address: &str) -> Result<Option<account::Model>, Error> {
    let found = account::Entity::find().filter(account::Column::Email.eq(address));
    Ok(found.one(&ctx.db).await?.filter(is_usable))
}

/// Notes for which account an email is, and the state to which its link is bound: trying to send it
/// again later must not bind it to a later state.
async fn bind(ctx: &Context, row: email::Model, account: AccountId) -> Result<email::Model, Error> {
    let act = Act::bookkeeping(ctx).await?;
    let digest = links::digest(ctx, &act.tx, LinkPurpose::ResetPassword, account.0).await?;
    let bound = email::ActiveModel {
        id: Set(row.id),
        account_id: Set(Some(account)),
        link_target: Set(Some(account.0)),
        link_stamp: Set(digest),
        ..Default::default()
    };
    let bound = bound.update(&act.tx).await?;
    act.commit(bound).await
}

/// An email of which everything was known when it was written.
async fn written(
    ctx: &Context,
    row: email::Model,
    account: Option<account::Model>,
    content: &Email,
) -> Result<Prepared, Error> {
    let mut frame = frame(ctx);
    if let (Some(purpose), Some(target)) = (content.link(), row.link_target) {
        let link = WrittenLink {
            purpose,
            target,
            at: row.created_at,
            digest: row.link_stamp.clone(),
        };
        let Some(link) = links::make(ctx, &link).await? else {
            // Done or changed meanwhile: a link that leads nowhere helps nobody.
            return Ok(Prepared::Withheld("its link is no longer needed"));
        };
        frame.link = format!("{}/link/{link}", ctx.site.origin);
    }
    // A name goes to the account's own address only: another may have been mistyped.
    frame.name = account
        .filter(|account| account.email == row.email)
        .map(|account| account.nickname)
        .unwrap_or_default();
    Ok(rendered(ctx, row, content, &frame))
}

fn frame(ctx: &Context) -> EmailContext {
    EmailContext {
        origin: ctx.site.origin.clone(),
        ..EmailContext::default()
    }
}

fn rendered(ctx: &Context, row: email::Model, content: &Email, frame: &EmailContext) -> Prepared {
    let rendered = content.render(frame);
    Prepared::Ready(Mail {
        to: row.email,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        message_id: format!("{}@{}", row.id, ctx.site.host()),
    })
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
