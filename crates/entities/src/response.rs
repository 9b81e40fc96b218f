//! What came of one run of a study by one child.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::families::ChildId;
use domain::families::SnapshotId;
use domain::responses::PaymentStatus;
use domain::responses::ResponseId;
use domain::studies::StudyId;
use domain::studies::StudyKind;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "response")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResponseId,
    pub study_id: StudyId,
    pub child_id: ChildId,
    pub account_id: AccountId,
    pub study_kind: StudyKind,
    pub demographic_snapshot_id: Option<SnapshotId>,
    pub is_completed: bool,
    pub is_consent_completed: bool,
    pub is_survey_consent: bool,
    pub is_preview: bool,
    pub recording_method: Option<String>,
    pub conditions: Option<String>,
    pub seed: i64,
    pub eligibility: String,
    pub frame_count: i32,
    pub entry_count: i32,
    pub researcher_payment_status: PaymentStatus,
    pub researcher_session_status: String,
    pub researcher_is_starred: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub study_version: Option<i32>,
}

relations! {
    Study: belongs_to study by StudyId,
    Child: belongs_to child by ChildId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
