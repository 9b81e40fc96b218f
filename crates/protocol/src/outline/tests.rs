use serde_json::json;

use super::*;

/// The outline of a protocol with everything in it.
fn everything() -> Outline {
    let protocol = json!({
        "frames": {
            "intro": {"kind": "exp-lookit-text"},
            "trials": {
                "kind": "choice",
                "sampler": "random-parameter-set",
                "commonFrameProperties": {"kind": "exp-lookit-images-audio"},
                "frameList": [{"id": "a"}, {}],
                "parameterSets": [{"SIDE": "left"}, {"SIDE": "right"}],
                "parameterSetWeights": [3, 1],
            },
            "order": {
                "kind": "choice",
                "sampler": "permute",
                "frameOptions": [
                    {"id": "x", "kind": "exp-lookit-text"},
                    {"kind": "exp-lookit-text"},
                    {"id": "z", "kind": "exp-lookit-text"},
                ],
            },
            "many": {
                "kind": "choice",
                "sampler": "permute",
                "frameOptions": [{}, {}, {}, {}, {}],
            },
            "some": {
                "kind": "choice",
                "sampler": "select",
                "frameOptions": [{}, {}],
                "whichFrames": [1],
            },
            "block": {"kind": "group", "frameList": [{"kind": "exp-lookit-text", "id": "one"}]},
        },
        "sequence": ["intro", "trials", "order", "many", "some", "block", "lost"],
    });
    outline(&Document::from_value(protocol).unwrap())
}

#[test]
fn groups_and_randomizers_are_seen_from_outside() {
    let outline = everything();
    let kinds: Vec<_> = outline
        .nodes
        .iter()
        .map(|node| {
            (
                node.label.as_str(),
                node.kind.as_str(),
                node.variants.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("intro", "exp-lookit-text", None),
            ("trials", "random-parameter-set", Some("2")),
            ("order", "permute", Some("6")),
            ("many", "permute", Some("120")),
            ("some", "select", Some("1")),
            ("block", "group", None),
            ("lost", "not defined", None)
        ]
    );
    assert_eq!(
        outline.nodes[1]
            .children
            .iter()
            .map(|node| (node.label.as_str(), node.kind.as_str(), node.path.as_str()))
            .collect::<Vec<_>>(),
        [
            ("a", "exp-lookit-images-audio", "frames.trials.frameList[0]"),
            ("2", "exp-lookit-images-audio", "frames.trials.frameList[1]")
        ]
    );
    assert_eq!(outline.nodes[5].children[0].label, "one");
}

#[test]
fn what_randomizers_can_draw_is_listed() {
    let outline = everything();
    let of = |name: &str| {
        outline
            .randomizers
            .iter()
            .find(|randomizer| randomizer.name == name)
            .unwrap()
    };
    assert_eq!(
        of("1-trials").rows,
        [
            ("0".into(), "SIDE: \"left\"".into(), "75.0 %".into()),
            ("1".into(), "SIDE: \"right\"".into(), "25.0 %".into())
        ]
    );
    assert_eq!(
        (
            of("2-order").rows.len(),
            of("2-order").rows[0].1.as_str(),
            of("2-order").rows[0].2.as_str()
        ),
        (6, "x, 2, z", "1 in 6")
    );
    assert_eq!(
        (of("3-many").rows.len(), of("3-many").more.as_str()),
        (0, "120 orders")
    );
    assert_eq!(of("4-some").rows[0].1, "frames [1]");
}

#[test]
fn nothing_is_too_odd_to_be_outlined() {
    let deep = (0..200).fold(
        json!({"kind": "exp-lookit-text"}),
        |inner, _| json!({"kind": "group", "frameList": [inner, 7]}),
    );
    let document = Document::from_value(json!({
        "frames": {"a": deep, "b": {"kind": "choice"}, "c": 1},
        "sequence": ["a", "b", "c", "a"],
    }))
    .unwrap();
    assert_eq!(outline(&document).nodes.len(), 4);
}

#[test]
fn long_protocols_are_outlined_in_part() {
    let group = json!({"kind": "group", "frameList": vec![json!({"kind": "exp-x"}); 400]});
    let set = json!({"LONG": "x".repeat(100_000)});
    let randomizer = json!({
        "kind": "choice",
        "sampler": "random-parameter-set",
        "frameList": [],
        "parameterSets": vec![set; 100],
    });
    let sequence = ["r", "g"].repeat(100);
    let document = Document::from_value(json!({
        "frames": {"g": group, "r": randomizer},
        "sequence": sequence,
    }));
    let outline = outline(&document.unwrap());
    let count =
        |nodes: &[Node]| -> usize { nodes.iter().map(|node| 1 + node.children.len()).sum() };
    assert_eq!(count(&outline.nodes), MOST_NODES);
    assert!(outline.randomizers.len() <= MOST_RANDOMIZERS);
    let first = &outline.randomizers[0];
    assert_eq!(
        (first.rows.len(), first.more.as_str()),
        (MOST_ROWS, "76 more")
    );
    assert_eq!(first.rows[0].1.chars().count(), LONGEST + 1);
    assert!(first.rows[0].1.starts_with("LONG: \"xxx") && first.rows[0].1.ends_with('…'));
}
