//! How many responses a study has, counted as they come in.

use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study_count")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub study_id: StudyId,
    pub responses: i32,
    pub completed: i32,
    pub consented: i32,
    pub previews: i32,
}

relations! {
    Study: belongs_to study by StudyId,
}

impl ActiveModelBehavior for ActiveModel {}
