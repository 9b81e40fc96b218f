//! A peer reviewer: a researcher of another lab who was asked for an opinion on a study.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study_peer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub study_id: StudyId,
    pub account_id: AccountId,
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
}

impl Related<super::study::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Study.def()
    }
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
