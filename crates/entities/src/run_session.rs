//! The key of a run in a browser: first a ticket, then a token, both kept as digests.

use chrono::{DateTime, Utc};
use domain::responses::ResponseId;
use domain::responses::RunSessionId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

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
    /// Of the key that may add what was left behind, and nothing else.
    pub append_digest: Option<String>,
}

relations! {
    Response: belongs_to response by ResponseId,
}

impl ActiveModelBehavior for ActiveModel {}
