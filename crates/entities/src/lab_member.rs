//! Who belongs to a lab, and as what.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::labs::LabId;
use domain::labs::LabRole;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lab_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: LabId,
    pub account_id: AccountId,
    pub role: LabRole,
    pub created_at: DateTime<Utc>,
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
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
}

impl Related<super::lab::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Lab.def()
    }
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
