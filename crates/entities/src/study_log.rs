//! What happened to a study.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::studies::StudyId;
use domain::studies::StudyLogId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StudyLogId,
    pub study_id: StudyId,
    pub account_id: Option<AccountId>,
    pub action: String,
    pub extra: String,
    pub created_at: DateTime<Utc>,
}

relations! {
    Study: belongs_to study by StudyId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
