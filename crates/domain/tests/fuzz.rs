//! What people and programs may send as a criteria expression or as entries of a run, made up at
//! random: nothing panics or hangs. `PROPTEST_CASES=100000 cargo test` looks longer
//! (`docs/FUZZING.md`).
#![expect(clippy::indexing_slicing, reason = "a test that can't go on fails")]

use domain::responses::wire::{Batch, Entry};
use domain::studies::criteria::audience;
use domain::studies::{AgeRange, Criteria};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Pieces of the language, and what is nearly one.
const TOKENS: &[&str] = &[
    "AND",
    "OR",
    "NOT",
    "and",
    "(",
    ")",
    "((((((((",
    "NOTNOTNOTNOT",
    "=",
    "!=",
    "<",
    "<=",
    ">=",
    "==",
    "gender",
    "m",
    "f",
    "o",
    "na",
    "n/a",
    "N/A",
    "male",
    "age_in_days",
    "gestational_age_in_weeks",
    "n_languages",
    "num_languages",
    "speaks_",
    "speaks_en",
    "speaks_xx",
    "deaf",
    "dyslexia",
    "23",
    "24",
    "40",
    "41",
    "0",
    "99999999999999999999999",
    "1.5",
    "-1",
    " ",
    "\u{a0}",
    "\u{2003}",
    "\t\n",
    "é",
    "🙂",
    "\u{0}",
    "\u{202e}",
    "ſ",
    "İ",
    "e\u{301}",
    "_",
    "#",
    "\"",
    "%00",
    "';--",
];

fn expression() -> impl Strategy<Value = String> {
    let tokens = vec(select(TOKENS), 0..40).prop_map(|tokens| tokens.concat());
    let spaced = vec(select(TOKENS), 0..40).prop_map(|tokens| tokens.join(" "));
    let repeated = (select(TOKENS), 0_usize..5_000).prop_map(|(token, many)| token.repeat(many));
    prop_oneof![3 => tokens, 3 => spaced, 1 => repeated, 1 => any::<String>()]
}

fn json_value() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "frame",
        "event",
        "finish",
        "conditions",
        "Frame",
        "00000000-0000-0000-0000-000000000000",
        "0-a",
        "a_b",
        "\u{0}",
        "🙂",
        "1",
    ];
    let leaf = prop_oneof![
        select(texts.to_vec()).prop_map(Value::from),
        select(vec![
            json!(0),
            json!(1),
            json!(-1),
            json!(1.5),
            json!(u64::MAX),
            json!(1e300)
        ]),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::Array),
            vec((select(MEMBERS), inner), 0..9).prop_map(object),
        ]
    })
}

/// Members of entries.
const MEMBERS: &[&str] = &[
    "id",
    "number",
    "type",
    "frame_id",
    "position",
    "next",
    "data",
    "completes",
    "consents",
    "event",
    "conditions",
    "entries",
    "extra",
];

fn object(members: Vec<(&str, Value)>) -> Value {
    let members = members.into_iter();
    Value::Object(
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// Mostly a right entry, with some members that are not.
fn entry() -> impl Strategy<Value = Value> {
    let kind = select(vec!["frame", "event", "finish", "conditions"]);
    (kind, vec((select(MEMBERS), json_value()), 0..4)).prop_map(|(kind, others)| {
        let mut entry = json!({
            "id": "018f4a3e-0000-7000-8000-000000000001",
            "number": 1,
            "type": kind,
            "frame_id": "0-a",
            "position": 0,
            "next": 1,
            "data": {},
            "event": {},
            "conditions": {},
        });
        for (name, value) in others {
            entry[name] = value;
        }
        entry
    })
}

proptest! {
    #[test]
    fn expressions_are_understood_or_refused_inside_themselves(text in expression()) {
        match Criteria::parse(&text) {
            Ok(criteria) => {
                let again = Criteria::parse(&criteria.to_string());
                prop_assert_eq!(again.map(|again| again.to_string()), Ok(criteria.to_string()));
                prop_assert!(criteria.is_narrower_than(&criteria));
                prop_assert!(!audience(&AgeRange::default(), &criteria).is_empty());
            }
            Err(error) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
                prop_assert!(!error.message.is_empty() && error.message.len() < 500);
            }
        }
    }

    #[test]
    fn entries_are_read_or_refused_one_by_one(
        entries in vec(prop_oneof![2 => entry(), 1 => json_value()], 0..6),
    ) {
        let count = entries.len();
        let text = json!({ "entries": entries }).to_string();
        let batch: Batch<Value> = serde_json::from_str(&text).unwrap();
        let (entries, refused) = batch.read();
        prop_assert_eq!(entries.len() + refused.len(), count);
        for entry in entries {
            let is_fine = entry.check().is_ok();
            let written = serde_json::to_value(&entry).unwrap();
            let again: Entry = serde_json::from_value(written).unwrap();
            prop_assert_eq!(again.check().is_ok(), is_fine);
            prop_assert_eq!(again, entry);
        }
    }

    #[test]
    fn bodies_are_batches_or_not(value in json_value()) {
        if let Ok(batch) = serde_json::from_value::<Batch<Value>>(value) {
            batch.read();
        }
    }
}
