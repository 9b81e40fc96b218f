//! An invitation to a lab.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::labs::InvitationId;
use domain::labs::LabId;
use domain::labs::LabRole;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lab_invitation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    pub lab_id: LabId,
    pub email: String,
    pub role: LabRole,
    pub invited_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
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
}

impl Related<super::lab::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Lab.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
