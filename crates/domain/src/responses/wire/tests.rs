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
        other => panic!("{other} is not an object"),
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
fn an_entered_run_is_one_member() {
    let entered = Entered {
        append_key: "k-1".into(),
    };
    pin(&entered, r#"{"append_key":"k-1"}"#);
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
        age_days: 1755.5,
        study: RunStudy {
            id: StudyId(Uuid::from_u128(2)),
            name: "Moon".into(),
            duration: "10 minutes".into(),
            contact_info: "Ada".into(),
            protocol: json!({"frames": {}, "sequence": []}),
            generator: None,
            experiment: None,
            exit_url: "https://example.org/end".into(),
            share_url: "https://example.org/studies/2".into(),
        },
        child: RunChild {
            hashed_id: "2Y7W5d".into(),
            given_name: None,
            birthday: None,
            gender: Some("na".into()),
            age_at_birth: None,
            additional_information: None,
            language_list: Some("en fr".into()),
            condition_list: None,
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
            r#""age_days":1755.5,"#,
            r#""child":{"hashed_id":"2Y7W5d","gender":"na","language_list":"en fr"},"#,
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
    let silent = ErrorBody {
        error: ErrorCode::Internal,
        message: None,
    };
    pin(&silent, r#"{"error":"internal"}"#);
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        codes.join(" "),
        "not_found run_ended sign_in denied invalid conflict too_many too_large no_batch \
         signature unavailable internal"
    );
    assert!(
        serde_json::from_str::<ErrorBody>(r#"{"error":"bad_gateway"}"#).is_err(),
        "the word of a proxy is none of ours"
    );
}
