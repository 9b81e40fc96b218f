//! One response, as the researchers of its study read it. The audit records that somebody did.

use std::collections::HashMap;

use domain::audit::AuditAction;
use domain::responses::{EntryKind, ResponseFrameId, ResponseId};
use domain::studies::Study;
use entities::{response, response_frame};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Map, Value, json};

use super::contents::{Contents, EntryHead, conditions, contents, hash, heads};
use super::reading::{ResponseRow, action};
use crate::actor::Actor;
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::paging::{Page, Paging};
use crate::studies;

/// Bytes of data on one page; what is more is in the file.
const BYTES: i64 = 1 << 20;
/// Events outside frames on a page.
const MOST_EVENTS: usize = 100;

/// A frame as its researchers read it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFrame {
    pub frame_id: String,
    /// How often it was saved.
    pub saves: u32,
    /// The latest data that came for its id; absent where they are too long for the page.
    pub data: Option<Map<String, Value>>,
}

/// One response with what is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsePage {
    /// What the table shows.
    pub row: ResponseRow,
    pub study: Study,
    /// What randomizers chose.
    pub conditions: Map<String, Value>,
    /// Frames in the order in which they were first saved.
    pub frames: Page<StoredFrame>,
    /// What happened outside frames: the first of it.
    pub events: Vec<Map<String, Value>>,
    /// The version of the study that was run; unknown for responses from before versioning.
    pub study_version: Option<i32>,
    /// Whether the lab may say that it is complete: it is given elsewhere, and nobody has yet.
    pub can_be_completed: bool,
}

/// One response, for researchers of its study.
pub async fn find(
    ctx: &Context,
    actor: &Actor,
    id: ResponseId,
    paging: Paging,
) -> Result<ResponsePage, Error> {
    let (row, study) = open(ctx, actor, id).await?;
    let mut shown = Shown::of(heads(&ctx.db, id).await?, paging);
    let data = data(ctx, id, shown.ids()).await?;
    Ok(ResponsePage {
        study_version: row.study_version,
        can_be_completed: !row.study_kind.is_internal() && !row.is_completed,
        row: ResponseRow::of(&study, &row),
        conditions: conditions(row.conditions.as_deref())?,
        events: shown.events(&data)?,
        frames: shown.frames(&data, paging)?,
        study,
    })
}

/// The response, for somebody who may read it. A look at a preview is nobody's business.
async fn open(
    ctx: &Context,
    actor: &Actor,
    id: ResponseId,
) -> Result<(response::Model, Study), Error> {
    actor.researcher()?;
    let found = response::Entity::find_by_id(id).one(&ctx.db).await?;
    let row = found.ok_or(Error::NotFound(Noun::Response))?;
    studies::readable(ctx, actor, row.study_id, action(row.is_preview))
        .await
        .map_err(|error| match error {
            // Whoever may not know of the study does not learn that this is one of its responses.
            Error::NotFound(_) => Error::NotFound(Noun::Response),
            other => other,
        })?;
    if !row.is_preview {
        let event = Event::of(AuditAction::ResponseRead)
            .study(row.study_id)
            .detail(format!("response {id}"));
        audit::look(ctx, actor, event).await?;
    }
    let study = studies::study_of(&ctx.db, row.study_id).await?;
    Ok((row, study))
}

/// What of a response is shown on a page.
struct Shown {
    frames: Vec<(EntryHead, u32)>,
    events: Vec<EntryHead>,
    total: u64,
}

impl Shown {
    fn of(heads: Vec<EntryHead>, paging: Paging) -> Self {
        let (mut frames, mut events) = (Vec::<(EntryHead, u32)>::new(), Vec::new());
        let mut places = HashMap::new();
        for head in heads {
            match head.kind {
                EntryKind::Frame => {
                    let place = *places.entry(head.frame_id.clone()).or_insert(frames.len());
                    match frames.get_mut(place) {
                        Some((latest, saves)) => (*latest, *saves) = (head, *saves + 1),
                        None => frames.push((head, 1)),
                    }
                }
                EntryKind::Event if events.len() < MOST_EVENTS => events.push(head),
                EntryKind::Event | EntryKind::Conditions | EntryKind::Finish => {}
            }
        }
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let total = u64::try_from(frames.len()).unwrap_or(u64::MAX);
        let on_page = frames.into_iter().skip(number(paging.offset()));
        Self {
            frames: on_page.take(number(paging.size)).collect(),
            events,
            total,
        }
    }

    /// Entries whose data are read: as many as fit.
    fn ids(&self) -> Vec<ResponseFrameId> {
        let frames = self.frames.iter().map(|(head, _)| head);
        let mut left = BYTES;
        let fitting = frames.chain(&self.events).filter(|head| {
            let fits = head.bytes <= left;
            left -= if fits { head.bytes } else { 0 };
            fits
        });
        fitting.map(|head| head.id).collect()
    }

    fn events(
        &self,
        data: &HashMap<ResponseFrameId, String>,
    ) -> Result<Vec<Map<String, Value>>, Error> {
        let events = self.events.iter().filter_map(|head| data.get(&head.id));
        events.map(|text| Ok(serde_json::from_str(text)?)).collect()
    }

    fn frames(
        &mut self,
        data: &HashMap<ResponseFrameId, String>,
        paging: Paging,
    ) -> Result<Page<StoredFrame>, Error> {
        let frames = std::mem::take(&mut self.frames).into_iter();
        let entries = frames.map(|(head, saves)| {
            let text = data.get(&head.id);
            Ok(StoredFrame {
                frame_id: head.frame_id,
                saves,
                data: text.map(|text| serde_json::from_str(text)).transpose()?,
            })
        });
        Ok(Page {
            entries: entries.collect::<Result<_, Error>>()?,
            total: self.total,
            paging,
        })
    }
}

async fn data(
    ctx: &Context,
    response: ResponseId,
    ids: Vec<ResponseFrameId>,
) -> Result<HashMap<ResponseFrameId, String>, Error> {
    let rows: Vec<(ResponseFrameId, String)> = response_frame::Entity::find()
        .select_only()
        .column(response_frame::Column::Id)
        .column(response_frame::Column::Data)
        .filter(response_frame::Column::ResponseId.eq(response))
        .filter(response_frame::Column::Id.is_in(ids))
        .into_tuple()
        .all(&ctx.db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The study and the child that a response is of, and all of it in the shape of the classic API.
pub async fn record(
    ctx: &Context,
    actor: &Actor,
    id: ResponseId,
) -> Result<(Study, String, String), Error> {
    let (row, study) = open(ctx, actor, id).await?;
    let child = hash(&study, row.child_id.0);
    let stored = contents(&ctx.db, &[id]).await?.remove(&id);
    let text = text(&row, &child, &stored.unwrap_or_default())?;
    Ok((study, child, text))
}

fn text(row: &response::Model, child: &str, stored: &Contents) -> Result<String, Error> {
    let about = json!({
        "conditions": conditions(row.conditions.as_deref())?,
        "sequence": stored.sequence(),
        "completed": row.is_completed,
        "completed_consent_frame": row.is_consent_completed,
        "survey_consent": row.is_survey_consent,
        "created_on": row.created_at,
        "is_preview": row.is_preview,
        "hash_child_id": child,
        "recording_method": row.recording_method,
    });
    let about = about.to_string();
    Ok(format!(
        "{},\"global_event_timings\":{},\"exp_data\":{}}}\n",
        about.strip_suffix('}').unwrap_or_default(),
        stored.event_timings(),
        stored.exp_data(row.study_kind)?
    ))
}
