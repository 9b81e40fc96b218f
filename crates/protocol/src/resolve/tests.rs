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
        fault(json!({"kind": "exp-x", "parameters": ["x"]})),
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

#[test]
fn what_the_classic_runner_passes_over_is_accepted_with_a_warning() {
    let empty = |name: &str, nothing: Value| {
        let group = json!({"kind": "group", "frameList": [{"kind": "exp-x", "id": "a"}]});
        let Value::Object(mut group) = group else {
            panic!()
        };
        group.insert(name.to_owned(), nothing);
        run(&json!({"frames": {"g": group}, "sequence": ["g"]}))
    };
    for name in ["parameters", "commonFrameProperties"] {
        for nothing in [json!(""), json!(false), json!([]), json!(0)] {
            let done = empty(name, nothing).unwrap();
            assert_eq!(ids(&done), ["0-a"]);
            assert_eq!(done.warnings[0].0, format!("frames.g.{name}"));
        }
        assert_eq!(empty(name, Value::Null).unwrap().warnings, []);
        assert_eq!(empty(name, json!({})).unwrap().warnings, []);
        for something in [json!("x"), json!(true), json!([1]), json!(2)] {
            let fault = empty(name, something).unwrap_err();
            assert_eq!(fault.path, format!("frames.g.{name}"));
        }
    }
}

#[test]
fn parameters_reach_into_objects_in_lists() {
    let done = run(&json!({
        "frames": {
            "f": {
                "kind": "exp-x",
                "parameters": {"CAT": "cat.png"},
                "images": [{"src": "CAT", "more": [{"src": "CAT"}]}],
            },
        },
        "sequence": ["f"],
    }))
    .unwrap();
    let expected = json!([{"src": "cat.png", "more": [{"src": "cat.png"}]}]);
    assert_eq!(done.frames[0].members["images"], expected);
}

#[test]
fn one_id_may_occur_twice_in_a_group() {
    let done = run(&json!({
        "frames": {
            "g": {
                "kind": "group",
                "frameList": [{"kind": "exp-x", "id": "same"}, {"kind": "exp-x", "id": "same"}],
            },
        },
        "sequence": ["g"],
    }));
    assert_eq!(ids(&done.unwrap()), ["0-same", "1-same"]);
}

/// Short texts that ask for more than a server can do. Each is refused with a path, for what it
/// would copy, before it is copied.
mod hostile {
    use super::*;

    fn refused(protocol: &Value) -> Fault {
        let fault = run(protocol).unwrap_err();
        assert!(!fault.path.is_empty() && !fault.remedy.is_empty());
        fault
    }

    fn group(elements: Vec<Value>) -> Value {
        json!({"kind": "group", "frameList": elements})
    }

    #[test]
    fn a_large_frame_again_and_again() {
        let large = json!({"kind": "exp-x", "text": "x".repeat(2 << 20)});
        let sequence = vec!["f"; 400_000];
        let fault = refused(&json!({"frames": {"f": large}, "sequence": sequence}));
        assert!(fault.message.contains("again and again"), "{fault}");
    }

    #[test]
    fn a_small_frame_again_and_again() {
        let sequence = vec!["f"; 100_000];
        let protocol = json!({"frames": {"f": {"kind": "exp-x"}}, "sequence": sequence});
        assert!(refused(&protocol).message.contains("5000 frames"));
    }

    #[test]
    fn nothing_again_and_again() {
        let walked =
            json!({"kind": "group", "frameList": [], "parameters": {}, "x": vec![0; 1000]});
        let sequence = vec!["g"; 200_000];
        refused(&json!({"frames": {"g": walked}, "sequence": sequence}));
    }

    #[test]
    fn a_long_name_again_and_again() {
        let name = "n".repeat(1 << 20);
        let mut frames = Map::new();
        frames.insert(
            name.clone(),
            group(vec![json!({"kind": "exp-x", "id": "a"}); 5000]),
        );
        let fault = run(&json!({"frames": frames, "sequence": [name]})).unwrap_err();
        assert!(fault.message.contains("again and again"));
    }

    #[test]
    fn common_members_in_every_element() {
        let common = json!({"kind": "exp-x", "text": "x".repeat(2 << 20)});
        for (kind, list) in [
            (json!({"kind": "group"}), "frameList"),
            (
                json!({
                    "kind": "choice",
                    "sampler": "random-parameter-set",
                    "parameterSets": [{}],
                }),
                "frameList",
            ),
            (
                json!({"kind": "choice", "sampler": "permute"}),
                "frameOptions",
            ),
            (
                json!({"kind": "choice", "sampler": "select"}),
                "frameOptions",
            ),
        ] {
            let mut definition = kind;
            definition[list] = json!(vec![json!({"id": "a"}); 1_000]);
            definition["commonFrameProperties"] = common.clone();
            refused(&json!({"frames": {"t": definition}, "sequence": ["t"]}));
        }
    }

    #[test]
    fn one_option_many_times() {
        let option = json!({"kind": "exp-x", "text": "x".repeat(100_000)});
        refused(&json!({
            "frames": {
                "t": {
                    "kind": "choice",
                    "sampler": "select",
                    "whichFrames": vec![0; 100_000],
                    "frameOptions": [option],
                },
            },
            "sequence": ["t"],
        }));
    }

    #[test]
    fn one_parameter_many_times() {
        let uses = vec!["P"; 100_000];
        refused(&json!({
            "frames": {
                "f": {"kind": "exp-x", "parameters": {"P": "x".repeat(1 << 20)}, "u": uses},
            },
            "sequence": ["f"],
        }));
        let uses = vec!["L#PERM"; 100_000];
        refused(&json!({
            "frames": {
                "f": {"kind": "exp-x", "parameters": {"L": vec![0; 10_000]}, "u": uses},
            },
            "sequence": ["f"],
        }));
    }

    #[test]
    fn sets_and_weights_many_times() {
        let randomizer = json!({
            "kind": "choice",
            "sampler": "random-parameter-set",
            "parameterSets": vec![json!({}); 50_000],
            "parameterSetWeights": vec![1; 50_000],
            "frameList": [],
        });
        let sequence = vec!["t"; 50_000];
        refused(&json!({"frames": {"t": randomizer}, "sequence": sequence}));
    }

    #[test]
    fn groups_that_are_nested_and_large() {
        let deep = (0..DEPTH - 1).fold(
            json!({"kind": "exp-x", "id": "a", "text": "x".repeat(2 << 20)}),
            |inner, _| group(vec![inner]),
        );
        refused(&json!({"frames": {"g": deep}, "sequence": ["g"]}));
    }

    #[test]
    fn a_long_table_is_not_copied_for_each_of_its_entries() {
        let entries = (0..50_000).map(|n| (format!("P{n}"), json!(n)));
        let table: Map<String, Value> = entries.collect();
        let protocol = json!({
            "frames": {"f": {"kind": "exp-x", "parameters": table, "p": "P7"}},
            "sequence": ["f"],
        });
        assert_eq!(run(&protocol).unwrap().frames[0].members["p"], 7);
    }
}

#[test]
fn a_budget_is_shared_by_all_who_spend_from_it() {
    let frames = json!({"f": {"kind": "exp-x", "text": "x".repeat(1 << 20)}});
    let document = Document::from_value(json!({"frames": frames, "sequence": ["f"]})).unwrap();
    let mut budget = Budget::default();
    let mut times = 0;
    while resolve_within(
        &document,
        ChildContext::default(),
        &mut Chance::seeded(1),
        &mut budget,
    )
    .is_ok()
    {
        times += 1;
    }
    assert_eq!(times, 15, "each copies the text twice");
    assert!(budget.is_spent());
}
