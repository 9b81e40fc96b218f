//! One version of a study; never changed. Its design may be that of other versions too.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::studies::StudyDesignId;
use domain::studies::StudyId;
use domain::studies::StudyVersionId;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
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
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
    #[sea_orm(
        belongs_to = "super::study_design::Entity",
        from = "Column::DesignId",
        to = "super::study_design::Column::Id"
    )]
    Design,
}

impl Related<super::study::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Study.def()
    }
}

impl Related<super::study_design::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Design.def()
    }
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
