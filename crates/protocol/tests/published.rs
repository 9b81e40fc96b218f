//! Published example protocols and what the classic runner made of them, where the folders lie
//! beside the checkout. The tests in `src/resolve` pin the same rules on protocols of our own.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that can't go on fails"
)]

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::responses::PastSession;
use protocol::{Chance, ChildContext, Document, Resolution, resolve};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(name);
    assert!(path.is_dir(), "{name} is not beside this checkout");
    path
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Ids without regard to the order inside a permutation, of which the index shows one example.
fn sorted<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    ids.sort();
    ids
}

#[test]
fn the_corpus_parses_as_its_index_says() {
    let corpus = folder("corpus");
    let index = std::fs::read_to_string(corpus.join("index.md")).unwrap();
    let mut checked = 0;
    for line in index
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(".json |"))
    {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (file, form, said) = (cells[1], cells[3], cells[6]);
        let content = read(&corpus.join(file));
        if !["protocol", "frames", "frame", "test"].contains(&form)
            || content.get("use_generator") == Some(&Value::Bool(true))
        {
            continue;
        }
        let protocol = content.get("structure").unwrap_or(&content).clone();
        let outcome = Document::from_value(protocol).and_then(|document| {
            resolve(
                &document,
                ChildContext {
                    age_days: Some(180.0),
                    past_sessions: &[],
                },
                &mut Chance::seeded(1),
            )
        });
        if let Some(error) = said.strip_prefix("ERROR:") {
            let fault = outcome.expect_err(file);
            assert!(
                !fault.path.is_empty() && !fault.remedy.is_empty(),
                "{file}: {error}"
            );
        } else {
            let done = outcome.unwrap_or_else(|fault| panic!("{file}: {fault}"));
            let said = said.split("; generator").next().unwrap();
            let (frames, conditions) = said.split_once("; conditions keys:").unwrap_or((said, ""));
            let ids = frames
                .split_once(':')
                .unwrap()
                .1
                .split(", ")
                .map(str::trim)
                .filter(|id| !id.is_empty());
            assert_eq!(
                sorted(done.frames.iter().map(|frame| frame.id.as_str())),
                sorted(ids),
                "{file}"
            );
            let keys = conditions
                .split(',')
                .map(str::trim)
                .filter(|key| !key.is_empty());
            assert_eq!(
                sorted(done.conditions.keys().map(String::as_str)),
                sorted(keys),
                "{file}"
            );
        }
        checked += 1;
    }
    assert!(checked > 80, "only {checked} files were checked");
}

/// Scenarios of kinds whose flat list does not depend on functions.
const SCENARIOS: &[&str] = &[
    "text-basic",
    "text-previous",
    "text-unknown-members",
    "survey-empty",
    "survey-fields",
    "instructions",
    "exit-survey-full",
    "group-basic",
    "group-in-rps",
    "group-nested",
    "parameters-nested",
    "parameters-repeat",
    "parameters-selectors",
    "permute",
    "rps-age-none",
    "rps-age-weights",
    "rps-persist",
    "rps-repeat",
    "rps-rotate",
    "rps-weights",
    "rps-zero-weights",
    "select-all",
    "select-list",
    "select-none",
    "select-one",
    "leave-early-f1",
    "leave-window",
];

/// The shape of a value without what chance decides: names, types, lengths of lists.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)))
                .collect(),
        ),
        Value::Array(list) => Value::from(list.len()),
        Value::String(_) => Value::from("text"),
        Value::Number(_) => Value::from("number"),
        other => other.clone(),
    }
}

/// Scenarios in which chance decides; of these only what does not depend on it is compared.
const FREE_DRAWS: &[&str] = &[
    "permute",
    "group-in-rps",
    "group-nested",
    "rps-age-none",
    "rps-repeat",
    "parameters-nested",
];

/// Earlier responses. The scenario lists them oldest first, a run is given them newest first.
fn past_sessions(scenario: &Value) -> Vec<PastSession> {
    let sessions = scenario["past_sessions"].as_array().into_iter().flatten();
    let mut past: Vec<PastSession> = sessions
        .map(|session| PastSession {
            conditions: session["conditions"]
                .as_object()
                .cloned()
                .unwrap_or_default(),
            completed_consent_frame: session["completed_consent_frame"]
                .as_bool()
                .unwrap_or(false),
            ..PastSession::default()
        })
        .collect();
    past.reverse();
    past
}

fn age_days(scenario: &Value) -> f64 {
    let birthday: NaiveDate = scenario["child"]["birthday"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let created: DateTime<Utc> = scenario["response"]["created_on"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let minutes = (created - birthday.and_time(NaiveTime::MIN).and_utc()).num_minutes();
    f64::from(i32::try_from(minutes).unwrap()) / 1440.0
}

fn keys(value: &Value) -> Vec<String> {
    sorted(value.as_object().unwrap().keys().map(String::as_str))
}

#[test]
fn observed_runs_have_our_frames_and_conditions() {
    let runs = folder("observed/runner");
    for name in SCENARIOS {
        let scenario = read(&runs.join(format!("{name}.json")));
        let document = Document::from_value(scenario["study"]["structure"].clone()).unwrap();
        let circumstances = ChildContext {
            age_days: Some(age_days(&scenario)),
            past_sessions: &past_sessions(&scenario),
        };
        let done = resolve(&document, circumstances, &mut Chance::seeded(4)).unwrap();
        compare_conditions(name, &done, &scenario["response"]["conditions"]);
        if let Some(flat) = scenario.get("flat_list").and_then(Value::as_array) {
            compare_frames(name, &done, flat);
        }
        compare_stored_ids(name, &done, &scenario["response"]["sequence"]);
    }
}

fn compare_conditions(name: &str, ours: &Resolution, observed: &Value) {
    let conditions = Value::Object(ours.conditions.clone());
    assert_eq!(keys(&conditions), keys(observed), "{name}");
    for (key, observed) in observed.as_object().unwrap() {
        let ours = &conditions[key];
        if FREE_DRAWS.contains(&name) {
            assert_eq!(keys(ours), keys(observed), "{name} {key}");
        } else {
            assert_eq!(ours, observed, "{name} {key}");
        }
    }
}

fn compare_frames(name: &str, ours: &Resolution, flat: &[Value]) {
    assert_eq!(ours.frames.len(), flat.len(), "{name}");
    for (ours, theirs) in ours.frames.iter().zip(flat) {
        if matches!(name, "permute" | "group-in-rps") {
            assert_eq!(ours.kind, theirs["kind"].as_str().unwrap(), "{name}");
            continue;
        }
        assert_eq!(ours.id, theirs["id"].as_str().unwrap(), "{name}");
        if FREE_DRAWS.contains(&name) {
            let members: Vec<_> = ours.members.keys().collect();
            let observed: Vec<_> = theirs.as_object().unwrap().keys().collect();
            assert_eq!(members, observed, "{name}");
            continue;
        }
        let members = Value::Object(ours.members.clone());
        assert_eq!(shape(&members), shape(theirs), "{name}");
    }
}

/// Every stored frame id is one of ours, with the repeat mark that the player adds.
fn compare_stored_ids(name: &str, ours: &Resolution, sequence: &Value) {
    let ids: Vec<&str> = ours.frames.iter().map(|frame| frame.id.as_str()).collect();
    for stored in sequence.as_array().unwrap() {
        let stored = stored.as_str().unwrap();
        let plain = stored.split("-repeat-").next().unwrap();
        assert!(
            name == "permute" || ids.contains(&plain),
            "{name}: {stored} is none of {ids:?}"
        );
    }
}

#[test]
fn faults_of_observed_runs_are_faults_here() {
    let runs = folder("observed/runner");
    for name in [
        "parse-bad-id",
        "parse-bad-selector",
        "parse-unknown-nickname",
    ] {
        let scenario = read(&runs.join(format!("{name}.json")));
        let document = Document::from_value(scenario["study"]["structure"].clone()).unwrap();
        let fault =
            resolve(&document, ChildContext::default(), &mut Chance::seeded(1)).unwrap_err();
        assert!(
            !fault.path.is_empty() && !fault.remedy.is_empty(),
            "{name}: {fault}"
        );
    }
}
