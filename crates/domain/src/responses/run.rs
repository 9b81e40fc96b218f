//! What the player and the server say to each other while a child takes part.
//!
//! The player keeps a numbered list of entries, writes each to the browser's own storage before it
//! sends it, and sends it until the server says that it has it. The server only ever appends.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ResponseId;
use crate::studies::StudyId;

crate::text_enum!(
    /// What an entry says, as the database keeps it.
    EntryKind {
        /// [`EntryContent::Conditions`].
        Conditions = "conditions",
        /// [`EntryContent::Frame`].
        Frame = "frame",
        /// [`EntryContent::Event`].
        Event = "event",
        /// [`EntryContent::Finish`].
        Finish = "finish",
    }
);

/// One thing that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Made by the player; sending the same entry again changes nothing.
    pub id: Uuid,
    /// Position in the run, counted from 1 across reloads. Order is by number, not by arrival.
    pub number: u32,
    /// What happened; its `type` and members stand beside `id` and `number`.
    #[serde(flatten)]
    pub content: EntryContent,
}

/// What an entry says, in the form in which it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EntryContent {
    /// The protocol was resolved; what its randomizers chose.
    Conditions {
        /// `<index in the sequence>-<nickname>` to what was chosen there.
        conditions: Map<String, Value>,
    },
    /// A frame was left and saved. The latest entry of a frame id is its data; the members are in
    /// `docs/reference/response-data.md`.
    Frame {
        /// Final frame id, such as `3-trial`.
        frame_id: String,
        /// Index of the frame in the flat list.
        position: u32,
        /// Index at which the run goes on; the length of the list when it has ended.
        next: u32,
        /// What the frame stores, its events among it.
        data: Map<String, Value>,
        /// Whether the exit survey was submitted with it.
        #[serde(default)]
        completes: bool,
        /// Whether a consent frame was left with it.
        #[serde(default)]
        consents: bool,
    },
    /// Something happened outside any frame (`global_event_timings`).
    Event {
        /// Type, time, and what else belongs to this type.
        event: Map<String, Value>,
        /// Index at which the run goes on, when the event moved it.
        #[serde(default)]
        next: Option<u32>,
    },
    /// The run reached its end.
    Finish {},
}

/// Why the server refuses an entry for good. The player reports it and keeps the entry on the
/// computer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// Numbers start at 1 and stay below the limit.
    #[error("entry number {0} is outside 1 to {limit}", limit = Entry::LARGEST_NUMBER)]
    Number(u32),
    /// The frame id is empty, too long, or holds a character that ids may not have.
    #[error(
        "frame id `{0}` is not allowed: letters, digits, hyphen, full stop and space, \
         at most 128 characters"
    )]
    FrameId(String),
    /// Its JSON has too many bytes.
    #[error(
        "the data of this entry has {0} bytes, {limit} are the most",
        limit = Entry::LARGEST_BYTES
    )]
    Size(usize),
}

impl Entry {
    /// Most entries of one run: hours of play, far above any study.
    pub const LARGEST_NUMBER: u32 = 20_000;
    /// Largest JSON of one entry, in bytes.
    pub const LARGEST_BYTES: usize = 1 << 20;
    /// Longest frame id, in characters.
    pub const LONGEST_FRAME_ID: usize = 128;

    /// Checks what the type alone can't promise.
    pub fn check(&self) -> Result<(), EntryFault> {
        if self.number == 0 || self.number > Self::LARGEST_NUMBER {
            return Err(EntryFault::Number(self.number));
        }
        let size = match &self.content {
            EntryContent::Conditions { conditions } => json_size(conditions),
            EntryContent::Frame { frame_id, data, .. } => {
                let is_fine = !frame_id.is_empty()
                    && frame_id.chars().count() <= Self::LONGEST_FRAME_ID
                    && frame_id
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ' '));
                if !is_fine {
                    return Err(EntryFault::FrameId(frame_id.chars().take(40).collect()));
                }
                json_size(data)
            }
            EntryContent::Event { event, .. } => json_size(event),
            EntryContent::Finish {} => 0,
        };
        if size > Self::LARGEST_BYTES {
            Err(EntryFault::Size(size))
        } else {
            Ok(())
        }
    }
}

fn json_size(value: &Map<String, Value>) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}

/// Everything that the player is given when it starts or starts again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunDocument {
    /// The response, absent in a preview that stores nothing.
    pub response: Option<ResponseId>,
    /// When the response began.
    pub created_on: DateTime<Utc>,
    /// Number from which all draws of this run come, so that a reload draws the same.
    pub seed: u64,
    /// Whether a researcher tries the study.
    pub is_preview: bool,
    /// The study in the version that this run plays.
    pub study: RunStudy,
    /// Who takes part; made up in a preview.
    pub child: RunChild,
    /// Earlier responses of this child to this study, most recently changed first.
    pub past_sessions: Vec<PastSession>,
    /// Entries of this run that the server has, by number.
    pub entries: Vec<Entry>,
}

/// What the player knows of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStudy {
    /// The same as in the study's address.
    pub id: StudyId,
    /// Title that families read.
    pub name: String,
    /// How long it takes, in prose.
    pub duration: String,
    /// Whom to ask about the study.
    pub contact_info: String,
    /// The protocol, as the researcher wrote it.
    pub structure: Value,
    /// A function in JavaScript that makes the protocol, where the study uses one.
    #[serde(default)]
    pub generator: Option<String>,
    /// The jsPsych experiment, for studies of that kind.
    #[serde(default)]
    pub experiment: Option<String>,
    /// Where to go at the end.
    pub exit_url: String,
    /// The study's page, for families who tell others.
    pub share_url: String,
}

/// What the player knows of the child, under the names by which generators know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunChild {
    /// Identifies the child in this study and in no other.
    pub hashed_id: String,
    /// First name or nickname.
    pub given_name: String,
    /// A calendar date; generators see it as midnight UTC.
    pub birthday: NaiveDate,
    /// Stored code of [`crate::families::Gender`].
    pub gender: String,
    /// Gestational age in words.
    pub age_at_birth: String,
    /// What the family wrote about the child.
    pub additional_information: String,
    /// Language codes, separated by blanks.
    pub language_list: String,
    /// Condition codes, separated by blanks.
    pub condition_list: String,
}

/// What randomizers and generators look at in an earlier response.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PastSession {
    /// What was chosen then.
    pub conditions: Map<String, Value>,
    /// Whether consent was given then.
    pub completed_consent_frame: bool,
    /// When that response began.
    #[serde(default)]
    pub created_on: Option<DateTime<Utc>>,
    /// Whether its exit survey was submitted.
    #[serde(default)]
    pub completed: bool,
    /// Ids of its frames in the order of their first save; filled where a generator may ask for
    /// them.
    #[serde(default)]
    pub sequence: Vec<String>,
    /// Data by frame id; filled where a generator may ask for them.
    #[serde(default)]
    pub exp_data: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_have_a_flat_wire_form() {
        let text = r#"{
            "id": "00000000-0000-4000-8000-000000000001", "number": 2,
            "type": "frame", "frame_id": "0-intro", "position": 0, "next": 1,
            "data": {"b": 1, "a": 2}
        }"#;
        let entry: Entry = serde_json::from_str(text).unwrap();
        let EntryContent::Frame {
            data, completes, ..
        } = &entry.content
        else {
            panic!("{entry:?}")
        };
        assert_eq!(
            data.keys().collect::<Vec<_>>(),
            ["b", "a"],
            "members keep their order"
        );
        assert!(!completes);
        assert!(entry.check().is_ok());
    }

    #[test]
    fn faults_are_told_apart() {
        let entry = |number, frame_id: &str, text: &str| Entry {
            id: Uuid::nil(),
            number,
            content: EntryContent::Frame {
                frame_id: frame_id.into(),
                position: 0,
                next: 1,
                data: json!({"t": text}).as_object().unwrap().clone(),
                completes: false,
                consents: false,
            },
        };
        assert_eq!(entry(0, "0-a", "").check(), Err(EntryFault::Number(0)));
        assert!(matches!(
            entry(1, "0_a", "").check(),
            Err(EntryFault::FrameId(_))
        ));
        assert!(matches!(
            entry(1, &"a".repeat(129), "").check(),
            Err(EntryFault::FrameId(_))
        ));
        assert!(matches!(
            entry(1, "0-a", &"x".repeat(Entry::LARGEST_BYTES)).check(),
            Err(EntryFault::Size(_))
        ));
    }
}
