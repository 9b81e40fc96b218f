//! What the player and the server say to each other while a child takes part. Every JSON body that
//! goes between them has its type here, and both ends use it.
//!
//! | request to the run origin | body | answer |
//! | --- | --- | --- |
//! | `POST enter` | [`Ticket`] | the cookie of the run |
//! | `GET document` | | [`RunDocument`] |
//! | `POST entries` | [`Batch`] of [`Entry`] | [`Receipt`] |
//!
//! Each of them may be answered by an [`ErrorBody`]. The preview pane of the editor is given a
//! [`RunDocument`] too, and tells each [`Entry`] that would have been stored.
//!
//! The player keeps a numbered list of entries, writes each to the browser's own storage before it
//! sends it, and sends it until the server says that it has it. The server only ever appends. What
//! waits in a browser's storage outlives a deployment, so members are never renamed, and new ones
//! have a default. The tests below pin the JSON.

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
    /// Public identifier.
    pub id: StudyId,
    /// Title.
    pub name: String,
    /// How long it takes, in prose.
    pub duration: String,
    /// Whom to ask, in prose.
    pub contact_info: String,
    /// The protocol; a text where the researcher's own is no JSON, so that its fault can be shown.
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

/// What the player knows of the child: the attributes that published generators ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunChild {
    /// Public identifier in this study.
    pub hashed_id: String,
    /// What the family calls the child.
    pub given_name: String,
    /// Day of birth.
    pub birthday: NaiveDate,
    /// Stored gender code.
    pub gender: String,
    /// Gestational age in words.
    pub age_at_birth: String,
    /// Free text.
    pub additional_information: String,
    /// Language codes, separated by blanks.
    pub language_list: String,
    /// Condition codes, separated by blanks.
    pub condition_list: String,
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

/// The kinds of entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EntryContent {
    /// The protocol was resolved; what its randomizers chose.
    Conditions {
        /// Condition name to value.
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
        /// Whether a consent frame was left with it.
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

    /// A failure of ours, of which nothing is told.
    pub const fn internal() -> Self {
        Self {
            error: ErrorCode::Internal,
            message: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    /// Pins the JSON of a value in both directions.
    fn pin<T: Debug + DeserializeOwned + PartialEq + Serialize>(value: &T, text: &str) {
        assert_eq!(serde_json::to_string(value).unwrap(), text);
        assert_eq!(&serde_json::from_str::<T>(text).unwrap(), value, "{text}");
    }

    fn entry(number: u32, content: EntryContent) -> Entry {
        Entry {
            id: Uuid::from_u128(u128::from(number)),
            number,
            content,
        }
    }

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_ticket_is_one_member() {
        let ticket = Ticket {
            ticket: "t-1".into(),
        };
        pin(&ticket, r#"{"ticket":"t-1"}"#);
    }

    #[test]
    fn entries_are_flat_and_keep_the_order_of_members() {
        pin(
            &entry(
                1,
                EntryContent::Conditions {
                    conditions: object(json!({"1-b": 2, "0-a": {"conditionNum": 0}})),
                },
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000001","number":1,"type":"conditions","#,
                r#""conditions":{"1-b":2,"0-a":{"conditionNum":0}}}"#
            ),
        );
        pin(
            &entry(
                2,
                EntryContent::Frame {
                    frame_id: "0-intro".into(),
                    position: 0,
                    next: 1,
                    data: object(json!({"b": 1, "a": 2})),
                    completes: false,
                    consents: true,
                },
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000002","number":2,"type":"frame","#,
                r#""frame_id":"0-intro","position":0,"next":1,"data":{"b":1,"a":2},"#,
                r#""completes":false,"consents":true}"#
            ),
        );
        pin(
            &entry(
                3,
                EntryContent::Event {
                    event: object(json!({"eventType": "exitEarly"})),
                    next: None,
                },
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000003","number":3,"type":"event","#,
                r#""event":{"eventType":"exitEarly"},"next":null}"#
            ),
        );
        pin(
            &entry(4, EntryContent::Finish {}),
            r#"{"id":"00000000-0000-0000-0000-000000000004","number":4,"type":"finish"}"#,
        );
    }

    #[test]
    fn entries_of_older_players_are_understood() {
        let text = concat!(
            r#"{"id":"00000000-0000-4000-8000-000000000001","number":2,"type":"frame","#,
            r#""frame_id":"0-intro","position":0,"next":1,"data":{"b":1,"a":2}}"#
        );
        let entry: Entry = serde_json::from_str(text).unwrap();
        let EntryContent::Frame {
            data,
            completes,
            consents,
            ..
        } = &entry.content
        else {
            panic!("{entry:?}")
        };
        assert_eq!(
            data.keys().collect::<Vec<_>>(),
            ["b", "a"],
            "members keep their order"
        );
        assert!(!completes && !consents);
        assert!(entry.check().is_ok());
    }

    #[test]
    fn a_run_document_says_what_is_played_for_whom() {
        let run = RunDocument {
            response: Some(ResponseId(Uuid::from_u128(1))),
            created_on: "2026-11-24T10:00:00.5Z".parse().unwrap(),
            seed: u64::MAX,
            is_preview: false,
            study: RunStudy {
                id: StudyId(Uuid::from_u128(2)),
                name: "Moon".into(),
                duration: "10 minutes".into(),
                contact_info: "Ada".into(),
                structure: json!({"frames": {}, "sequence": []}),
                generator: None,
                experiment: None,
                exit_url: "https://example.org/end".into(),
                share_url: "https://example.org/studies/2".into(),
            },
            child: RunChild {
                hashed_id: "2Y7W5d".into(),
                given_name: "Sam".into(),
                birthday: "2022-02-03".parse().unwrap(),
                gender: "na".into(),
                age_at_birth: "39 weeks".into(),
                additional_information: String::new(),
                language_list: "en fr".into(),
                condition_list: String::new(),
            },
            past_sessions: vec![PastSession {
                conditions: object(json!({"0-a": 1})),
                completed_consent_frame: true,
                created_on: Some("2026-11-01T10:00:00Z".parse().unwrap()),
                completed: true,
                sequence: vec!["0-a".into()],
                exp_data: object(json!({"0-a": {}})),
            }],
            entries: vec![entry(4, EntryContent::Finish {})],
        };
        pin(
            &run,
            concat!(
                r#"{"response":"00000000-0000-0000-0000-000000000001","#,
                r#""created_on":"2026-11-24T10:00:00.500Z","seed":18446744073709551615,"#,
                r#""is_preview":false,"#,
                r#""study":{"id":"00000000-0000-0000-0000-000000000002","name":"Moon","#,
                r#""duration":"10 minutes","contact_info":"Ada","#,
                r#""structure":{"frames":{},"sequence":[]},"generator":null,"experiment":null,"#,
                r#""exit_url":"https://example.org/end","#,
                r#""share_url":"https://example.org/studies/2"},"#,
                r#""child":{"hashed_id":"2Y7W5d","given_name":"Sam","birthday":"2022-02-03","#,
                r#""gender":"na","age_at_birth":"39 weeks","additional_information":"","#,
                r#""language_list":"en fr","condition_list":""},"#,
                r#""past_sessions":[{"conditions":{"0-a":1},"completed_consent_frame":true,"#,
                r#""created_on":"2026-11-01T10:00:00Z","completed":true,"sequence":["0-a"],"#,
                r#""exp_data":{"0-a":{}}}],"#,
                r#""entries":[{"id":"00000000-0000-0000-0000-000000000004","number":4,"#,
                r#""type":"finish"}]}"#
            ),
        );
    }

    #[test]
    fn a_bad_entry_does_not_hold_up_the_others() {
        let good = entry(1, EntryContent::Finish {});
        let sent = Batch {
            entries: vec![&good],
        };
        let text = serde_json::to_string(&sent).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"entries":[{"id":"00000000-0000-0000-0000-000000000001","#,
                r#""number":1,"type":"finish"}]}"#
            )
        );
        let mut batch: Batch<Value> = serde_json::from_str(&text).unwrap();
        batch
            .entries
            .push(json!({"id": "x", "number": 2, "type": "finish"}));
        batch.entries.push(json!(7));
        let (entries, refused) = batch.read();
        assert_eq!(entries, [good]);
        let ids: Vec<_> = refused.iter().map(|one| one.entry.as_deref()).collect();
        assert_eq!(ids, [Some("x"), None]);
    }

    #[test]
    fn a_receipt_names_every_entry() {
        let receipt = Receipt {
            kept: vec![Uuid::from_u128(1)],
            refused: vec![
                RefusedEntry {
                    entry: Some("x".into()),
                    reason: "no UUID".into(),
                },
                RefusedEntry {
                    entry: None,
                    reason: "no object".into(),
                },
            ],
        };
        pin(
            &receipt,
            concat!(
                r#"{"kept":["00000000-0000-0000-0000-000000000001"],"#,
                r#""refused":[{"entry":"x","reason":"no UUID"},"#,
                r#"{"entry":null,"reason":"no object"}]}"#
            ),
        );
    }

    #[test]
    fn errors_have_a_code_and_mostly_a_sentence() {
        pin(
            &ErrorBody::new(ErrorCode::RunEnded, "sign in first"),
            r#"{"error":"run_ended","message":"sign in first"}"#,
        );
        pin(&ErrorBody::internal(), r#"{"error":"internal"}"#);
        let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            codes.join(" "),
            "not_found run_ended sign_in denied invalid conflict too_many too_large no_batch \
             signature internal"
        );
        assert!(
            serde_json::from_str::<ErrorBody>(r#"{"error":"bad_gateway"}"#).is_err(),
            "the word of a proxy is none of ours"
        );
    }
}
