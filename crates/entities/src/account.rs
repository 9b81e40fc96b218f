//! An account of a family, a researcher or a member of staff.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    pub email: String,
    pub password_hash: String,
    pub given_name: String,
    pub middle_name: String,
    pub family_name: String,
    pub nickname: String,
    pub time_zone: String,
    pub locale: String,
    pub is_active: bool,
    pub is_staff: bool,
    pub is_researcher: bool,
    pub is_spam: bool,
    pub is_demo: bool,
    pub email_next_session: bool,
    pub email_new_studies: bool,
    pub email_study_updates: bool,
    pub email_response_questions: bool,
    pub admin_comments: String,
    pub former_lookit_id: String,
    pub created_at: DateTime<Utc>,
    pub signed_in_at: Option<DateTime<Utc>>,
    pub is_superuser: bool,
    pub has_second_factor: bool,
    pub deletion_due_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

relations! {}

impl ActiveModelBehavior for ActiveModel {}
