//! A job that was given up.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dead_job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub queue: String,
    pub name: String,
    pub payload: String,
    pub attempts: i32,
    pub reason: String,
    pub request_id: Option<String>,
    pub failed_at: DateTime<Utc>,
}

relations! {}

impl ActiveModelBehavior for ActiveModel {}
