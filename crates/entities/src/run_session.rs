//! The key of a run in a browser: first a ticket, then a token, both kept as digests.

use chrono::{DateTime, Utc};
use domain::responses::ResponseId;
use domain::responses::RunSessionId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RunSessionId,
    pub response_id: Option<ResponseId>,
    pub preview_study_id: Option<StudyId>,
    pub ticket_digest: String,
    pub token_digest: Option<String>,
    pub created_at: DateTime<Utc>,
    pub ticket_expires_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

#[expect(
    missing_docs,
    reason = "relations are named for the table they lead to"
)]
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::response::Entity",
        from = "Column::ResponseId",
        to = "super::response::Column::Id"
    )]
    Response,
}

impl Related<super::response::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Response.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
