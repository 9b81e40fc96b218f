//! One entry of the audit. The database refuses to change or remove it.

use chrono::{DateTime, Utc};
use domain::audit::AuditAction;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: i64,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub action: AuditAction,
    pub account_id: Option<Uuid>,
    pub lab_id: Option<Uuid>,
    pub study_id: Option<Uuid>,
    pub detail: String,
    pub address: String,
    pub previous_hash: String,
    pub hash: String,
}

relations! {}

impl ActiveModelBehavior for ActiveModel {}
