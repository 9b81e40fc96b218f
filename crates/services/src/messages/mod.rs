//! Email: written in the transaction that causes it, sent by a job.

mod outbox;

pub(crate) use crate::compat::{write, write_to, write_to_staff};

pub use outbox::{OutboxLetter, outbox, outbox_letter};

use adapters::{Mail, MailError};
use domain::accounts::AccountId;
use domain::messages::{Letter, LetterFrame, LetterId, LetterState};
use entities::{account, letter};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::act::Act;
use crate::context::Context;
use crate::error::Error;
use crate::jobs::{self, Job, JobError};
use crate::links;
pub(crate) use crate::people::address_of;

/// Sends one letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendLetter {
    /// The letter.
    pub letter: LetterId,
}

impl Job for SendLetter {
    const NAME: &'static str = "send_letter";
    const QUEUE: &'static str = "mail";
    const ATTEMPTS: u32 = 12;

    async fn run(self, ctx: &Context) -> Result<(), JobError> {
        send(ctx, self.letter).await
    }

    async fn give_up(self, ctx: &Context, reason: &str) -> Result<(), Error> {
        end(ctx, self.letter, LetterState::Failed, reason).await
    }
}

impl<S> Act<'_, S> {
    /// Writes an email to an account, and adds the job that sends it.
    pub(crate) async fn email(&self, to: &account::Model, content: &Letter) -> Result<(), Error> {
        let target = content.link().map(|_| to.id.0);
        self.email_address(Some(to.id), address_of(to), target, content)
            .await
    }

    /// Writes an email to an address, with a link to something.
    pub(crate) async fn email_address(
        &self,
        account: Option<AccountId>,
        address: &str,
        link_target: Option<Uuid>,
        content: &Letter,
    ) -> Result<(), Error> {
        let id = self.ctx.id(LetterId::from_parts)?;
        let row = letter::ActiveModel {
            id: Set(id),
            account_id: Set(account),
            email: Set(address.to_owned()),
            link_target: Set(link_target),
            content: Set(serde_json::to_string(content)?),
            state: Set(LetterState::Waiting),
            failure: Set(String::new()),
            created_at: Set(self.ctx.now()),
            ended_at: Set(None),
        };
        letter::Entity::insert(row)
            .exec_without_returning(&self.tx)
            .await?;
        self.add(&SendLetter { letter: id }).await
    }

    /// Writes an email to all staff.
    pub(crate) async fn email_staff(&self, content: &Letter) -> Result<(), Error> {
        let is_staff = account::Column::IsStaff
            .eq(true)
            .or(account::Column::IsSuperuser.eq(true));
        let staff = account::Entity::find()
            .filter(account::Column::IsActive.eq(true))
            .filter(is_staff)
            .all(&self.tx)
            .await?;
        for member in &staff {
            self.email(member, content).await?;
        }
        Ok(())
    }
}

async fn send(ctx: &Context, id: LetterId) -> Result<(), JobError> {
    let found = letter::Entity::find_by_id(id)
        .find_also_related(account::Entity)
        .one(&ctx.db)
        .await
        .map_err(jobs::retry)?;
    // A letter that is gone was deleted with its account.
    let Some((row, account)) = found else {
        return Ok(());
    };
    if row.state != LetterState::Waiting {
        return Ok(());
    }
    let content: Letter = serde_json::from_str(&row.content).map_err(jobs::fail)?;
    if account
        .as_ref()
        .is_some_and(|account| account.email_confirmed_at.is_none())
        && !content.may_go_unconfirmed()
    {
        return end(ctx, id, LetterState::Withheld, "")
            .await
            .map_err(jobs::retry);
    }
    let link = match (content.link(), row.link_target) {
        (Some(purpose), Some(target)) => match links::make(ctx, purpose, target, row.created_at)
            .await
            .map_err(jobs::retry)?
        {
            Some(link) => format!("{}/link/{link}", ctx.site.origin),
            // Done or withdrawn meanwhile: a link that leads nowhere helps nobody.
            None => {
                return end(
                    ctx,
                    id,
                    LetterState::Withheld,
                    "its link is no longer needed",
                )
                .await
                .map_err(jobs::retry);
            }
        },
        _ => String::new(),
    };
    // A name goes to the confirmed address only: whoever signs up can write anything as a name, and
    // to any address.
    let name = account
        .filter(|account| account.email_confirmed_at.is_some() && account.email == row.email)
        .map(|account| account.nickname)
        .unwrap_or_default();
    let rendered = content.render(&LetterFrame {
        origin: ctx.site.origin.clone(),
        name,
        link,
    });
    let mail = Mail {
        to: row.email,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        message_id: format!("{id}@{}", ctx.site.host()),
    };
    match ctx.mail.send(&mail).await {
        // Between these two lines a crash makes the letter go out once more, under the same id.
        Ok(()) => end(ctx, id, LetterState::Sent, "")
            .await
            .map_err(jobs::retry),
        Err(MailError::Later(reason)) => Err(JobError::Retry(reason)),
        Err(MailError::Never(reason)) => Err(JobError::Fail(reason)),
    }
}

async fn end(ctx: &Context, id: LetterId, state: LetterState, failure: &str) -> Result<(), Error> {
    let act = Act::bookkeeping(ctx).await?;
    letter::ActiveModel {
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
