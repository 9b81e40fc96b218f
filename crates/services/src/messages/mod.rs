//! Email: written in the transaction that causes it, sent by a job.

mod outbox;
mod sending;

use domain::accounts::AccountId;
use domain::messages::{Email, EmailId, EmailState};
use entities::{account, email};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use crate::act::Act;
use crate::error::Error;

pub use outbox::{OutboxEmail, outbox, outbox_email};
pub use sending::SendEmail;

use crate::people::address_of;

impl<S> Act<'_, S> {
    /// Writes an email to an account, and adds the job that sends it.
    pub(crate) async fn email(&self, to: &account::Model, content: &Email) -> Result<(), Error> {
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
        content: &Email,
    ) -> Result<(), Error> {
        let id = self.ctx.id(EmailId::from_parts)?;
        let row = email::ActiveModel {
            id: Set(id),
            account_id: Set(account),
            email: Set(address.to_owned()),
            link_target: Set(link_target),
            content: Set(serde_json::to_string(content)?),
            state: Set(EmailState::Waiting),
            failure: Set(String::new()),
            created_at: Set(self.ctx.now()),
            ended_at: Set(None),
        };
        email::Entity::insert(row)
            .exec_without_returning(&self.tx)
            .await?;
        self.add(&SendEmail { email: id }).await
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
