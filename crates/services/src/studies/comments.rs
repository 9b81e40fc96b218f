//! Comments on a study, by its people, staff and peer reviewers.

use chrono::{DateTime, Utc};
use domain::audit::AuditAction;
use domain::permissions::Action;
use domain::studies::{Section, StudyCommentId, StudyId};
use domain::{Violations, text};
use entities::{account, study_comment};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};

use super::creating::TWICE;
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::people::name_of;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: StudyCommentId,
    pub section: Section,
    pub body: String,
    pub by: String,
    /// The version that it is about.
    pub version: i32,
    pub at: DateTime<Utc>,
    /// When the study's people said that it is dealt with.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// All comments, oldest first.
pub(super) async fn of_study(
    db: &impl ConnectionTrait,
    id: StudyId,
) -> Result<Vec<Comment>, Error> {
    let rows = study_comment::Entity::find()
        .filter(study_comment::Column::StudyId.eq(id))
        .order_by_asc(study_comment::Column::CreatedAt)
        .order_by_asc(study_comment::Column::Id)
        .find_also_related(account::Entity)
        .all(db)
        .await?;
    let comment = |(row, account): (study_comment::Model, Option<account::Model>)| Comment {
        id: row.id,
        section: row.section.parse().unwrap_or(Section::General),
        body: row.body,
        by: account
            .as_ref()
            .map_or_else(|| "somebody whose account is gone".to_owned(), name_of),
        version: row.version,
        at: row.created_at,
        resolved_at: row.resolved_at,
    };
    Ok(rows.into_iter().map(comment).collect())
}

pub async fn comment(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    section: Section,
    body: &str,
) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::CommentOnStudy).await?;
    let mut violations = Violations::new();
    let body = text::paragraphs("body", "the comment", body, &mut violations);
    if body.is_empty() && violations.is_empty() {
        violations.add("body", "required", "Please write your comment first.");
    }
    violations.or(())?;
    // A button that was pressed twice. The study is locked, so the second finds what the first
    // wrote.
    let twice = study_comment::Entity::find()
        .filter(study_comment::Column::StudyId.eq(id))
        .filter(study_comment::Column::AccountId.eq(act.account_id()))
        .filter(study_comment::Column::Section.eq(section.as_str()))
        .filter(study_comment::Column::Body.eq(&body))
        .filter(study_comment::Column::CreatedAt.gt(ctx.now() - TWICE));
    if twice.count(&act.tx).await? > 0 {
        return act.unchanged(()).await;
    }
    let new = study_comment::ActiveModel {
        id: Set(ctx.id(StudyCommentId::from_parts)?),
        study_id: Set(id),
        account_id: Set(act.account_id()),
        version: Set(act.study.version),
        section: Set(section.as_str().to_owned()),
        body: Set(body),
        created_at: Set(ctx.now()),
        resolved_at: Set(None),
    };
    study_comment::Entity::insert(new)
        .exec_without_returning(&act.tx)
        .await?;
    act.audit(Event::of(AuditAction::StudyCommented).detail(section.as_str()))
        .await?;
    act.commit(()).await
}

/// Says that a comment is dealt with, or that it is not. It stays, with who wrote it.
pub async fn resolve_comment(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    comment: StudyCommentId,
    is_resolved: bool,
) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    let row = study_comment::Entity::find_by_id(comment)
        .filter(study_comment::Column::StudyId.eq(id))
        .one(&act.tx)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    let mut changed: study_comment::ActiveModel = row.into();
    changed.resolved_at = Set(is_resolved.then(|| ctx.now()));
    changed.update(&act.tx).await?;
    act.commit(()).await
}
