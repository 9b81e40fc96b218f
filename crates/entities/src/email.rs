//! An email to one person.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::messages::EmailId;
use domain::messages::EmailState;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EmailId,
    pub account_id: Option<AccountId>,
    pub email: String,
    pub link_target: Option<Uuid>,
    pub link_stamp: Option<String>,
    pub content: String,
    pub state: EmailState,
    pub failure: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
