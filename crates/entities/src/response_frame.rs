//! What the player told about a response, entry by entry; only ever appended.

use chrono::{DateTime, Utc};
use domain::responses::EntryKind;
use domain::responses::ResponseFrameId;
use domain::responses::ResponseId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "response_frame")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResponseFrameId,
    pub response_id: ResponseId,
    pub entry_id: Uuid,
    pub number: i32,
    pub kind: EntryKind,
    pub frame_id: String,
    pub position: Option<i32>,
    pub next_position: Option<i32>,
    pub data: String,
    pub is_completing: bool,
    pub is_consenting: bool,
    pub received_at: DateTime<Utc>,
}

relations! {
    Response: belongs_to response by ResponseId,
}

impl ActiveModelBehavior for ActiveModel {}
