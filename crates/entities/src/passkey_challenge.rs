//! A challenge that a browser is answering.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::accounts::SessionId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_challenge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: AccountId,
    pub session_id: SessionId,
    pub kind: String,
    pub state: String,
    pub expires_at: DateTime<Utc>,
}

relations! {
    Account: belongs_to account by AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
