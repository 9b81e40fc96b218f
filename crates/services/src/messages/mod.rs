//! Email: written in the transaction that causes it, sent by a job.

mod outbox;
mod sending;

use chrono::Duration;
use domain::accounts::AccountId;
use domain::messages::{Email, EmailId, EmailState};
use entities::{account, email};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::act::Act;
use crate::error::Error;
use crate::links;

pub use adapters::KeptMail;
pub use outbox::{outbox, outbox_email};
pub use sending::SendEmail;

/// Emails to one mailbox within a day that anybody can cause who knows its address.
const MOST_TO_ADDRESS: u64 = 10;
/// Emails to the mailbox of one account within a day, but for warnings.
const MOST_TO_ACCOUNT: u64 = 50;

impl<S> Act<'_, S> {
    /// Writes an email to an account, and adds the job that sends it.
    pub(crate) async fn email(&self, to: &account::Model, content: &Email) -> Result<(), Error> {
        let target = content.link().map(|_| to.id.0);
        self.email_address(Some(to.id), &to.email, target, content)
            .await
    }

    /// Writes an email to an address, with a link to something. Without an account it may be to
    /// anybody.
    ///
    /// A mailbox that got too many is spared, and nobody is told: whoever floods it learns nothing.
    pub(crate) async fn email_address(
        &self,
        account: Option<AccountId>,
        address: &str,
        link_target: Option<Uuid>,
        content: &Email,
    ) -> Result<(), Error> {
        let (ctx, now) = (self.ctx, self.ctx.now());
        let id = ctx.id(EmailId::from_parts)?;
        let link_stamp = match (content.link(), link_target) {
            (Some(purpose), Some(target)) => links::digest(ctx, &self.tx, purpose, target).await?,
            _ => None,
        };
        let is_too_much = self.is_too_much(account, address, content).await?;
        let row = email::ActiveModel {
            id: Set(id),
            account_id: Set(account),
            email: Set(address.to_owned()),
            link_target: Set(link_target),
            link_stamp: Set(link_stamp),
            content: Set(serde_json::to_string(content)?),
            state: Set(if is_too_much {
                EmailState::Withheld
            } else {
                EmailState::Waiting
            }),
            failure: Set(if is_too_much {
                "too many to this mailbox".to_owned()
            } else {
                String::new()
            }),
            created_at: Set(now),
            ended_at: Set(is_too_much.then_some(now)),
        };
        email::Entity::insert(row)
            .exec_without_returning(&self.tx)
            .await?;
        if is_too_much {
            return Ok(());
        }
        self.add(&SendEmail { email: id }).await
    }

    /// Whether a mailbox got as many emails of a sort today as it may.
    async fn is_too_much(
        &self,
        account: Option<AccountId>,
        address: &str,
        content: &Email,
    ) -> Result<bool, Error> {
        // Codes for signing up are counted where they are asked for, and whoever asks is told.
        if content.is_warning() || matches!(content, Email::SignUpCode) {
            return Ok(false);
        }
        // A new password goes to no mailbox but that of an account.
        let is_to_account = account.is_some() || matches!(content, Email::ResetPassword);
        let (of_sort, most) = if is_to_account {
            (email::Column::AccountId.is_not_null(), MOST_TO_ACCOUNT)
        } else {
            (email::Column::AccountId.is_null(), MOST_TO_ADDRESS)
        };
        let today = email::Entity::find()
            .filter(email::Column::Email.eq(address))
            .filter(email::Column::State.ne(EmailState::Withheld))
            .filter(email::Column::CreatedAt.gt(self.ctx.now() - Duration::hours(24)))
            .filter(of_sort);
        Ok(today.count(&self.tx).await? >= most)
    }

    /// Writes an email to all staff.
    pub(crate) async fn email_staff(&self, content: &Email) -> Result<(), Error> {
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
