//! What one person is writing and has not saved as a version.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study_draft")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub study_id: StudyId,
    pub account_id: AccountId,
    pub part: String,
    pub base_version: i32,
    pub content: String,
    pub updated_at: DateTime<Utc>,
}

relations! {
    Study: belongs_to study by StudyId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
