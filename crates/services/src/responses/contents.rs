//! What a response holds, put together from its entries, and the ids under which it may be shown.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::families::ChildId;
use domain::families::child::rounded_age;
use domain::responses::{ResponseId, hashed_id};
use domain::studies::age::age_in_days;
use domain::studies::{Study, StudyKind};
use entities::{response_frame, study};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::entries::EntryKind;
use crate::error::Error;
use crate::studies::kinds;

/// A frame as it is kept: the latest data that came for its id.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFrame {
    pub frame_id: String,
    /// Index in the flat list of frames.
    pub position: i32,
    /// How often it was saved.
    pub saves: u32,
    /// When its latest data arrived.
    pub received_at: DateTime<Utc>,
    pub data: Map<String, Value>,
}

/// An event outside any frame.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    pub event: Map<String, Value>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// In the order in which they were first saved.
    pub frames: Vec<StoredFrame>,
    pub events: Vec<StoredEvent>,
}

impl Contents {
    fn add(&mut self, row: response_frame::Model) -> Result<(), Error> {
        match row.kind {
            EntryKind::Frame => self.add_frame(row)?,
            EntryKind::Event => self.events.push(StoredEvent {
                event: serde_json::from_str(&row.data)?,
            }),
            EntryKind::Conditions | EntryKind::Finish => {}
        }
        Ok(())
    }

    fn add_frame(&mut self, row: response_frame::Model) -> Result<(), Error> {
        let data = serde_json::from_str(&row.data)?;
        let mut known = self.frames.iter_mut();
        match known.find(|frame| frame.frame_id == row.frame_id) {
            Some(frame) => {
                frame.saves += 1;
                frame.received_at = row.received_at;
                frame.data = data;
            }
            None => self.frames.push(StoredFrame {
                frame_id: row.frame_id,
                position: row.position.unwrap_or_default(),
                saves: 1,
                received_at: row.received_at,
                data,
            }),
        }
        Ok(())
    }

    /// Ids of the frames that were shown.
    pub fn sequence(&self) -> Vec<&String> {
        self.frames.iter().map(|frame| &frame.frame_id).collect()
    }

    pub fn event_timings(&self) -> Vec<&Map<String, Value>> {
        self.events.iter().map(|event| &event.event).collect()
    }
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
        found.entry(row.response_id).or_default().add(row)?;
    }
    Ok(found)
}

/// Stored data in the shape of the classic API: frames by id, or a list of trials.
pub(super) fn exp_data(kind: StudyKind, frames: &[StoredFrame]) -> Value {
    let data = |frame: &StoredFrame| Value::Object(frame.data.clone());
    if kinds::of(kind).stores_trials() {
        return Value::Array(frames.iter().map(data).collect());
    }
    let by_id = |frame: &StoredFrame| (frame.frame_id.clone(), data(frame));
    Value::Object(frames.iter().map(by_id).collect())
}

/// What randomizers chose: condition name to value.
pub(super) fn conditions(stored: Option<&str>) -> Result<Map<String, Value>, Error> {
    let chosen = stored.map(serde_json::from_str).transpose()?;
    Ok(chosen.unwrap_or_default())
}

/// The id of a child or an account under which a study may publish it.
pub(super) fn hash(study: &Study, entity: Uuid) -> String {
    hashed_id(entity, study.id.0, study.salt, study.hash_digits)
}

/// The same for a child, from a study's row.
pub(super) fn hash_of_child(study: &study::Model, child: ChildId) -> String {
    let digits = u8::try_from(study.hash_digits).unwrap_or(6);
    hashed_id(child.0, study.id.0, study.salt, digits)
}

/// Age when a response began, in days, rounded so that it does not tell the birthday.
pub(super) fn rounded_age_at(birthday: NaiveDate, began_at: DateTime<Utc>) -> i64 {
    rounded_age(age_in_days(birthday, began_at.date_naive()))
}
