//! What the player and the server say to each other while a child takes part. Every JSON body that
//! goes between them has its type here, and both ends use it.
//!
//! | request to the run origin | body | answer |
//! | --- | --- | --- |
//! | `POST enter` | [`Ticket`] | [`Entered`], and the cookie of the run |
//! | `GET document` | | [`RunDocument`] |
//! | `POST entries` | [`Batch`] of [`Entry`] | [`Receipt`] |
//!
//! Entries may come with the header `Authorization: Bearer` and the key of [`Entered`] instead of
//! the cookie.
//!
//! Each of them may be answered by an [`ErrorBody`]. The preview pane of the editor is given a
//! [`RunDocument`] too, and tells each [`Entry`] that would have been stored.
//!
//! The player keeps a numbered list of entries, writes each to the browser's own storage before it
//! sends it, and sends it until the server says that it has it. The server only ever appends. What
//! waits in a browser's storage outlives a deployment, so members are never renamed, and new ones
//! have a default. The tests pin the JSON.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ResponseId;
use crate::studies::StudyId;

/// Asks for the cookie of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// What stood behind `#` in the address; good once.
    pub ticket: String,
}

/// The run was entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The key that adds entries for four weeks, when the cookie has long expired, and reads
    /// nothing. The player keeps it in the browser's own storage.
    pub append_key: String,
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
    /// Whether a researcher tries the study out.
    pub is_preview: bool,
    /// What is played.
    pub study: RunStudy,
    /// Age of the child when the response began, in days as a real number.
    pub age_days: f64,
    /// Who takes part.
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
    /// Whom to ask, in prose.
    pub contact_info: String,
    /// The protocol; a text where the researcher's own is no JSON, so that its fault can be shown.
    #[serde(rename = "structure")]
    pub protocol: Value,
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

/// What the player knows of the child: an id that no other study knows, and those of its attributes
/// that the study declares. Published generators ask for them by these names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunChild {
    /// Identifies the child in this study and in no other.
    pub hashed_id: String,
    /// What the family calls the child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Day of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<NaiveDate>,
    /// Stored gender code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// Gestational age in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_at_birth: Option<String>,
    /// What the family wrote about the child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_information: Option<String>,
    /// Language codes, separated by blanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_list: Option<String>,
    /// Condition codes, separated by blanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_list: Option<String>,
}

/// What randomizers and generators look at in earlier responses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PastSession {
    /// What randomizers chose then.
    pub conditions: Map<String, Value>,
    /// Whether consent was given then.
    pub completed_consent_frame: bool,
    /// When it began.
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

/// One thing that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Made by the player; sending the same entry again changes nothing.
    pub id: Uuid,
    /// Position in the run, counted from 1 across reloads. Order is by number, not by arrival.
    pub number: u32,
    /// What happened; its members stand beside `id` and `number`.
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
    /// A frame was saved. The latest entry of a frame id is its data.
    Frame {
        /// Final frame id, such as `3-trial`.
        frame_id: String,
        /// Index of the frame in the flat list.
        position: u32,
        /// Index at which the run goes on; the length of the list when it has ended.
        next: u32,
        /// What the frame stores.
        data: Map<String, Value>,
        /// Whether the exit survey was submitted with it.
        #[serde(default)]
        completes: bool,
        /// What an older player thought about consent. The server decides that by itself.
        #[serde(default)]
        consents: bool,
    },
    /// Something happened outside any frame; exports list these as `global_event_timings`.
    Event {
        /// Type, time and what else is known of it.
        event: Map<String, Value>,
        /// Index at which the run goes on, when the event moved it.
        #[serde(default)]
        next: Option<u32>,
    },
    /// The run reached its end.
    Finish {},
}

/// Entries sent at once. The server reads them as values first ([`Batch::read`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch<T> {
    /// In the order of their numbers.
    pub entries: Vec<T>,
}

impl Batch<Value> {
    /// Reads each entry on its own, so that one that makes no sense does not hold up the others.
    pub fn read(self) -> (Vec<Entry>, Vec<RefusedEntry>) {
        let (mut entries, mut refused) = (Vec::new(), Vec::new());
        for value in self.entries {
            let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
            match serde_json::from_value(value) {
                Ok(entry) => entries.push(entry),
                Err(error) => refused.push(RefusedEntry {
                    entry: id,
                    reason: error.to_string(),
                }),
            }
        }
        (entries, refused)
    }
}

/// What became of the entries that were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Entries that the server has, now or from before.
    pub kept: Vec<Uuid>,
    /// Entries that it will never take.
    pub refused: Vec<RefusedEntry>,
}

/// An entry that the server will never take. The player reports it and keeps it on the computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEntry {
    /// Its id as it was sent, which may be no UUID; absent where there was none.
    pub entry: Option<String>,
    /// A sentence for whoever looks into the browser's console.
    pub reason: String,
}

crate::text_enum!(
    /// Words by which programs tell refused requests apart.
    ErrorCode {
        /// There is no such thing, or whoever asks may not know that there is.
        NotFound = "not_found",
        /// The run's cookie is unknown or has expired.
        RunEnded = "run_ended",
        /// Whoever asks must sign in to the site first.
        SignIn = "sign_in",
        /// Whoever asks may not do this.
        Denied = "denied",
        /// The input breaks a rule.
        Invalid = "invalid",
        /// The thing is not in a state in which this can be done.
        Conflict = "conflict",
        /// Too many tries in a short time.
        TooMany = "too_many",
        /// The body is too large.
        TooLarge = "too_large",
        /// The body is no [`Batch`].
        NoBatch = "no_batch",
        /// The signature of a message from another site is wrong or too old.
        Signature = "signature",
        /// Something that the answer needs is away for the moment.
        Unavailable = "unavailable",
        /// Something of ours failed.
        Internal = "internal",
    }
);

/// Why a request was refused, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// For programs.
    pub error: ErrorCode,
    /// For people; absent where there is nothing that they should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl ErrorBody {
    /// An error with a sentence.
    pub fn new(error: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            error,
            message: Some(message.into()),
        }
    }
}

#[cfg(test)]
mod tests;
