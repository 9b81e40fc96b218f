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

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
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

#[expect(
    missing_docs,
    reason = "relations are named for the table they lead to"
)]
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::study::Entity",
        from = "Column::StudyId",
        to = "super::study::Column::Id"
    )]
    Study,
    #[sea_orm(
        belongs_to = "super::child::Entity",
        from = "Column::ChildId",
        to = "super::child::Column::Id"
    )]
    Child,
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
}

impl Related<super::study::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Study.def()
    }
}

impl Related<super::child::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Child.def()
    }
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
