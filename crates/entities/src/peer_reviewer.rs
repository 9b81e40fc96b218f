//! A peer reviewer: a researcher of another lab who was asked for an opinion on a study.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::studies::StudyId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "peer_reviewer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub study_id: StudyId,
    pub account_id: AccountId,
    pub created_at: DateTime<Utc>,
}

relations! {
    Study: belongs_to study by StudyId,
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
