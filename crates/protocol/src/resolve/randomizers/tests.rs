use domain::responses::PastSession;
use serde_json::json;

use super::super::tests::{ids, run, run_with};
use super::*;
use crate::chance::Chance;
use crate::document::Document;
use crate::resolve::{ChildContext, Resolution, resolve};

fn past(conditions: Value, is_consented: bool) -> PastSession {
    PastSession {
        conditions: conditions.as_object().unwrap().clone(),
        completed_consent_frame: is_consented,
        ..PastSession::default()
    }
}

#[test]
fn a_parameter_set_makes_every_frame_of_the_list() {
    let protocol = json!({
        "frames": {
            "t": {
                "kind": "choice",
                "sampler": "random-parameter-set",
                "parameterSetWeights": [0, 1],
                "parameterSets": [{"A": 0}, {"A": "x", "L": [1, 2]}],
                "commonFrameProperties": {
                    "kind": "exp-x",
                    "types": ["mp3", "ogg"],
                    "a": "A",
                    "o": {"k": 1},
                },
                "frameList": [{"types": ["wav"], "u": "L#UNIQ", "o": {"l": 2}}, {"u": "L#UNIQ"}],
            },
        },
        "sequence": ["t"],
    });
    let done = run(&protocol).unwrap();
    assert_eq!(ids(&done), ["0-t", "1-t"]);
    assert_eq!(
        done.frames[0].members["types"],
        json!(["wav", "ogg"]),
        "lists merge by position"
    );
    assert_eq!(done.frames[0].members["o"], json!({"k": 1, "l": 2}));
    assert_eq!(done.frames[1].members["a"], "x");
    assert_ne!(
        done.frames[0].members["u"], done.frames[1].members["u"],
        "UNIQ goes on across the frames"
    );
    assert_eq!(
        Value::Object(done.conditions),
        json!({"0-t": {"conditionNum": 1, "parameterSet": {"A": "x", "L": [1, 2]}}})
    );
}

fn weighted(extra: Value) -> Value {
    let mut randomizer = json!({
        "kind": "choice",
        "sampler": "random-parameter-set",
        "parameterSets": [{"A": 0}, {"A": 1}, {"A": 2}],
        "frameList": [{"kind": "exp-x"}],
    });
    randomizer
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    json!({"frames": {"t": randomizer}, "sequence": ["t"]})
}

fn condition(protocol: &Value, circumstances: ChildContext<'_>) -> Result<u64, Fault> {
    run_with(protocol, circumstances, 1)
        .map(|done| done.conditions["0-t"]["conditionNum"].as_u64().unwrap())
}

#[test]
fn weights_decide_also_by_age() {
    assert_eq!(
        condition(
            &weighted(json!({"parameterSetWeights": [0, 0, 0]})),
            ChildContext::default()
        ),
        Ok(0)
    );
    assert_eq!(
        condition(
            &weighted(json!({"parameterSetWeights": [0, 0, 5]})),
            ChildContext::default()
        ),
        Ok(2)
    );
    let by_age = weighted(json!({
        "parameterSetWeights": [
            {"minAge": 0, "maxAge": 400, "weights": [0, 1, 0]},
            {"minAge": 400, "maxAge": 10000, "weights": [0, 0, 1]},
        ],
    }));
    let at = |age| {
        condition(
            &by_age,
            ChildContext {
                age_days: age,
                past_sessions: &[],
            },
        )
    };
    assert_eq!(
        (at(Some(400.0)), at(Some(400.5)), at(None)),
        (Ok(1), Ok(2), Ok(1))
    );
    let none = run_with(
        &by_age,
        ChildContext {
            age_days: Some(20_000.0),
            past_sessions: &[],
        },
        1,
    )
    .unwrap();
    assert_eq!(none.warnings.len(), 1);
}

#[test]
fn draws_follow_the_weights() {
    let protocol =
        Document::from_value(weighted(json!({"parameterSetWeights": [1, 2, 1]}))).unwrap();
    let mut counts = [0_u32; 3];
    for seed in 0..4000 {
        let done = resolve(
            &protocol,
            ChildContext::default(),
            &mut Chance::seeded(seed),
        )
        .unwrap();
        counts
            [usize::try_from(done.conditions["0-t"]["conditionNum"].as_u64().unwrap()).unwrap()] +=
            1;
    }
    assert!(
        (1850..2150).contains(&counts[1]) && (850..1150).contains(&counts[0]),
        "{counts:?}"
    );
}

#[test]
fn earlier_responses_persist_or_rotate() {
    let sessions = [
        past(json!({"3-t": {"conditionNum": 0}}), false),
        past(json!({"9-other-t": {"conditionNum": 2}}), true),
        past(json!({"0-t": {"conditionNum": 1}}), true),
    ];
    let with = |option: &str, sessions: &[PastSession]| {
        condition(
            &weighted(
                json!({"parameterSetWeights": [1, 0, 0], "conditionForAdditionalSessions": option}),
            ),
            ChildContext {
                age_days: None,
                past_sessions: sessions,
            },
        )
    };
    assert_eq!(
        with("persist", &sessions),
        Ok(2),
        "the newest response with consent, by the end of the name"
    );
    assert_eq!(with("rotate", &sessions), Ok(0));
    assert_eq!(
        with(
            "persist",
            &[past(json!({"0-t": {"conditionNum": 9}}), true)]
        ),
        Ok(2),
        "a number out of range is the last"
    );
    assert_eq!(
        with(
            "persist",
            &[past(json!({"0-t": {"whichFrames": [0]}}), true)]
        ),
        Ok(0),
        "a record without a number is passed over"
    );
    assert_eq!(with("random", &sessions), Ok(0));
    assert_eq!(with("Persist", &sessions), Ok(2), "in any letter case");
    assert_eq!(
        with("always", &sessions),
        Ok(0),
        "an unknown word is \"random\""
    );
}

#[test]
fn permute_shows_all_and_lays_ordered_members_by_position() {
    let protocol = json!({
        "frames": {
            "t": {
                "kind": "choice",
                "sampler": "permute",
                "commonFrameProperties": {"kind": "exp-x"},
                "frameOptions": [{"n": 1}, {"n": 2}, {"n": 3}],
                "orderedFrameOptions": [{"place": "first"}, {"place": "second"}],
            },
        },
        "sequence": ["t"],
    });
    let done = run(&protocol).unwrap();
    assert_eq!(ids(&done), ["0-t", "1-t", "2-t"]);
    assert_eq!(
        done.frames
            .iter()
            .map(|frame| frame.members.get("place").cloned())
            .collect::<Vec<_>>(),
        [Some(json!("first")), Some(json!("second")), None]
    );
    let shown: Vec<&Value> = done
        .frames
        .iter()
        .map(|frame| &frame.members["n"])
        .collect();
    let recorded: Vec<&Value> = done.conditions["0-t"]["frameList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| &option["n"])
        .collect();
    assert_eq!(shown, recorded);
    assert_eq!(
        done.conditions["0-t"]["frameList"][0]
            .as_object()
            .unwrap()
            .len(),
        1,
        "without common and ordered members"
    );
}

#[test]
fn ordered_parameter_sets_are_laid_over_the_options_sets() {
    let nested = |word: &str| {
        json!({
            "kind": "choice",
            "sampler": "random-parameter-set",
            "frameList": [{"kind": "exp-x", "a": "A", "b": "B"}],
            "parameterSets": [{"A": word}],
        })
    };
    let protocol = json!({
        "frames": {
            "t": {
                "kind": "choice",
                "sampler": "permute",
                "frameOptions": [nested("x"), nested("y")],
                "orderedFrameOptions": [
                    {"parameterSets": [{"B": 1}]},
                    {"parameterSets": [{"B": 2}]},
                ],
            },
        },
        "sequence": ["t"],
    });
    let done = run(&protocol).unwrap();
    assert_eq!(
        done.frames
            .iter()
            .map(|frame| frame.members["b"].clone())
            .collect::<Vec<_>>(),
        [json!(1), json!(2)]
    );
    assert!(
        done.frames
            .iter()
            .all(|frame| frame.members["a"] == "x" || frame.members["a"] == "y")
    );
    assert_eq!(
        done.conditions["0-t"]["frameList"][0]["parameterSets"][0]["B"],
        1
    );
}

#[test]
fn select_takes_what_it_is_told() {
    let with = |which: Value| {
        run(&json!({
            "frames": {
                "t": {
                    "kind": "choice",
                    "sampler": "select",
                    "whichFrames": which,
                    "frameOptions": [{"kind": "exp-x", "n": 0}, {"kind": "exp-x", "n": 1}],
                },
            },
            "sequence": ["t"],
        }))
    };
    let shown = |which: Value| {
        with(which).map(|done| {
            (
                done.frames
                    .iter()
                    .map(|frame| format!("{}={}", frame.id, frame.members["n"]))
                    .collect::<Vec<_>>()
                    .join(" "),
                done.conditions["0-t"]["whichFrames"].to_string(),
            )
        })
    };
    assert_eq!(
        shown(json!(-1)).unwrap(),
        ("0-t-0=0 1-t-1=1".into(), "[0,1]".into())
    );
    assert_eq!(shown(Value::Null).unwrap().1, "[0,1]");
    assert_eq!(shown(json!(0)).unwrap(), ("0-t-0=0".into(), "[0]".into()));
    assert_eq!(
        shown(json!([1, 0, 1])).unwrap(),
        ("0-t-0=1 1-t-1=0 2-t-2=1".into(), "[1,0,1]".into())
    );
    assert_eq!(shown(json!([])).unwrap().1, "[]");
    assert_eq!(with(json!(2)).unwrap_err().path, "frames.t.whichFrames[0]");
    assert!(with(json!("all")).is_err());
}

#[test]
fn the_record_of_a_permutation_holds_only_what_the_option_holds() {
    let option = |word: &str| {
        json!({
            "kind": "choice",
            "sampler": "random-parameter-set",
            "frameList": [{"kind": "exp-x", "a": "A", "b": "B", "own": word}],
        })
    };
    let protocol = json!({
        "frames": {
            "t": {
                "kind": "choice",
                "sampler": "permute",
                "commonFrameProperties": {"parameterSets": [{"A": "common"}]},
                "frameOptions": [option("x"), option("y")],
                "orderedFrameOptions": [
                    {"parameterSets": [{"B": 1}]},
                    {"parameterSets": [{"B": 2}]},
                ],
            },
        },
        "sequence": ["t"],
    });
    let done = run(&protocol).unwrap();
    let members = |name: &str| -> Vec<Value> {
        let frames = done.frames.iter();
        frames.map(|frame| frame.members[name].clone()).collect()
    };
    assert_eq!(members("a"), ["common", "common"]);
    assert_eq!(members("b"), [1, 2]);
    let shown = done.conditions["0-t"]["frameList"].as_array().unwrap();
    for (option, own) in shown.iter().zip(members("own")) {
        assert_eq!(option.get("parameterSets"), None, "it was a common one");
        assert_eq!(option["frameList"][0]["own"], own);
    }
}

#[test]
fn slips_in_weights_shut_nobody_out() {
    let at = |weights: Value, age: f64| {
        let child = ChildContext {
            age_days: Some(age),
            past_sessions: &[],
        };
        run_with(&weighted(json!({"parameterSetWeights": weights})), child, 1).unwrap()
    };
    let warned = |done: &Resolution, words: &str| {
        done.warnings
            .iter()
            .any(|(_, message)| message.contains(words))
    };
    let incomplete = json!([
        {"minAge": 0, "weights": [0, 1, 0]},
        {"minAge": 100, "maxAge": 500, "weight": [0, 0, 1]},
        {"minAge": 501, "maxAge": 900, "weights": []},
    ]);
    for age in [50.0, 400.0, 700.0] {
        let done = at(incomplete.clone(), age);
        assert!(warned(&done, "not both numbers of days"), "at {age}");
        assert!(warned(&done, "all sets are equally likely"), "at {age}");
    }
    let chosen = |done: &Resolution| done.conditions["0-t"]["conditionNum"].clone();
    let negative = at(json!([-5, "-1", "2"]), 0.0);
    assert_eq!(chosen(&negative), 2);
    assert!(warned(&negative, "negative"));
    let fewer = at(json!([0, 1]), 0.0);
    assert_eq!(chosen(&fewer), 1);
    assert!(warned(&fewer, "never chosen"));
    let more = at(json!([0, 1, 0, 0]), 0.0);
    assert_eq!(chosen(&more), 1);
    assert!(warned(&more, "never chosen"));
    assert_eq!(at(json!([1, 1, 1]), 0.0).warnings, []);
}

/// A fault that only some draws find would be seen by families and not by the editor.
#[test]
fn weights_without_a_set_are_a_fault_of_every_draw() {
    let protocol = weighted(json!({"parameterSetWeights": [1_000_000, 0, 0, 1]}));
    for seed in 0..20 {
        let fault = run_with(&protocol, ChildContext::default(), seed).unwrap_err();
        assert_eq!(fault.path, "frames.t.parameterSetWeights");
    }
    let nonsense = weighted(json!({"parameterSetWeights": [1, "x", 1]}));
    assert_eq!(
        run(&nonsense).unwrap_err().path,
        "frames.t.parameterSetWeights[1]"
    );
    assert!(run(&weighted(json!({"parameterSetWeights": "equal"}))).is_err());
}

#[test]
fn enormous_weights_still_choose_a_set() {
    let done = condition(
        &weighted(json!({"parameterSetWeights": [1e308, 1e308, 1e308]})),
        ChildContext::default(),
    );
    assert!(done.unwrap() < 3);
}

#[test]
fn positions_may_be_written_as_javascript_takes_them() {
    let with = |which: Value| {
        let done = run(&json!({
            "frames": {
                "t": {
                    "kind": "choice",
                    "sampler": "select",
                    "whichFrames": which,
                    "frameOptions": [{"kind": "exp-x", "n": 0}, {"kind": "exp-x", "n": 1}],
                },
            },
            "sequence": ["t"],
        }));
        done.map(|done| {
            let shown: Vec<String> = done
                .frames
                .iter()
                .map(|frame| frame.members["n"].to_string())
                .collect();
            let recorded = done.conditions["0-t"]["whichFrames"].to_string();
            (shown.join(" "), recorded, done.warnings.len())
        })
    };
    for (which, shown, recorded, warnings) in [
        (json!([1.0]), "1", "[1]", 1),
        (json!(1.0), "1", "[1]", 1),
        (json!(-0.0), "0", "[0]", 1),
        (json!("1"), "1", "[\"1\"]", 1),
        (json!(["0", "1"]), "0 1", "[\"0\",\"1\"]", 2),
        (json!([-1]), "0 1", "[0,1]", 1),
        (json!(-1.0), "0 1", "[0,1]", 0),
        (json!("-1"), "0 1", "[0,1]", 0),
        (json!(""), "0 1", "[0,1]", 0),
        (json!(false), "0 1", "[0,1]", 0),
    ] {
        let done = with(which.clone()).unwrap();
        assert_eq!(
            (done.0.as_str(), done.1.as_str(), done.2),
            (shown, recorded, warnings),
            "{which}"
        );
    }
    for which in [
        json!([0, -1]),
        json!(1.5),
        json!(["x"]),
        json!(1e300),
        json!({}),
        json!(true),
    ] {
        assert!(with(which.clone()).is_err(), "{which}");
    }
}
