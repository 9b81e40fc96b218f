//! Published example protocols and what the original runner made of them, where the folders lie
//! beside the checkout. `src/resolve/tests.rs` pins the same rules on protocols of our own.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::path::{Path, PathBuf};

use domain::responses::PastSession;
use protocol::{Chance, Circumstances, Document, resolve};
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
        let structure = content.get("structure").unwrap_or(&content).clone();
        let outcome = Document::from_value(structure).and_then(|document| {
            resolve(
                &document,
                Circumstances {
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

#[test]
fn observed_runs_have_our_frames_and_conditions() {
    let runs = folder("observed/runner");
    for name in SCENARIOS {
        let scenario = read(&runs.join(format!("{name}.json")));
        // The scenario lists earlier visits oldest first, a run is given them newest first.
        let mut past: Vec<PastSession> = scenario["past_sessions"]
            .as_array()
            .into_iter()
            .flatten()
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
        let birthday: chrono::NaiveDate = scenario["child"]["birthday"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let created: chrono::DateTime<chrono::Utc> = scenario["response"]["created_on"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let age = f64::from(
            i32::try_from(
                (created - birthday.and_time(chrono::NaiveTime::MIN).and_utc()).num_minutes(),
            )
            .unwrap(),
        ) / 1440.0;
        let document = Document::from_value(scenario["study"]["structure"].clone()).unwrap();
        let done = resolve(
            &document,
            Circumstances {
                age_days: Some(age),
                past_sessions: &past,
            },
            &mut Chance::seeded(4),
        )
        .unwrap();

        let conditions = &scenario["response"]["conditions"];
        assert_eq!(
            sorted(done.conditions.keys().map(String::as_str)),
            sorted(conditions.as_object().unwrap().keys().map(String::as_str)),
            "{name}"
        );
        // Where chance decides, only what does not depend on it is compared.
        let is_free_draw = matches!(
            *name,
            "permute"
                | "group-in-rps"
                | "group-nested"
                | "rps-age-none"
                | "rps-repeat"
                | "parameters-nested"
        );
        for (key, observed) in conditions.as_object().unwrap() {
            if is_free_draw {
                assert_eq!(
                    sorted(
                        done.conditions[key]
                            .as_object()
                            .unwrap()
                            .keys()
                            .map(String::as_str)
                    ),
                    sorted(observed.as_object().unwrap().keys().map(String::as_str)),
                    "{name} {key}"
                );
            } else {
                assert_eq!(&done.conditions[key], observed, "{name} {key}");
            }
        }
        if let Some(flat) = scenario.get("flat_list").and_then(Value::as_array) {
            assert_eq!(done.frames.len(), flat.len(), "{name}");
            for (ours, theirs) in done.frames.iter().zip(flat) {
                if *name == "permute" || *name == "group-in-rps" {
                    assert_eq!(ours.kind, theirs["kind"].as_str().unwrap(), "{name}");
                    continue;
                }
                assert_eq!(ours.id, theirs["id"].as_str().unwrap(), "{name}");
                if is_free_draw {
                    assert_eq!(
                        ours.members.keys().collect::<Vec<_>>(),
                        theirs.as_object().unwrap().keys().collect::<Vec<_>>(),
                        "{name}"
                    );
                    continue;
                }
                assert_eq!(
                    shape(&Value::Object(ours.members.clone())),
                    shape(theirs),
                    "{name}"
                );
            }
        }
        // Every stored frame id is one of ours, with the repeat mark that the player adds.
        for stored in scenario["response"]["sequence"].as_array().unwrap() {
            let stored = stored.as_str().unwrap();
            let plain = stored.split("-repeat-").next().unwrap();
            let is_chosen_at_random = *name == "permute";
            assert!(
                is_chosen_at_random || done.frames.iter().any(|frame| frame.id == plain),
                "{name}: {stored} is none of {:?}",
                done.frames
                    .iter()
                    .map(|frame| &frame.id)
                    .collect::<Vec<_>>()
            );
        }
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
            resolve(&document, Circumstances::default(), &mut Chance::seeded(1)).unwrap_err();
        assert!(
            !fault.path.is_empty() && !fault.remedy.is_empty(),
            "{name}: {fault}"
        );
    }
}
