//! Reading responses: by the family that gave them, and by the researchers of the study.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::families::child::{Child, ChildId, rounded_age};
use domain::permissions::Action;
use domain::responses::run::EntryKind;
use domain::responses::{ResponseId, hashed_id};
use domain::studies::age::age_in_days;
use domain::studies::{Study, StudyId, StudyKind};
use entities::{child, response, response_frame};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Map, Value};

use super::run::conditions;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::paging::{Page, Paging};
use crate::studies::{self, kinds};

/// A visit in a family's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastVisit {
    /// The response.
    pub response: ResponseId,
    /// The study.
    pub study: Study,
    /// Name of the child, also of one that was deleted since.
    pub child_name: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Whether the exit survey was submitted.
    pub is_completed: bool,
    /// Number of frames that were stored.
    pub frames: i32,
}

/// The family's visits, newest first.
pub async fn past(ctx: &Context, actor: &Actor, paging: Paging) -> Result<Page<PastVisit>, Error> {
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
            Some(PastVisit {
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

/// Order of a study's responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Latest first.
    #[default]
    Newest,
    /// Earliest first.
    Oldest,
    /// Most frames first.
    MostFrames,
    /// Fewest frames first.
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
    /// Order.
    pub sort: Sort,
}

/// A response in a researcher's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseRow {
    /// The response.
    pub id: ResponseId,
    /// Publishable id of the child.
    pub child: String,
    /// Age at the visit in days, rounded.
    pub age_rounded: i64,
    /// When it began.
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

/// A page of a study's responses, for researchers who may read them.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    filter: &ResponseFilter,
    paging: Paging,
) -> Result<(Study, Page<ResponseRow>), Error> {
    let action = if filter.is_preview {
        Action::ReadStudyPreviewData
    } else {
        Action::ReadStudyResponseData
    };
    studies::readable(ctx, actor, id, action).await?;
    let study = studies::study_of(&ctx.db, id).await?;
    let mut wanted = response::Entity::find()
        .filter(response::Column::StudyId.eq(id))
        .filter(response::Column::IsPreview.eq(filter.is_preview));
    if let Some(is_completed) = filter.is_completed {
        wanted = wanted.filter(response::Column::IsCompleted.eq(is_completed));
    }
    if let Some(hashed) = &filter.child {
        let children: Vec<ChildId> = response::Entity::find()
            .select_only()
            .column(response::Column::ChildId)
            .distinct()
            .filter(response::Column::StudyId.eq(id))
            .into_tuple()
            .all(&ctx.db)
            .await?;
        wanted = wanted.filter(
            response::Column::ChildId.is_in(
                children
                    .into_iter()
                    .filter(|child| hash(&study, child.0) == *hashed),
            ),
        );
    }
    let total = wanted.clone().count(&ctx.db).await?;
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
        .find_also_related(child::Entity)
        .all(&ctx.db)
        .await?;
    let entries = rows
        .into_iter()
        .filter_map(|(row, child)| Some((row, child?)))
        .map(|(row, child)| table_row(&study, &row, child.id, child.birthday))
        .collect();
    Ok((
        study,
        Page {
            entries,
            total,
            paging,
        },
    ))
}

fn table_row(
    study: &Study,
    row: &response::Model,
    child: ChildId,
    birthday: NaiveDate,
) -> ResponseRow {
    ResponseRow {
        id: row.id,
        child: hash(study, child.0),
        age_rounded: rounded_age(age_in_days(birthday, row.created_at.date_naive())),
        created_at: row.created_at,
        updated_at: row.updated_at,
        is_completed: row.is_completed,
        frames: row.frame_count,
        eligibility: row
            .eligibility
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
    }
}

/// Stored data in the shape of the classic API: frames by id, or a list of trials.
pub(super) fn exp_data(kind: StudyKind, frames: &[StoredFrame]) -> Value {
    if kinds::of(kind).stores_trials() {
        Value::Array(
            frames
                .iter()
                .map(|frame| Value::Object(frame.data.clone()))
                .collect(),
        )
    } else {
        Value::Object(
            frames
                .iter()
                .map(|frame| (frame.frame_id.clone(), Value::Object(frame.data.clone())))
                .collect(),
        )
    }
}

pub(super) fn hash(study: &Study, entity: uuid::Uuid) -> String {
    hashed_id(entity, study.id.0, study.salt, study.hash_digits)
}

/// A frame as it is kept: the latest data that came for its id.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFrame {
    /// Final id.
    pub frame_id: String,
    /// Index in the flat list.
    pub position: i32,
    /// How often it was saved.
    pub saves: u32,
    /// When its latest data arrived.
    pub received_at: DateTime<Utc>,
    /// Its data.
    pub data: Map<String, Value>,
}

/// An event outside any frame.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// The event.
    pub event: Map<String, Value>,
}

/// One response with everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsePage {
    /// What the table shows.
    pub row: ResponseRow,
    /// The study.
    pub study: Study,
    /// What randomizers chose.
    pub conditions: Map<String, Value>,
    /// Frames in the order in which they were first saved.
    pub frames: Vec<StoredFrame>,
    /// Events outside frames.
    pub events: Vec<StoredEvent>,
    /// The version of the study that was run; unknown for responses from before versioning.
    pub study_version: Option<i32>,
    /// The record in the shape of the classic API.
    pub raw: Value,
}

/// One response, for researchers of its study.
pub async fn find(ctx: &Context, actor: &Actor, id: ResponseId) -> Result<ResponsePage, Error> {
    actor.researcher()?;
    let found = response::Entity::find_by_id(id)
        .find_also_related(child::Entity)
        .one(&ctx.db)
        .await?;
    let (Some(row), child) = found.map_or((None, None), |(row, child)| (Some(row), child)) else {
        return Err(Error::NotFound(Noun::Response));
    };
    let action = if row.is_preview {
        Action::ReadStudyPreviewData
    } else {
        Action::ReadStudyResponseData
    };
    studies::readable(ctx, actor, row.study_id, action)
        .await
        .map_err(|error| {
            if matches!(error, Error::NotFound(_)) {
                Error::NotFound(Noun::Response)
            } else {
                error
            }
        })?;
    let child = Child::try_from(child.ok_or(Error::NotFound(Noun::Response))?)?;
    let study = studies::study_of(&ctx.db, row.study_id).await?;
    let kept = contents(&ctx.db, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let conditions = conditions(row.conditions.as_deref())?;
    let raw = serde_json::json!({
        "conditions": conditions,
        "global_event_timings": kept.events.iter().map(|event| &event.event).collect::<Vec<_>>(),
        "exp_data": exp_data(row.study_kind, &kept.frames),
        "sequence": kept.frames.iter().map(|frame| &frame.frame_id).collect::<Vec<_>>(),
        "completed": row.is_completed,
        "completed_consent_frame": row.is_consent_completed,
        "survey_consent": row.is_survey_consent,
        "created_on": row.created_at,
        "is_preview": row.is_preview,
        "hash_child_id": hash(&study, child.id.0),
        "recording_method": row.recording_method,
    });
    Ok(ResponsePage {
        study_version: row.study_version,
        row: table_row(&study, &row, child.id, child.details.birthday),
        study,
        conditions,
        frames: kept.frames,
        events: kept.events,
        raw,
    })
}

/// What a response holds, put together from its entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    pub frames: Vec<StoredFrame>,
    pub events: Vec<StoredEvent>,
}

/// Contents of several responses in one query.
pub(super) async fn contents(
    db: &impl ConnectionTrait,
    ids: &[ResponseId],
) -> Result<HashMap<ResponseId, Contents>, Error> {
    let rows = response_frame::Entity::find()
        .filter(response_frame::Column::ResponseId.is_in(ids.iter().copied()))
        .order_by_asc(response_frame::Column::ResponseId)
        .order_by_asc(response_frame::Column::Number)
        .order_by_asc(response_frame::Column::ReceivedAt)
        .all(db)
        .await?;
    let mut found: HashMap<ResponseId, Contents> = HashMap::new();
    for row in rows {
        let contents = found.entry(row.response_id).or_default();
        match row.kind {
            EntryKind::Frame => {
                let data = serde_json::from_str(&row.data)?;
                match contents
                    .frames
                    .iter_mut()
                    .find(|frame| frame.frame_id == row.frame_id)
                {
                    Some(frame) => {
                        frame.saves += 1;
                        frame.received_at = row.received_at;
                        frame.data = data;
                    }
                    None => contents.frames.push(StoredFrame {
                        frame_id: row.frame_id,
                        position: row.position.unwrap_or_default(),
                        saves: 1,
                        received_at: row.received_at,
                        data,
                    }),
                }
            }
            EntryKind::Event => contents.events.push(StoredEvent {
                event: serde_json::from_str(&row.data)?,
            }),
            EntryKind::Conditions | EntryKind::Finish => {}
        }
    }
    Ok(found)
}
