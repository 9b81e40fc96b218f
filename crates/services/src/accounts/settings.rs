//! What owners see of their account, and the names and preferences that they change.

use chrono::{DateTime, Utc};
use domain::{Violations, text};
use entities::account;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;

use super::address;
use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::people;

/// What an account's owner sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub nickname: String,
    pub given_name: String,
    pub family_name: String,
    pub email: String,
    /// Address to which the account is being moved, and which of the two have agreed: old, new.
    pub change: Option<(String, bool, bool)>,
    pub email_next_session: bool,
    pub email_new_studies: bool,
    pub email_study_updates: bool,
    pub email_response_questions: bool,
    pub deletion_due_at: Option<DateTime<Utc>>,
}

/// The account as its owner sees it.
pub async fn settings(ctx: &Context, actor: &Actor) -> Result<Settings, Error> {
    let person = actor.signed_in()?;
    let row = people::find(&ctx.db, person.account).await?;
    let change = address::open_change(ctx, person.account).await?;
    Ok(Settings {
        email: row.email,
        nickname: row.nickname,
        given_name: row.given_name,
        family_name: row.family_name,
        change: change.map(|change| {
            (
                change.new_email,
                change.old_agreed_at.is_some(),
                change.new_confirmed_at.is_some(),
            )
        }),
        email_next_session: row.email_next_session,
        email_new_studies: row.email_new_studies,
        email_study_updates: row.email_study_updates,
        email_response_questions: row.email_response_questions,
        deletion_due_at: row.deletion_due_at,
    })
}

/// The form with names.
#[derive(Clone, Debug, Default)]
pub struct ProfileForm {
    pub nickname: String,
    /// Kept for researchers only; so with the family name.
    pub given_name: String,
    pub family_name: String,
}

pub async fn save_profile(ctx: &Context, actor: &Actor, form: &ProfileForm) -> Result<(), Error> {
    let act = Act::own(ctx, actor).await?;
    let mut violations = Violations::new();
    let nickname = text::line(
        "nickname",
        "the name",
        &form.nickname,
        text::LINE,
        &mut violations,
    );
    let mut changed = account::ActiveModel {
        id: Set(act.account.id),
        nickname: Set(nickname),
        ..Default::default()
    };
    if act.account.is_researcher {
        changed.given_name = Set(text::required_line(
            "given_name",
            "your given name",
            &form.given_name,
            &mut violations,
        ));
        changed.family_name = Set(text::required_line(
            "family_name",
            "your family name",
            &form.family_name,
            &mut violations,
        ));
    }
    violations.or(())?;
    changed.update(&act.tx).await?;
    act.commit(()).await
}

/// Which email a family wants. `wanted` holds the names of what was ticked.
pub async fn save_preferences(
    ctx: &Context,
    actor: &Actor,
    wanted: &[String],
) -> Result<(), Error> {
    let act = Act::own(ctx, actor).await?;
    let has = |name: &str| Set(wanted.iter().any(|ticked| ticked == name));
    let changed = account::ActiveModel {
        id: Set(act.account.id),
        email_next_session: has("email_next_session"),
        email_new_studies: has("email_new_studies"),
        email_study_updates: has("email_study_updates"),
        email_response_questions: has("email_response_questions"),
        ..Default::default()
    };
    changed.update(&act.tx).await?;
    act.commit(()).await
}
