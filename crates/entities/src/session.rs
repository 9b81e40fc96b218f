//! One signed-in browser.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::accounts::SessionId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub account_id: AccountId,
    pub token_digest: String,
    pub user_agent: String,
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub second_factor_at: Option<DateTime<Utc>>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
