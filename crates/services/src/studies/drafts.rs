//! Drafts: what one person is writing, kept while it writes, so that neither a closed tab nor a
//! lost connection costs a word.

use chrono::{DateTime, Utc};
use domain::permissions::Action;
use domain::studies::design::LARGEST_TEXT;
use domain::studies::{Content, DraftPart, StudyId};
use entities::{account, study, study_draft, study_version};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait,
};

use super::{contents, quotas};
use crate::act::{Act, OfStudy};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::people::name_of;
use crate::permissions::{ActionTarget, require};

/// A draft of the actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The form's fields, as JSON.
    pub content: String,
    /// The version on which it is based.
    pub base: i32,
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
    store(ctx, actor, id, (part, base, content)).await?;
    draft(ctx, actor, id, part)
        .await?
        .ok_or_else(|| Error::internal("the draft that was just kept is gone"))
}

async fn store(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    (part, base, content): (DraftPart, i32, &str),
) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    // A form's texts, and what JSON adds to them.
    if content.len() > 2 * LARGEST_TEXT {
        return Err(Error::field(
            "content",
            "too_long",
            "This draft is too large to be kept. Please move long texts and media to files.",
        ));
    }
    quotas::refuse_more_drafts(&act, part).await?;
    let row = study_draft::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(act.person.account),
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
        .exec_without_returning(&act.tx)
        .await?;
    act.commit(()).await
}

/// The actor's draft of a half of a study, if there is one.
pub async fn draft(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    part: DraftPart,
) -> Result<Option<Draft>, Error> {
    let person = actor.researcher_in_person()?;
    require(
        ctx,
        actor,
        Action::WriteStudyDetails,
        ActionTarget::Study(id),
    )
    .await?;
    let found = study_draft::Entity::find()
        .filter(study_draft::Column::StudyId.eq(id))
        .filter(study_draft::Column::AccountId.eq(person.account))
        .filter(study_draft::Column::Part.eq(part.as_str()))
        .find_also_related(study::Entity)
        .one(&ctx.db)
        .await?;
    let Some((found, Some(study))) = found else {
        return Ok(None);
    };
    let conflict = conflict(&ctx.db, &study, found.base_version, part).await?;
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
    study: &study::Model,
    base: i32,
    part: DraftPart,
) -> Result<Option<String>, Error> {
    if base == study.version {
        return Ok(None);
    }
    let Some((then, now)) = both(db, study, base, part).await? else {
        return Ok(None);
    };
    let touched: Vec<&str> = then
        .edits(&now)
        .into_iter()
        .filter(|edit| edit.field.is_of_ad() == (part == DraftPart::Ad))
        .map(|edit| edit.field.label())
        .collect();
    if touched.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "{} saved version {} in the meantime ({}).",
        latest_author(db, study).await?,
        study.version,
        touched.join(", ")
    )))
}

/// What the study held at a version, and what it holds now, as far as one half of it needs; nothing
/// if there is no such version.
async fn both(
    db: &impl ConnectionTrait,
    study: &study::Model,
    base: i32,
    part: DraftPart,
) -> Result<Option<(Content, Content)>, Error> {
    let (then, now) = match part {
        DraftPart::Ad => (
            contents::ad_of(db, study, base).await,
            contents::ad_of(db, study, study.version).await?,
        ),
        DraftPart::Design => (
            contents::content_of(db, study, base).await,
            contents::current(db, study).await?,
        ),
    };
    match then {
        Ok(then) => Ok(Some((then, now))),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn latest_author(db: &impl ConnectionTrait, study: &study::Model) -> Result<String, Error> {
    let of_version = study_version::Relation::Account.def().rev();
    let found = account::Entity::find()
        .join(JoinType::InnerJoin, of_version)
        .filter(study_version::Column::StudyId.eq(study.id))
        .filter(study_version::Column::Number.eq(study.version))
        .one(db)
        .await?;
    Ok(found.map_or_else(|| "Somebody".to_owned(), |account| name_of(&account)))
}

/// Discards the actor's draft.
pub async fn drop_draft(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    part: DraftPart,
) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    forget(&act, part).await?;
    act.commit(()).await
}

/// Deletes the draft of whoever acts.
pub(super) async fn forget(act: &Act<'_, OfStudy<'_>>, part: DraftPart) -> Result<(), Error> {
    study_draft::Entity::delete_many()
        .filter(study_draft::Column::StudyId.eq(act.study.id))
        .filter(study_draft::Column::AccountId.eq(act.person.account))
        .filter(study_draft::Column::Part.eq(part.as_str()))
        .exec(&act.tx)
        .await?;
    Ok(())
}
