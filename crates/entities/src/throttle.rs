//! Failed attempts by subject: a digest of an email address or of a client's address.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject: String,
    pub failures: i32,
    pub window_started_at: DateTime<Utc>,
}

relations! {}

impl ActiveModelBehavior for ActiveModel {}
