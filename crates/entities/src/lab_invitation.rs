//! An invitation to a lab.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::labs::InvitationId;
use domain::labs::LabId;
use domain::labs::LabRole;
use sea_orm::entity::prelude::*;

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

relations! {
    Lab: belongs_to lab by LabId,
}

impl ActiveModelBehavior for ActiveModel {}
