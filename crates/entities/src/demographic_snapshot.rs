//! One saved set of answers about a household; never changed.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::families::SnapshotId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "demographic_snapshot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SnapshotId,
    pub account_id: AccountId,
    pub previous_id: Option<SnapshotId>,
    pub answers: String,
    pub extra: String,
    pub created_at: DateTime<Utc>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
