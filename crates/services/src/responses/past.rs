//! A family's own history of taking part.

use chrono::{DateTime, Utc};
use domain::responses::{ResponseId, ResponseState};
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
    pub state: ResponseState,
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
                .or(response::Column::EndedAt.is_not_null())
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
    let entries = rows.into_iter().map(|(row, child)| {
        let study = studies.get(&row.study_id).cloned();
        let study = study.ok_or_else(|| Error::internal("a response has no study"))?;
        Ok(PastResponse {
            response: row.id,
            child_name: child.map(|child| child.given_name).unwrap_or_default(),
            created_at: row.created_at,
            state: state(&row, &study, ctx.now()),
            study,
        })
    });
    let entries = entries.collect::<Result<_, Error>>()?;
    Ok(Page {
        entries,
        total,
        paging,
    })
}

fn state(row: &response::Model, study: &Study, now: DateTime<Utc>) -> ResponseState {
    let state = ResponseState::of(
        row.is_completed,
        row.ended_at.is_some(),
        !row.study_kind.is_internal(),
        row.created_at,
        now,
    );
    if state == ResponseState::GoesOn && !study.state.is_open() {
        ResponseState::Left
    } else {
        state
    }
}
