//! What the classic runner stored in observed runs, where the folder with them lies beside the
//! checkout: our records have the same ids, members, order and events. Wanted differences are
//! listed in `docs/decisions/0003-protocol-quirks.md`.

use std::path::Path;

use domain::responses::EntryContent;
use protocol::survey::{ControlValue, Form, FormValues};
use protocol::{Chance, ChildContext, Document, resolve};
use serde_json::{Map, Value};

use crate::frames::exit_survey::answers::Answers;
use crate::run::data::{event, exit_early, frame_data};
use crate::run::state::RunState;

/// Runs of kinds that the player shows.
const SCENARIOS: &[&str] = &[
    "text-basic",
    "text-previous",
    "text-unknown-members",
    "survey-empty",
    "survey-fields",
    "survey-previous",
    "survey-required-messages",
    "survey-validation",
    "instructions",
    "exit-survey-full",
    "exit-survey-east",
    "exit-survey-private-only",
    "exit-survey-withdrawal",
    "group-basic",
    "rps-weights",
    "select-all",
    "select-list",
    "select-one",
    "parameters-nested",
    "parameters-repeat",
    "parameters-selectors",
    "leave-early-f1",
    "leave-window",
    "leave-window-stay",
];

fn scenarios() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/observed/runner");
    assert!(
        folder.is_dir(),
        "observed runs are not beside this checkout"
    );
    SCENARIOS
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                serde_json::from_str(
                    &std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap(),
                )
                .unwrap(),
            )
        })
        .collect()
}

fn text<'a>(data: &'a Map<String, Value>, name: &str) -> &'a str {
    data.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Members that a kind stores of its own.
fn own(data: &Map<String, Value>) -> Map<String, Value> {
    data.iter()
        .filter(|(name, _)| {
            ![
                "generatedProperties",
                "eventTimings",
                "frameType",
                "frameDuration",
            ]
            .contains(&name.as_str())
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[test]
fn frames_have_the_observed_members_in_the_observed_order() {
    for (name, scenario) in scenarios() {
        for (id, observed) in scenario["response"]["exp_data"].as_object().unwrap() {
            let observed = observed.as_object().unwrap();
            let events: Vec<Value> = observed["eventTimings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|noted| {
                    let (kind, what) = noted["eventType"]
                        .as_str()
                        .unwrap()
                        .split_once(':')
                        .unwrap();
                    event(kind, what, noted["timestamp"].as_str().unwrap())
                })
                .collect();
            let ours = frame_data(
                own(observed),
                &events,
                text(observed, "frameType"),
                observed["frameDuration"].as_f64().unwrap(),
            );
            assert_eq!(
                serde_json::to_string(&ours).unwrap(),
                serde_json::to_string(observed).unwrap(),
                "{name} {id}"
            );
        }
        for noted in scenario["response"]["global_event_timings"]
            .as_array()
            .unwrap()
        {
            let ours = exit_early(
                noted["exitType"].as_str().unwrap(),
                usize::try_from(noted["lastPageSeen"].as_u64().unwrap()).unwrap(),
                noted["timestamp"].as_str().unwrap(),
            );
            assert_eq!(
                serde_json::to_string(&ours).unwrap(),
                serde_json::to_string(noted).unwrap(),
                "{name}"
            );
        }
    }
}

#[test]
fn exit_surveys_store_the_observed_answers() {
    for (name, scenario) in scenarios() {
        for (id, observed) in scenario["response"]["exp_data"].as_object().unwrap() {
            let observed = observed.as_object().unwrap();
            let Some(stamp) = observed.get("birthDate").and_then(Value::as_str) else {
                continue;
            };
            let answer = |name: &str| {
                observed
                    .get(name)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            let survey = Answers {
                birth_date: stamp[..10].to_owned(),
                databrary: answer("databraryShare"),
                use_of_media: answer("useOfMedia"),
                withdrawal: observed.get("withdrawal").and_then(Value::as_bool),
                feedback: answer("feedback"),
            };
            // The time within the day is ours, everything else is as observed.
            let mut expected = own(observed);
            expected.insert(
                "birthDate".to_owned(),
                Value::from(format!("{}T00:00:00.000Z", &stamp[..10])),
            );
            assert_eq!(
                serde_json::to_string(&survey.members()).unwrap(),
                serde_json::to_string(&expected).unwrap(),
                "{name} {id}"
            );
            assert_eq!(survey.check(), [], "{name} {id}");
        }
    }
}

#[test]
fn a_run_that_saves_the_same_frames_gives_them_the_same_ids() {
    for (name, scenario) in scenarios() {
        let document = Document::from_value(scenario["study"]["structure"].clone()).unwrap();
        let frames = resolve(&document, ChildContext::default(), &mut Chance::seeded(1))
            .unwrap()
            .frames;
        let sequence: Vec<&str> = scenario["response"]["sequence"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap())
            .collect();
        let position = |id: &str| id.split('-').next().unwrap().parse::<u32>().unwrap();
        let mut run = RunState::resume(frames, &[]);
        for (step, id) in sequence.iter().enumerate() {
            run.index = usize::try_from(position(id)).unwrap();
            assert_eq!(run.frame_id(), *id, "{name}");
            let next = sequence
                .get(step + 1)
                .map_or(position(id) + 1, |next| position(next));
            let content = EntryContent::Frame {
                frame_id: run.frame_id(),
                position: position(id),
                next,
                data: Map::new(),
                completes: false,
                consents: false,
            };
            run.record(content, [u8::try_from(step).unwrap(); 16]);
        }
        assert_eq!(run.sequence, sequence, "{name}");
    }
}

#[test]
fn survey_answers_survive_being_stored_and_shown_again() {
    for (name, scenario) in scenarios() {
        for (id, observed) in scenario["response"]["exp_data"].as_object().unwrap() {
            let (Some(schema), Some(stored)) = (
                observed.get("formSchema").and_then(Value::as_object),
                observed.get("formData").and_then(Value::as_object),
            ) else {
                continue;
            };
            let form = Form::read(schema).0;
            let filled: FormValues = form.begin(Some(stored));
            assert_eq!(
                Value::Object(form.answers(&filled)),
                Value::Object(stored.clone()),
                "{name} {id}"
            );
            let is_shown = form.questions.iter().all(|question| {
                !matches!(
                    filled.get(&question.name),
                    Some(ControlValue::Text(text)) if text.is_empty()
                )
            });
            assert!(is_shown, "{name} {id}: every stored answer can be shown");
        }
    }
}
