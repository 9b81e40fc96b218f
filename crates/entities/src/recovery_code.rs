//! A code that stands in once for a lost second factor.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: AccountId,
    pub code_digest: String,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
