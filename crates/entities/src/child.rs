//! A child; deleted ones stay because responses point to them.

use chrono::{DateTime, NaiveDate, Utc};
use domain::accounts::AccountId;
use domain::families::ChildId;
use domain::families::Gender;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "child")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChildId,
    pub account_id: AccountId,
    pub given_name: String,
    pub birthday: NaiveDate,
    pub gender: Gender,
    pub gender_self_describe: String,
    pub gestational_age: Option<i32>,
    pub languages: i64,
    pub conditions: i64,
    pub additional_information: String,
    pub former_lookit_profile_id: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub is_made_up: bool,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
