//! A study: what lists search, sort and lock by. What it holds is in its versions.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::labs::LabId;
use domain::studies::StudyId;
use domain::studies::StudyKind;
use domain::studies::StudyState;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StudyId,
    pub lab_id: LabId,
    pub creator_id: Option<AccountId>,
    pub salt: Uuid,
    pub hash_digits: i32,
    /// Title of the latest version.
    pub name: String,
    /// Name and description of the latest version in small letters.
    pub search_text: String,
    pub kind: StudyKind,
    pub state: StudyState,
    pub state_changed_at: Option<DateTime<Utc>>,
    pub is_public: bool,
    pub has_shared_preview: bool,
    /// The last words that were written along with a change of state.
    pub comment: String,
    /// What the lab declared with its last submission, as JSON; empty before the first.
    pub declarations: String,
    /// Number of the latest version.
    pub version: i32,
    pub submitted_version: Option<i32>,
    /// What families run: the version that staff approved, or a later one that kept the approval.
    pub approved_version: Option<i32>,
    /// The version that staff approved last, by which later edits are judged.
    pub reviewed_version: Option<i32>,
    /// The version for which staff asked for changes, until they approve one.
    pub sent_back_version: Option<i32>,
    /// How often the secret of its webhook was renewed.
    pub webhook_generation: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

relations! {
    Lab: belongs_to lab by LabId,
    Count: has_one study_count,
    Creator: belongs_to account by CreatorId,
}

impl ActiveModelBehavior for ActiveModel {}
