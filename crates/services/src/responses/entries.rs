//! Entries of a run as rows, and back.

pub(super) use domain::responses::EntryKind;
use domain::responses::{Entry, EntryContent, ResponseFrameId, ResponseId};
use entities::response_frame;
use sea_orm::ActiveValue::Set;
use serde_json::{Map, Value};

use crate::context::Context;
use crate::error::Error;

/// The row of an entry that arrived now. `consents` is whether consent was given with it.
pub(super) fn row(
    ctx: &Context,
    response: ResponseId,
    entry: &Entry,
    consents: bool,
) -> Result<response_frame::ActiveModel, Error> {
    let at = |index: u32| i32::try_from(index).unwrap_or(i32::MAX);
    let (kind, data) = match &entry.content {
        EntryContent::Conditions { conditions } => (EntryKind::Conditions, conditions),
        EntryContent::Frame { data, .. } => (EntryKind::Frame, data),
        EntryContent::Event { event, .. } => (EntryKind::Event, event),
        EntryContent::Finish {} => (EntryKind::Finish, &Map::new()),
    };
    let mut row = response_frame::ActiveModel {
        id: Set(ctx.id(ResponseFrameId::from_parts)?),
        response_id: Set(response),
        entry_id: Set(entry.id),
        number: Set(at(entry.number)),
        kind: Set(kind),
        // PostgreSQL stores no NUL in text, and JSON can carry one as an escape; it stays escaped
        // here.
        data: Set(serde_json::to_string(data)?),
        received_at: Set(ctx.now()),
        frame_id: Set(String::new()),
        position: Set(None),
        next_position: Set(None),
        is_completing: Set(false),
        is_consenting: Set(consents),
    };
    match &entry.content {
        EntryContent::Frame {
            frame_id,
            position,
            next,
            completes,
            ..
        } => {
            row.frame_id = Set(frame_id.clone());
            row.position = Set(Some(at(*position)));
            row.next_position = Set(Some(at(*next)));
            row.is_completing = Set(*completes);
        }
        EntryContent::Event { next, .. } => row.next_position = Set(next.map(at)),
        EntryContent::Conditions { .. } | EntryContent::Finish {} => {}
    }
    Ok(row)
}

pub(super) fn entry(row: response_frame::Model) -> Result<Entry, Error> {
    let index = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let data: Map<String, Value> = serde_json::from_str(&row.data)?;
    let content = match row.kind {
        EntryKind::Conditions => EntryContent::Conditions { conditions: data },
        EntryKind::Frame => EntryContent::Frame {
            frame_id: row.frame_id,
            position: index(row.position).unwrap_or_default(),
            next: index(row.next_position).unwrap_or_default(),
            data,
            completes: row.is_completing,
            consents: row.is_consenting,
        },
        EntryKind::Event => EntryContent::Event {
            event: data,
            next: index(row.next_position),
        },
        EntryKind::Finish => EntryContent::Finish {},
    };
    Ok(Entry {
        id: row.entry_id,
        number: u32::try_from(row.number).unwrap_or_default(),
        content,
    })
}
