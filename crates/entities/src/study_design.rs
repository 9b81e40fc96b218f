//! A design of a study, kept once however many of its versions have it; never changed.

use domain::studies::StudyDesignId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

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
    /// Length of the content.
    pub size_bytes: i64,
}

relations! {
    Study: belongs_to study by StudyId,
}

impl ActiveModelBehavior for ActiveModel {}
