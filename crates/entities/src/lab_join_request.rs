//! Somebody asks to join a lab.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::labs::LabId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lab_join_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: LabId,
    pub account_id: AccountId,
    pub created_at: DateTime<Utc>,
}

relations! {
    Lab: belongs_to lab by LabId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
