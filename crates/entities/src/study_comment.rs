//! A comment on a part of a study.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::studies::StudyCommentId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study_comment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StudyCommentId,
    pub study_id: StudyId,
    pub account_id: Option<AccountId>,
    pub version: i32,
    pub section: String,
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
}

relations! {
    Study: belongs_to study by StudyId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
