//! What responses hold, put together from their entries, and the ids under which they may be
//! shown. Data stay texts, as they are stored: parsing all of it would take many times the memory.

use std::collections::{HashMap, VecDeque};

use domain::families::ChildId;
use domain::responses::{EntryKind, ResponseFrameId, ResponseId, hashed_id};
use domain::studies::{Study, StudyKind};
use entities::{response_frame, study};
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::Error;
use crate::studies::kinds;

/// A frame as it is kept: the latest data that came for its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub frame_id: String,
    /// An object, as JSON.
    pub data: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// In the order in which they were first saved.
    pub frames: Vec<Frame>,
    /// What happened outside any frame, each an object as JSON.
    pub events: Vec<String>,
    /// Where each frame stands.
    places: HashMap<String, usize>,
}

impl Contents {
    fn add(&mut self, kind: EntryKind, frame_id: String, data: String) {
        match kind {
            EntryKind::Frame => self.add_frame(frame_id, data),
            EntryKind::Event => self.events.push(data),
            EntryKind::Conditions | EntryKind::Finish => {}
        }
    }

    fn add_frame(&mut self, frame_id: String, data: String) {
        let known = self.places.get(&frame_id);
        match known.and_then(|place| self.frames.get_mut(*place)) {
            Some(frame) => frame.data = data,
            None => {
                self.places.insert(frame_id.clone(), self.frames.len());
                self.frames.push(Frame { frame_id, data });
            }
        }
    }

    /// Ids of the frames that were shown.
    pub fn sequence(&self) -> Vec<&String> {
        self.frames.iter().map(|frame| &frame.frame_id).collect()
    }

    /// What happened outside any frame, as a list in JSON.
    pub fn event_timings(&self) -> String {
        format!("[{}]", self.events.join(","))
    }

    /// Data in the shape of the classic API, as JSON: frames by id, or a list of trials.
    pub fn exp_data(&self, kind: StudyKind) -> Result<String, Error> {
        let is_list = kinds::of(kind).stores_trials();
        let (begin, end) = if is_list { ('[', ']') } else { ('{', '}') };
        let mut text = String::from(begin);
        for (index, frame) in self.frames.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            if !is_list {
                text.push_str(&serde_json::to_string(&frame.frame_id)?);
                text.push(':');
            }
            text.push_str(&frame.data);
        }
        text.push(end);
        Ok(text)
    }
}

/// The entries of some responses, each response's in the order of its run.
fn in_order(entries: Select<response_frame::Entity>) -> Select<response_frame::Entity> {
    entries
        .order_by_asc(response_frame::Column::ResponseId)
        .order_by_asc(response_frame::Column::Number)
        .order_by_asc(response_frame::Column::ReceivedAt)
        .order_by_asc(response_frame::Column::Id)
}

/// Contents of several responses in one query. It is for the caller to ask for no more than fit
/// into memory.
pub(super) async fn contents(
    db: &impl ConnectionTrait,
    ids: &[ResponseId],
) -> Result<HashMap<ResponseId, Contents>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let entries = response_frame::Entity::find()
        .select_only()
        .column(response_frame::Column::ResponseId)
        .column(response_frame::Column::Kind)
        .column(response_frame::Column::FrameId)
        .column(response_frame::Column::Data)
        .filter(response_frame::Column::ResponseId.is_in(ids.iter().copied()));
    let rows: Vec<(ResponseId, EntryKind, String, String)> =
        in_order(entries).into_tuple().all(db).await?;
    let mut found: HashMap<ResponseId, Contents> = HashMap::new();
    for (response, kind, frame_id, data) in rows {
        found.entry(response).or_default().add(kind, frame_id, data);
    }
    Ok(found)
}

/// What is known of an entry without reading its data.
pub(super) struct EntryHead {
    pub id: ResponseFrameId,
    pub kind: EntryKind,
    pub frame_id: String,
    /// About the number of bytes of its data.
    pub bytes: i64,
}

/// The entries of a response without their data.
pub(super) async fn heads(
    db: &impl ConnectionTrait,
    response: ResponseId,
) -> Result<Vec<EntryHead>, Error> {
    let length = Func::char_length(Expr::col(response_frame::Column::Data));
    let entries = response_frame::Entity::find()
        .select_only()
        .column(response_frame::Column::Id)
        .column(response_frame::Column::Kind)
        .column(response_frame::Column::FrameId)
        .column_as(Expr::from(length), "bytes")
        .filter(response_frame::Column::ResponseId.eq(response));
    let rows: Vec<(ResponseFrameId, EntryKind, String, i32)> =
        in_order(entries).into_tuple().all(db).await?;
    let heads = rows
        .into_iter()
        .map(|(id, kind, frame_id, bytes)| EntryHead {
            id,
            kind,
            frame_id,
            bytes: bytes.into(),
        });
    Ok(heads.collect())
}

/// Bytes of entries that are in memory at a time where a response is passed on.
const PART: i64 = 1 << 20;
/// Entries that are asked for by their ids at a time.
const MOST_IDS: usize = 500;

/// Some of a response's entries.
pub(super) enum Part {
    All,
    These(Vec<ResponseFrameId>),
}

/// A response of this many bytes in parts that fit into memory, in the order of the run.
pub(super) async fn parts(
    db: &impl ConnectionTrait,
    response: ResponseId,
    bytes: i64,
) -> Result<VecDeque<Part>, Error> {
    if bytes <= PART {
        return Ok(VecDeque::from([Part::All]));
    }
    let (mut parts, mut ids, mut sum) = (VecDeque::new(), Vec::new(), 0);
    for head in heads(db, response).await? {
        if !ids.is_empty() && (sum + head.bytes > PART || ids.len() >= MOST_IDS) {
            parts.push_back(Part::These(std::mem::take(&mut ids)));
            sum = 0;
        }
        ids.push(head.id);
        sum += head.bytes;
    }
    parts.push_back(Part::These(ids));
    Ok(parts)
}

/// The entries of a part, in the order of the run.
pub(super) async fn rows(
    db: &impl ConnectionTrait,
    response: ResponseId,
    part: Part,
) -> Result<Vec<response_frame::Model>, Error> {
    let mut entries =
        response_frame::Entity::find().filter(response_frame::Column::ResponseId.eq(response));
    if let Part::These(ids) = part {
        entries = entries.filter(response_frame::Column::Id.is_in(ids));
    }
    Ok(in_order(entries).all(db).await?)
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn frames(ids: impl Iterator<Item = String>) -> Contents {
        let mut contents = Contents::default();
        for id in ids {
            contents.add(EntryKind::Frame, id, "{}".to_owned());
        }
        contents
    }

    #[test]
    fn frames_stand_in_the_order_of_their_first_save() {
        let mut contents = frames(["0-b", "1-a", "0-b"].map(str::to_owned).into_iter());
        contents.add(EntryKind::Frame, "1-a".into(), r#"{"z":1,"a":2}"#.into());
        contents.add(EntryKind::Event, String::new(), r#"{"e":1}"#.into());
        contents.add(EntryKind::Finish, String::new(), "{}".into());
        assert_eq!(contents.sequence(), ["0-b", "1-a"]);
        assert_eq!(contents.event_timings(), r#"[{"e":1}]"#);
        let data = |kind| contents.exp_data(kind).unwrap();
        assert_eq!(
            data(StudyKind::FramePlayer),
            r#"{"0-b":{},"1-a":{"z":1,"a":2}}"#
        );
        assert_eq!(data(StudyKind::JsPsych), r#"[{},{"z":1,"a":2}]"#);
    }

    #[test]
    fn many_frames_take_no_longer_each() {
        let began = Instant::now();
        let many = || (0..20_000).map(|number| format!("{number}-frame-with-a-long-id"));
        let contents = frames(many().chain(many()));
        assert_eq!(contents.frames.len(), 20_000);
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
    }
}
