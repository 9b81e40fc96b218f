use serde_json::json;

use super::*;

fn problems(report: Report) -> Vec<String> {
    report
        .problems
        .into_iter()
        .map(|problem| format!("{} {}", problem.path, problem.message))
        .collect()
}

#[test]
fn a_good_protocol_has_nothing_but_the_missing_consent() {
    let protocol = json!({
        "frames": {
            "hello": {"kind": "exp-lookit-text", "blocks": [{"text": "Hi"}]},
            "bye": {"kind": "exp-lookit-exit-survey", "debriefing": {"title": "T"}},
        },
        "sequence": ["hello", "bye"],
    });
    let report = report(&protocol.to_string());
    let ids: Vec<&str> = report
        .frames
        .iter()
        .map(|frame| frame.id.as_str())
        .collect();
    assert_eq!(ids, ["0-hello", "1-bye"]);
    assert_eq!(problems(report), ["sequence no frame asks for consent"]);
}

#[test]
fn a_fault_has_a_path() {
    let protocol = json!({
        "frames": {"a": {"kind": "group", "frameList": [{"kind": "text"}]}},
        "sequence": ["a"],
    });
    let report = report(&protocol.to_string());
    assert_eq!(
        (
            report.problems[0].severity,
            report.problems[0].path.as_str()
        ),
        (Severity::Fault, "frames.a.frameList[0].kind")
    );
}

#[test]
fn slips_are_warned_of() {
    let protocol = json!({
        "frames": {
            "a": {
                "kind": "exp-lookit-text",
                "block": [],
                "showPreviousButton": "no",
                "selectNextFrame": "function() {}",
                "blocks": ["x"],
            },
            "s": {"kind": "exp-lookit-survey"},
            "v": {"kind": "exp-lookit-video"},
            "w": {"kind": "exp-made-up"},
            "u": {"kind": "exp-lookit-text", "blocks": "JSON:https://example.org/x"},
        },
        "sequence": ["a", "s", "v", "w", "u"],
    });
    let messages = problems(report(&protocol.to_string()));
    for expected in [
        "0-a \u{201c}block\u{201d} means nothing",
        "0-a \u{201c}showPreviousButton\u{201d} should be true or false",
        "0-a \u{201c}selectNextFrame\u{201d} is not supported yet",
        "0-a \u{201c}blocks\u{201d} should be a list of text blocks",
        "1-s \u{201c}formSchema\u{201d} is missing",
        "2-v the kind \u{201c}exp-lookit-video\u{201d} can't be shown yet",
        "3-w there is no kind",
        "4-u \u{201c}JSON:https://example.org/x\u{201d} is not fetched yet",
        "sequence the last frame is not an exit survey",
    ] {
        assert!(
            messages.iter().any(|message| message.starts_with(expected)),
            "{expected} in {messages:#?}"
        );
    }
}

#[test]
fn names_that_are_nearly_right_are_recognised() {
    let protocol = json!({
        "frame": {},
        "frames": {
            "a": {"kind": "exp-lookit-txet"},
            "b": {"kind": "exp-lookit-text", "blokcs": []},
            "c": {"kind": "exp-lookit-composite-video-trial"},
        },
        "sequence": ["a", "b", "c"],
        "nothing like it": 1,
    });
    let report = report(&protocol.to_string());
    let remedy = |path: &str| {
        let mut problems = report.problems.iter();
        let problem = problems.find(|problem| problem.path == path).unwrap();
        format!("{}: {}", problem.message, problem.remedy)
    };
    for (path, start) in [
        (
            "frame",
            "this member means nothing here: Did you mean “frames”? A protocol has",
        ),
        (
            "nothing like it",
            "this member means nothing here: A protocol has the members",
        ),
        (
            "0-a",
            "there is no kind “exp-lookit-txet”: Did you mean “exp-lookit-text”? Families",
        ),
        (
            "1-b",
            "“blokcs” means nothing to this kind of frame: Did you mean “blocks”?",
        ),
        (
            "2-c",
            "the kind “exp-lookit-composite-video-trial” was removed from the classic",
        ),
    ] {
        assert!(remedy(path).starts_with(start), "{}", remedy(path));
    }
    let fault = |protocol: Value| report_remedy(&protocol);
    assert_eq!(
        fault(json!({"frames": {"trials": {}, "x": {}}, "sequence": ["trails"]})),
        "Did you mean “trials”? Define it in \"frames\", or use one of: trials, x."
    );
    let sampler = json!({"kind": "choice", "sampler": "permut"});
    assert_eq!(
        fault(json!({"frames": {"t": sampler}, "sequence": ["t"]})),
        "Did you mean “permute”? Use one of: random-parameter-set, permute, select."
    );
}

fn report_remedy(protocol: &Value) -> String {
    report(&protocol.to_string()).problems[0].remedy.clone()
}

#[test]
fn a_missing_frame_does_not_list_all_names() {
    let frames: serde_json::Map<_, _> = (0..50).map(|n| (format!("f{n:02}"), json!({}))).collect();
    let remedy = report_remedy(&json!({"frames": frames, "sequence": ["video"]}));
    assert!(remedy.ends_with("f08, f09, \u{2026}."), "{remedy}");
}

fn by_age(weights: Value) -> Value {
    let frame = |kind: &str| json!({"kind": kind});
    json!({
        "frames": {
            "t": {
                "kind": "choice",
                "sampler": "random-parameter-set",
                "parameterSets": [{"K": "exp-lookit-text"}, {"K": "exp-made-up"}],
                "parameterSetWeights": weights,
                "frameList": [{"kind": "K"}, frame("exp-lookit-exit-survey")],
            },
        },
        "sequence": ["t"],
    })
}

#[test]
fn every_range_of_ages_is_tried() {
    let misspelt = by_age(json!([
        {"minAge": 0, "maxAge": 365, "weights": [1, 0]},
        {"minAge": 366, "maxAge": 800, "weight": [0, 1]},
    ]));
    let found = problems(report(&misspelt.to_string()));
    assert!(
        found
            .iter()
            .any(|problem| problem.contains("parameterSetWeights[1]")
                && problem.contains("no list \"weights\"")),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|problem| problem.contains("no range fits")),
        "801 days: {found:#?}"
    );

    let older = by_age(json!([
        {"minAge": 0, "maxAge": 365.5, "weights": [1, 0]},
        {"minAge": 365.5, "maxAge": 9000, "weights": [0, 1]},
    ]));
    let found = report(&older.to_string());
    assert_eq!(
        found.frames[0].kind, "exp-lookit-text",
        "the usual age is the first"
    );
    let messages = problems(found);
    assert!(
        messages
            .iter()
            .any(|message| message.contains("exp-made-up")),
        "{messages:#?}"
    );
    let twice = messages
        .iter()
        .filter(|message| message.contains("asks for consent"));
    assert_eq!(twice.count(), 1, "each problem is told once");

    let broken = by_age(json!([
        {"minAge": 0, "maxAge": 365, "weights": [1, 0]},
        {"minAge": 366, "maxAge": 9000, "weights": [1, 0, 1]},
    ]));
    let found = report(&broken.to_string());
    assert_eq!(found.problems[0].severity, Severity::Fault);
    assert_eq!(
        found.problems[0].path,
        "frames.t.parameterSetWeights[1].weights"
    );
    assert_eq!(
        found.frames.len(),
        2,
        "a run for the usual age is shown all the same"
    );
}

#[test]
fn ages_are_few_and_in_order() {
    let edges: Vec<Value> = (0..100)
        .map(|n| json!({"minAge": n, "maxAge": n}))
        .collect();
    let document = Document::from_value(json!({"frames": {"a": edges}, "sequence": []})).unwrap();
    let ages = ages(&document);
    assert_eq!(
        (ages.len(), ages[0], ages[1], ages[39]),
        (40, 365.0, 0.0, 38.0)
    );
}

#[test]
fn functions_are_seen_in_every_kind_and_may_make_what_is_missing() {
    let protocol = json!({
        "frames": {
            "v": {"kind": "exp-lookit-video", "generateProperties": "function() {}"},
            "s": {"kind": "exp-lookit-survey", "generateProperties": "function() {}"},
            "t": {"kind": "exp-lookit-survey", "generateProperties": null},
        },
        "sequence": ["v", "s", "t"],
    });
    let found = problems(report(&protocol.to_string()));
    let has = |start: &str| found.iter().any(|problem| problem.starts_with(start));
    assert!(
        has("0-v “generateProperties” is not supported yet"),
        "{found:#?}"
    );
    assert!(has("1-s “generateProperties” is not supported yet"));
    assert!(!has("1-s “formSchema” is missing"));
    assert!(has("2-t “formSchema” is missing") && !has("2-t “generateProperties”"));
}

#[test]
fn the_report_has_the_outline_also_of_what_can_not_be_played() {
    let report = report(r#"{"frames": {"a": {"kind": "text"}}, "sequence": ["a"]}"#);
    assert_eq!(report.outline.nodes[0].label, "a");
    assert!(report.frames.is_empty());
}

#[test]
fn problems_are_listed_up_to_a_number() {
    let members: serde_json::Map<_, _> = (0..500)
        .map(|n| (format!("member-{n}"), json!(1)))
        .collect();
    let mut frame = json!({"kind": "exp-lookit-text"});
    frame.as_object_mut().unwrap().extend(members);
    let report = report(&json!({"frames": {"a": frame}, "sequence": ["a"]}).to_string());
    assert_eq!(report.problems.len(), MOST_PROBLEMS + 1);
    assert!(
        report
            .problems
            .last()
            .unwrap()
            .message
            .contains("more problems")
    );
}
