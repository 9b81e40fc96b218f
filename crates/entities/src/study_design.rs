//! A design of a study, kept once however many of its versions have it; never changed.

use domain::studies::StudyDesignId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study_design")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StudyDesignId,
    pub study_id: StudyId,
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub digest: String,
    /// The domain's `Design`, as JSON.
    pub content: String,
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
}

impl Related<super::study::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Study.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
