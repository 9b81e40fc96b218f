//! Where what a study holds is kept: every version, and which of them is meant.

use domain::accounts::AccountId;
use domain::studies::{Content, Edit, StudyState, StudyVersionId};
use entities::{study, study_version};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::context::Context;
use crate::error::{Error, Noun};

/// What a study holds now.
pub(super) async fn current(
    _db: &impl ConnectionTrait,
    study: &study::Model,
) -> Result<Content, Error> {
    Ok(Content::try_from(study)?)
}

/// What a version holds. A study from before versioning holds what stands in its row.
pub(crate) async fn content_of(
    db: &impl ConnectionTrait,
    study: &study::Model,
    number: i32,
) -> Result<Content, Error> {
    if study.version == 0 {
        return Ok(Content::try_from(study)?);
    }
    let found = study_version::Entity::find()
        .filter(study_version::Column::StudyId.eq(study.id))
        .filter(study_version::Column::Number.eq(number))
        .one(db)
        .await?;
    Ok(Content::try_from(
        &found.ok_or(Error::NotFound(Noun::Version))?,
    )?)
}

/// Gives a study from before versioning its first version.
pub(crate) async fn ensure(
    ctx: &Context,
    db: &impl ConnectionTrait,
    row: study::Model,
) -> Result<study::Model, Error> {
    if row.version > 0 {
        return Ok(row);
    }
    let content = Content::try_from(&row)?;
    insert(ctx, db, &row, row.creator_id, NewVersion::first(&content)).await?;
    let is_submitted = row.state == StudyState::Submitted;
    let is_approved = row.state.is_approved();
    let mut changed: study::ActiveModel = row.into();
    changed.version = Set(1);
    changed.approved_version = Set(is_approved.then_some(1));
    changed.submitted_version = Set(is_submitted.then_some(1));
    Ok(changed.update(db).await?)
}

/// A version that is about to be kept.
pub(super) struct NewVersion<'a> {
    /// Counted from 1.
    pub number: i32,
    pub content: &'a Content,
    /// What changed since the version before.
    pub edits: &'a [Edit],
    pub note: &'a str,
    /// The version whose content this is again.
    pub restored_from: Option<i32>,
}

impl<'a> NewVersion<'a> {
    pub fn first(content: &'a Content) -> Self {
        Self {
            number: 1,
            content,
            edits: &[],
            note: "",
            restored_from: None,
        }
    }
}

pub(super) async fn insert(
    ctx: &Context,
    db: &impl ConnectionTrait,
    study: &study::Model,
    author: Option<AccountId>,
    new: NewVersion<'_>,
) -> Result<(), Error> {
    let keeps_approval = study.state.is_approved()
        && !new.edits.is_empty()
        && new.edits.iter().all(|edit| !edit.needs_review);
    let row = study_version::ActiveModel {
        id: Set(ctx.id(StudyVersionId::from_parts)?),
        study_id: Set(study.id),
        number: Set(new.number),
        account_id: Set(author),
        content: Set(serde_json::to_string(new.content)?),
        edits: Set(serde_json::to_string(new.edits)?),
        note: Set(new.note.to_owned()),
        restored_from: Set(new.restored_from),
        keeps_approval: Set(keeps_approval),
        created_at: Set(ctx.now()),
    };
    study_version::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
