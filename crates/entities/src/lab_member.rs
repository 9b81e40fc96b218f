//! Who belongs to a lab, and as what.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::labs::LabId;
use domain::labs::LabRole;
use sea_orm::entity::prelude::*;

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

relations! {
    Lab: belongs_to lab by LabId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
