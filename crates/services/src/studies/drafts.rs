//! Drafts: what one person is writing, kept while it writes, so that neither a closed tab nor a
//! lost connection costs a word.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::permissions::Action;
use domain::studies::design::LARGEST_TEXT;
use domain::studies::{Content, DraftPart, StudyId};
use entities::{study_draft, study_version};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::{content_of, readable, versions};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;

/// A draft of the actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The form's fields, as JSON.
    pub content: String,
    /// The version on which it is based.
    pub base: i32,
    /// When it was kept.
    pub updated_at: DateTime<Utc>,
    /// What somebody saved meanwhile in the same half of the study, in one sentence; nothing if
    /// nobody did.
    pub conflict: Option<String>,
}

/// Keeps a draft, and says whether somebody else saved the same half meanwhile.
pub async fn keep_draft(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    part: DraftPart,
    base: i32,
    content: &str,
) -> Result<Draft, Error> {
    let person = actor.researcher_in_person()?;
    readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    // A form's texts, and what JSON adds to them.
    if content.len() > 2 * LARGEST_TEXT {
        return Err(Error::field(
            "content",
            "too_long",
            "This draft is too large to be kept. Please move long texts and media to files.",
        ));
    }
    let row = study_draft::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(person.account),
        part: Set(part.to_string()),
        base_version: Set(base),
        // PostgreSQL keeps no NUL in texts.
        content: Set(content.replace('\0', "")),
        updated_at: Set(ctx.now()),
    };
    let latest = OnConflict::columns([
        study_draft::Column::StudyId,
        study_draft::Column::AccountId,
        study_draft::Column::Part,
    ])
    .update_columns([
        study_draft::Column::BaseVersion,
        study_draft::Column::Content,
        study_draft::Column::UpdatedAt,
    ])
    .to_owned();
    study_draft::Entity::insert(row)
        .on_conflict(latest)
        .exec_without_returning(&ctx.db)
        .await?;
    draft(ctx, actor, id, part)
        .await?
        .ok_or_else(|| Error::internal("the draft that was just kept is gone"))
}

/// The actor's draft of a half of a study, if there is one.
pub async fn draft(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    part: DraftPart,
) -> Result<Option<Draft>, Error> {
    let person = actor.researcher_in_person()?;
    let (row, _, _) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    let found = study_draft::Entity::find()
        .filter(study_draft::Column::StudyId.eq(id))
        .filter(study_draft::Column::AccountId.eq(person.account))
        .filter(study_draft::Column::Part.eq(part.as_str()))
        .one(&ctx.db)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let conflict = conflict(&ctx.db, &row, found.base_version, part).await?;
    Ok(Some(Draft {
        content: found.content,
        base: found.base_version,
        updated_at: found.updated_at,
        conflict,
    }))
}

/// What somebody saved in the same half of a study since a version, in one sentence.
pub(super) async fn conflict(
    db: &impl ConnectionTrait,
    row: &entities::study::Model,
    base: i32,
    part: DraftPart,
) -> Result<Option<String>, Error> {
    if base == row.version {
        return Ok(None);
    }
    let Ok(then) = content_of(db, row, base).await else {
        return Ok(None);
    };
    let touched: Vec<&str> = then
        .edits(&Content::try_from(row)?)
        .into_iter()
        .filter(|edit| edit.field.is_of_ad() == (part == DraftPart::Ad))
        .map(|edit| edit.field.label())
        .collect();
    if touched.is_empty() {
        return Ok(None);
    }
    let latest = study_version::Entity::find()
        .filter(study_version::Column::StudyId.eq(row.id))
        .filter(study_version::Column::Number.eq(row.version))
        .one(db)
        .await?;
    let who = versions::names(
        db,
        latest.and_then(|version| version.account_id).into_iter(),
    )
    .await?
    .into_values()
    .next()
    .unwrap_or_else(|| "Somebody".to_owned());
    Ok(Some(format!(
        "{who} saved version {} meanwhile ({}).",
        row.version,
        touched.join(", ")
    )))
}

/// Throws the actor's draft away.
pub async fn drop_draft(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    part: DraftPart,
) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    forget(&ctx.db, id, person.account, part).await
}

pub(super) async fn forget(
    db: &impl ConnectionTrait,
    id: StudyId,
    account: AccountId,
    part: DraftPart,
) -> Result<(), Error> {
    study_draft::Entity::delete_many()
        .filter(study_draft::Column::StudyId.eq(id))
        .filter(study_draft::Column::AccountId.eq(account))
        .filter(study_draft::Column::Part.eq(part.as_str()))
        .exec(db)
        .await?;
    Ok(())
}
