//! A lab.

use chrono::{DateTime, Utc};
use domain::labs::LabId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lab")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LabId,
    pub name: String,
    pub slug: Option<String>,
    pub institution: String,
    pub principal_investigator: String,
    pub contact_email: String,
    pub contact_phone: String,
    pub website: String,
    pub description: String,
    pub irb_contact_info: String,
    pub is_approved: bool,
    pub banner: String,
    pub badge: String,
    pub created_at: DateTime<Utc>,
}

relations! {}

impl ActiveModelBehavior for ActiveModel {}
