//! A wish for a copy of everything that a family gave.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::accounts::ExportRequestId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExportRequestId,
    pub account_id: AccountId,
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
