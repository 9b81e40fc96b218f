//! A sign-up that waits for the code which was sent to its address.

use chrono::{DateTime, Utc};
use domain::accounts::PendingAccountId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PendingAccountId,
    pub sealed: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

relations! {}

impl ActiveModelBehavior for ActiveModel {}
