//! A study: its ad, its rules, its protocol.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::labs::LabId;
use domain::studies::StudyId;
use domain::studies::StudyKind;
use domain::studies::StudyState;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StudyId,
    pub lab_id: LabId,
    pub creator_id: Option<AccountId>,
    pub salt: Uuid,
    pub hash_digits: i32,
    pub name: String,
    pub preview_summary: String,
    pub short_description: String,
    pub purpose: String,
    pub criteria: String,
    pub duration: String,
    pub contact_info: String,
    pub compensation_description: String,
    pub image: String,
    pub image_alt: String,
    pub exit_url: String,
    pub min_age_years: i32,
    pub min_age_months: i32,
    pub min_age_days: i32,
    pub max_age_years: i32,
    pub max_age_months: i32,
    pub max_age_days: i32,
    pub criteria_expression: String,
    pub must_have_participated: String,
    pub must_not_have_participated: String,
    pub priority: i32,
    pub kind: StudyKind,
    pub state: StudyState,
    pub is_public: bool,
    pub has_shared_preview: bool,
    pub is_display_full_screen: bool,
    pub structure: String,
    pub uses_generator: bool,
    pub generator: String,
    pub metadata: String,
    pub comments: String,
    pub comments_extra: String,
    pub is_built: bool,
    pub is_building: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub state_changed_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub submitted_version: Option<i32>,
    pub approved_version: Option<i32>,
}

#[expect(
    missing_docs,
    reason = "relations are named for the table they lead to"
)]
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::lab::Entity",
        from = "Column::LabId",
        to = "super::lab::Column::Id"
    )]
    Lab,
    #[sea_orm(has_one = "super::study_count::Entity")]
    Count,
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::CreatorId",
        to = "super::account::Column::Id"
    )]
    Creator,
}

impl Related<super::study_count::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Count.def()
    }
}

impl Related<super::lab::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Lab.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
