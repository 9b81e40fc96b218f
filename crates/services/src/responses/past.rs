//! A family's own history of taking part.

use chrono::{DateTime, Utc};
use domain::responses::ResponseId;
use domain::studies::Study;
use entities::{child, response};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging};
use crate::studies::{self, kinds};

/// A response in a family's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastResponse {
    pub response: ResponseId,
    pub study: Study,
    /// Name of the child, also of one that was deleted since.
    pub child_name: String,
    pub created_at: DateTime<Utc>,
    /// Whether the exit survey was submitted.
    pub is_completed: bool,
    /// Number of frames that were stored.
    pub frames: i32,
}

/// The family's responses, newest first; not those in which nothing has happened.
pub async fn past(
    ctx: &Context,
    actor: &Actor,
    paging: Paging,
) -> Result<Page<PastResponse>, Error> {
    let person = actor.signed_in()?;
    let own = response::Entity::find()
        .filter(response::Column::AccountId.eq(person.account))
        .filter(response::Column::IsPreview.eq(false))
        .filter(
            response::Column::FrameCount
                .gt(0)
                .or(response::Column::StudyKind.is_in(kinds::elsewhere())),
        );
    let total = own.clone().count(&ctx.db).await?;
    let rows = own
        .order_by_desc(response::Column::CreatedAt)
        .order_by_desc(response::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .find_also_related(child::Entity)
        .all(&ctx.db)
        .await?;
    let studies = studies::by_id(&ctx.db, rows.iter().map(|(row, _)| row.study_id)).await?;
    let entries = rows
        .into_iter()
        .filter_map(|(row, child)| {
            Some(PastResponse {
                response: row.id,
                study: studies.get(&row.study_id)?.clone(),
                child_name: child?.given_name,
                created_at: row.created_at,
                is_completed: row.is_completed,
                frames: row.frame_count,
            })
        })
        .collect();
    Ok(Page {
        entries,
        total,
        paging,
    })
}
