//! One version of a study; never changed. Its design may be that of other versions too.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::studies::StudyDesignId;
use domain::studies::StudyId;
use domain::studies::StudyVersionId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StudyVersionId,
    pub study_id: StudyId,
    pub number: i32,
    pub account_id: Option<AccountId>,
    /// The domain's `Ad`, as JSON.
    pub ad: String,
    /// The domain's `Settings`, as JSON.
    pub settings: String,
    pub design_id: StudyDesignId,
    /// What changed since the version before, as JSON.
    pub edits: String,
    pub note: String,
    pub restored_from: Option<i32>,
    pub keeps_approval: bool,
    pub created_at: DateTime<Utc>,
}

relations! {
    Study: belongs_to study by StudyId,
    Account: belongs_to account by AccountId,
    Design: belongs_to study_design by DesignId,
}

impl ActiveModelBehavior for ActiveModel {}
