//! A shared secret for codes that change every thirty seconds.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "totp")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: AccountId,
    pub sealed_secret: String,
    pub last_step: i64,
    pub created_at: DateTime<Utc>,
    pub activated_at: Option<DateTime<Utc>>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
