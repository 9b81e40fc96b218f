//! What came of one run of a study by one child.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::families::ChildId;
use domain::families::SnapshotId;
use domain::responses::ConsentRuling;
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
    /// About how many bytes its entries hold.
    pub byte_count: i64,
    /// How much of what it may send at once is used up, as of its last change.
    pub burst_used: i64,
    /// Age of the child when it began, in days, rounded so that it does not tell the birthday.
    pub age_rounded: i32,
    /// Ids of the frames that ask for consent, one a line.
    pub consent_frames: String,
    pub consent_ruling: ConsentRuling,
    /// Hosts from which its study may load, separated by blanks.
    pub hosts: String,
}

relations! {
    Study: belongs_to study by StudyId,
    Child: belongs_to child by ChildId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
