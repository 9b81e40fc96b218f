//! An email to one person.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::messages::LetterId;
use domain::messages::LetterState;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "letter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LetterId,
    pub account_id: Option<AccountId>,
    pub email: String,
    pub link_target: Option<Uuid>,
    pub content: String,
    pub state: LetterState,
    pub failure: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
