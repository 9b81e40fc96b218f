//! An email to one person.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::messages::LetterId;
use domain::messages::LetterState;
use sea_orm::entity::prelude::*;

#[expect(
    missing_docs,
    reason = "columns are named for what they hold; their meaning is documented on the domain's types"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "letter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LetterId,
    pub account_id: Option<AccountId>,
    pub email: String,
    pub link_target: Option<Uuid>,
    pub content: String,
    pub state: LetterState,
    pub failure: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[expect(
    missing_docs,
    reason = "relations are named for the table they lead to"
)]
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
