use serde_json::json;

use super::*;

pub(super) fn run_with(
    protocol: &Value,
    circumstances: ChildContext<'_>,
    seed: u64,
) -> Result<Resolution, Fault> {
    resolve(
        &Document::from_value(protocol.clone()).unwrap(),
        circumstances,
        &mut Chance::seeded(seed),
    )
}

pub(super) fn run(protocol: &Value) -> Result<Resolution, Fault> {
    run_with(protocol, ChildContext::default(), 1)
}

pub(super) fn ids(resolution: &Resolution) -> Vec<&str> {
    resolution
        .frames
        .iter()
        .map(|frame| frame.id.as_str())
        .collect()
}

fn text(words: &str) -> Value {
    json!({"kind": "exp-lookit-text", "blocks": [{"text": words}]})
}

#[test]
fn frames_are_numbered_and_keep_their_names() {
    let done = run(&json!({
        "frames": {"b": text("b"), "a": {"kind": "exp-x", "id": "own"}, "c": text("unused")},
        "sequence": ["b", "a", "b"],
    }))
    .unwrap();
    assert_eq!(ids(&done), ["0-b", "1-own", "2-b"]);
    assert_eq!(done.conditions.len(), 0);
}

#[test]
fn the_same_seed_draws_the_same_and_other_seeds_do_not() {
    let option = |n| json!({"kind": "exp-lookit-text", "id": format!("o{n}")});
    let options: Vec<Value> = (0..8).map(option).collect();
    let protocol = json!({
        "frames": {"t": {"kind": "choice", "sampler": "permute", "frameOptions": options}},
        "sequence": ["t"],
    });
    let draw = |seed| ids(&run_with(&protocol, ChildContext::default(), seed).unwrap()).join(" ");
    assert_eq!(draw(5), draw(5));
    assert_ne!(draw(5), draw(6));
}

#[test]
fn a_nickname_used_twice_repeats_its_own_draws() {
    let protocol = json!({
        "frames": {
            "t": {
                "kind": "exp-x",
                "parameters": {"L": (0..50).collect::<Vec<_>>()},
                "n": "L#RAND",
                "p": "L#PERM",
            },
        },
        "sequence": ["t", "t"],
    });
    let done = run(&protocol).unwrap();
    assert_eq!(done.frames[0].members["n"], done.frames[1].members["n"]);
    assert_eq!(done.frames[0].members["p"], done.frames[1].members["p"]);
}

#[test]
fn groups_merge_shallowly_and_record_nested_choices_by_index() {
    let protocol = json!({
        "frames": {
            "g": {
                "kind": "group",
                "parameters": {"WORD": "hi"},
                "commonFrameProperties": {
                    "kind": "exp-lookit-text",
                    "o": {"a": 1},
                    "w": "WORD",
                    "gone": 1,
                },
                "frameList": [
                    {"id": "one", "o": {"b": 2}},
                    {"gone": null},
                    {
                        "kind": "choice",
                        "sampler": "select",
                        "frameOptions": [{"kind": "exp-x"}, {"kind": "exp-x"}],
                        "whichFrames": 1,
                    },
                    {"kind": "group", "frameList": [{"kind": "exp-x", "id": "deep"}]},
                ],
            },
        },
        "sequence": ["g"],
    });
    let done = run(&protocol).unwrap();
    assert_eq!(ids(&done), ["0-one", "1-null", "2-null-0", "3-deep"]);
    assert_eq!(done.frames[0].members["o"], json!({"b": 2}));
    assert_eq!(done.frames[0].members["w"], "hi");
    assert_eq!(done.frames[1].members["gone"], Value::Null);
    assert_eq!(
        Value::Object(done.conditions),
        json!({"0-g": {"2": {"whichFrames": [1]}, "3": {}}})
    );
    assert!(
        done.warnings
            .iter()
            .any(|(path, message)| path == "frames.g.frameList[1]" && message.contains("null"))
    );
}

#[test]
fn common_objects_are_not_shared_between_elements() {
    let protocol = json!({
        "frames": {
            "g": {
                "kind": "group",
                "commonFrameProperties": {"kind": "exp-x", "o": {"v": "P"}},
                "frameList": [
                    {"id": "a", "parameters": {"P": 1}},
                    {"id": "b", "parameters": {"P": 2}},
                ],
            },
        },
        "sequence": ["g"],
    });
    let done = run(&protocol).unwrap();
    assert_eq!(
        (
            &done.frames[0].members["o"]["v"],
            &done.frames[1].members["o"]["v"]
        ),
        (&json!(1), &json!(2))
    );
}

#[test]
fn faults_have_paths() {
    let fault = |frame: Value| {
        run(&json!({"frames": {"f": frame}, "sequence": ["f"]}))
            .unwrap_err()
            .path
    };
    assert_eq!(
        run(&json!({"frames": {}, "sequence": ["x"]}))
            .unwrap_err()
            .path,
        "sequence[0]"
    );
    assert_eq!(fault(json!(1)), "frames.f");
    assert_eq!(fault(json!({})), "frames.f.kind");
    assert_eq!(fault(json!({"kind": "text"})), "frames.f.kind");
    assert_eq!(fault(json!({"kind": "group"})), "frames.f.frameList");
    assert_eq!(
        fault(json!({"kind": "group", "frameList": ["x"]})),
        "frames.f.frameList[0]"
    );
    assert_eq!(fault(json!({"kind": "choice"})), "frames.f.sampler");
    assert_eq!(
        fault(json!({"kind": "choice", "sampler": "random"})),
        "frames.f.sampler"
    );
    assert_eq!(
        fault(json!({"kind": "choice", "sampler": "random-parameter-set", "frameList": []})),
        "frames.f.parameterSets"
    );
    assert_eq!(fault(json!({"kind": "exp-x", "id": "a_b"})), "frames.f");
    assert_eq!(
        fault(json!({"kind": "exp-x", "id": "a-repeat-1"})),
        "frames.f"
    );
    assert_eq!(
        fault(json!({"kind": "exp-x", "parameters": []})),
        "frames.f.parameters"
    );
    let mut deep = json!({"kind": "exp-x"});
    for _ in 0..DEPTH {
        deep = json!({"kind": "group", "frameList": [deep]});
    }
    assert!(fault(deep).ends_with("frameList[0]"));
}

#[test]
fn kinds_have_the_form_of_frame_kinds() {
    for (kind, is) in [
        ("exp-lookit-text", true),
        ("exp-x_1", true),
        ("exp", false),
        ("exp-", false),
        ("exp-a--b", false),
        ("xexp-a", false),
        ("exp-a b", false),
    ] {
        assert_eq!(is_frame_kind(kind), is, "{kind}");
    }
}
