//! The list of a study's responses, for its researchers.

use chrono::{DateTime, Utc};
use domain::families::ChildId;
use domain::permissions::Action;
use domain::responses::ResponseId;
use domain::studies::{Study, StudyId};
use entities::response;
use sea_orm::{
    ColumnTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::contents::hash;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging};
use crate::studies;

/// Order of a study's responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    MostFrames,
    FewestFrames,
}

/// Which responses of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseFilter {
    /// Hashed id of a child, as the table shows it.
    pub child: Option<String>,
    /// Those that previews stored, instead of those of families.
    pub is_preview: bool,
    /// Only complete (`true`) or incomplete (`false`) ones.
    pub is_completed: Option<bool>,
    pub sort: Sort,
}

/// A response in a researcher's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseRow {
    pub id: ResponseId,
    /// Publishable id of the child.
    pub child: String,
    /// Age in days when the response began, rounded.
    pub age_rounded: i64,
    pub created_at: DateTime<Utc>,
    /// When something last arrived.
    pub updated_at: DateTime<Utc>,
    /// Whether the exit survey was submitted.
    pub is_completed: bool,
    /// Number of frames that were stored.
    pub frames: i32,
    /// Codes recorded at the start.
    pub eligibility: Vec<String>,
}

impl ResponseRow {
    pub(super) fn of(study: &Study, row: &response::Model) -> Self {
        let codes = row.eligibility.split_whitespace();
        Self {
            id: row.id,
            child: hash(study, row.child_id.0),
            age_rounded: row.age_rounded.into(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_completed: row.is_completed,
            frames: row.frame_count,
            eligibility: codes.map(str::to_owned).collect(),
        }
    }
}

/// What it takes to read responses: previews may be read by more people.
pub(super) fn action(is_preview: bool) -> Action {
    if is_preview {
        Action::ReadStudyPreviewData
    } else {
        Action::ReadStudyResponseData
    }
}

/// A page of a study's responses, for researchers who may read them.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    filter: &ResponseFilter,
    paging: Paging,
) -> Result<(Study, Page<ResponseRow>), Error> {
    studies::readable(ctx, actor, id, action(filter.is_preview)).await?;
    let study = studies::study_of(&ctx.db, id).await?;
    let wanted = wanted(ctx, &study, filter).await?;
    let kept = match filter.child {
        None => studies::kept_count(&ctx.db, id, filter.is_preview, filter.is_completed).await?,
        Some(_) => None,
    };
    let total = match kept {
        Some(kept) => kept,
        None => wanted.clone().count(&ctx.db).await?,
    };
    let (column, order) = match filter.sort {
        Sort::Newest => (response::Column::CreatedAt, Order::Desc),
        Sort::Oldest => (response::Column::CreatedAt, Order::Asc),
        Sort::MostFrames => (response::Column::FrameCount, Order::Desc),
        Sort::FewestFrames => (response::Column::FrameCount, Order::Asc),
    };
    let rows = wanted
        .order_by(column, order.clone())
        .order_by(response::Column::Id, order)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let entries = rows.iter().map(|row| ResponseRow::of(&study, row));
    let entries = entries.collect();
    let page = Page {
        entries,
        total,
        paging,
    };
    Ok((study, page))
}

async fn wanted(
    ctx: &Context,
    study: &Study,
    filter: &ResponseFilter,
) -> Result<Select<response::Entity>, Error> {
    let mut wanted = response::Entity::find()
        .filter(response::Column::StudyId.eq(study.id))
        .filter(response::Column::IsPreview.eq(filter.is_preview));
    if let Some(is_completed) = filter.is_completed {
        wanted = wanted.filter(response::Column::IsCompleted.eq(is_completed));
    }
    if let Some(hashed) = &filter.child {
        let children = children_of(ctx, study, hashed).await?;
        wanted = wanted.filter(response::Column::ChildId.is_in(children));
    }
    Ok(wanted)
}

/// The children with a hashed id: ids can't be searched for by their hash, so all are tried.
async fn children_of(ctx: &Context, study: &Study, hashed: &str) -> Result<Vec<ChildId>, Error> {
    let mut children: Vec<ChildId> = response::Entity::find()
        .select_only()
        .column(response::Column::ChildId)
        .distinct()
        .filter(response::Column::StudyId.eq(study.id))
        .into_tuple()
        .all(&ctx.db)
        .await?;
    children.retain(|child| hash(study, child.0) == hashed);
    Ok(children)
}
