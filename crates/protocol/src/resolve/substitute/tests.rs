use serde_json::json;

use super::super::Budget;
use super::*;
use crate::chance::Chance;

fn own(definition: Value) -> Result<Value, Fault> {
    let Value::Object(mut definition) = definition else {
        panic!()
    };
    let mut means = Means {
        chance: &mut Chance::seeded(3),
        budget: &mut Budget::default(),
    };
    Substituter::default().apply_own(&mut definition, "frames.x", &mut means)?;
    Ok(Value::Object(definition))
}

#[test]
fn whole_texts_are_replaced_and_nothing_else() {
    let done = own(json!({
        "parameters": {"A": {"deep": [1]}, "N": null, "LIST": ["a", "b", "c"]},
        "a": "A",
        "n": "N",
        "i0": "LIST#0",
        "i14": "LIST#1.4",
        "hex": "LIST#0x2",
        "exp": "LIST#1e0",
        "out": "LIST#9",
        "neg": "LIST#-1",
        "sub": "xA",
        "colour": "#abc",
        "other": "NOLIST#0",
        "in": ["A", ["LIST#9", 5, true]],
        "A": 1,
    }))
    .unwrap();
    let expected = json!({
        "parameters": {"A": {"deep": [1]}, "N": null, "LIST": ["a", "b", "c"]},
        "a": {"deep": [1]},
        "n": null,
        "i0": "a",
        "i14": "b",
        "hex": "c",
        "exp": "b",
        "sub": "xA",
        "colour": "#abc",
        "other": "NOLIST#0",
        "in": [{"deep": [1]}, [null, 5, true]],
        "A": 1,
    });
    assert_eq!(
        serde_json::to_string(&done).unwrap(),
        serde_json::to_string(&expected).unwrap()
    );
}

#[test]
fn the_order_of_members_decides_what_parameters_see_of_themselves() {
    assert_eq!(
        own(json!({"parameters": {"A": "B", "B": "x"}, "z": "A"})).unwrap()["z"],
        "x"
    );
    assert_eq!(
        own(json!({"z": "A", "parameters": {"A": "B", "B": "x"}})).unwrap()["z"],
        "B"
    );
    let chosen = own(json!({
        "parameters": {"LIST": [1, 2, 3, 4], "CHOSEN": "LIST#PERM"},
        "first": "CHOSEN#0",
        "last": "CHOSEN#3",
    }))
    .unwrap();
    assert_eq!(chosen["first"], chosen["parameters"]["CHOSEN"][0]);
    assert_eq!(chosen["last"], chosen["parameters"]["CHOSEN"][3]);
}

#[test]
fn uniq_runs_through_one_shuffle_and_starts_again() {
    let done = own(json!({
        "parameters": {"LIST": [1, 2, 3]},
        "u": ["LIST#UNIQ", "LIST#UNIQ", "LIST#UNIQ", "LIST#UNIQ"],
    }))
    .unwrap();
    let mut first: Vec<i64> = done["u"].as_array().unwrap()[..3]
        .iter()
        .map(|v| v.as_i64().unwrap())
        .collect();
    assert_eq!(done["u"][0], done["u"][3]);
    first.sort_unstable();
    assert_eq!(first, [1, 2, 3]);
    assert!(
        own(json!({"parameters": {"LIST": []}, "u": "LIST#UNIQ", "r": "LIST#RAND"}))
            .unwrap()
            .get("u")
            .is_none()
    );
}

#[test]
fn faults_name_the_member() {
    assert_eq!(
        own(json!({"parameters": {"A": 1}, "x": {"y": ["A#0"]}}))
            .unwrap_err()
            .path,
        "frames.x.x.y[0]"
    );
    assert_eq!(
        own(json!({"parameters": {"A": [1]}, "x": "A#SOME"}))
            .unwrap_err()
            .path,
        "frames.x.x"
    );
}

#[test]
fn tables_that_feed_each_other_are_stopped() {
    let mut table = Map::new();
    table.insert("P0".into(), json!(vec!["x"; 10]));
    for level in 1..40 {
        table.insert(
            format!("P{level}"),
            json!(vec![format!("P{}", level - 1); 4]),
        );
    }
    let fault = own(json!({"parameters": table})).unwrap_err();
    assert!(fault.message.contains("again and again"));
}

/// A list or object of a table is one thing to all that take it, as it is in JavaScript.
#[test]
fn lists_and_objects_are_shared_with_the_table_wherever_it_stands() {
    let table = json!({"SET": ["CAT", {"src": "CAT"}], "O": {"x": "CAT"}, "CAT": "cat.png"});
    let replaced = json!({
        "SET": ["cat.png", {"src": "cat.png"}],
        "O": {"x": "cat.png"},
        "CAT": "cat.png",
    });
    let members = json!({"images": "SET", "o": "O", "in": ["SET", {"deep": "O"}]});
    let with = |definition: Value| own(definition).unwrap();
    let before = with(json!({
        "images": members["images"],
        "o": members["o"],
        "in": members["in"],
        "parameters": table,
    }));
    let after = with(json!({
        "parameters": table,
        "images": members["images"],
        "o": members["o"],
        "in": members["in"],
    }));
    for done in [&before, &after] {
        assert_eq!(done["images"], replaced["SET"]);
        assert_eq!(done["o"], replaced["O"]);
        assert_eq!(
            done["in"],
            json!([replaced["SET"], {"deep": replaced["O"]}])
        );
        assert_eq!(done["parameters"], replaced);
    }
    let selected = with(json!({"t": "SET#0", "o": "SET#1", "parameters": table}));
    assert_eq!(
        selected["t"], "CAT",
        "a text was copied before it was replaced"
    );
    assert_eq!(selected["o"], json!({"src": "cat.png"}));
}

#[test]
fn an_entry_may_name_itself_and_may_go() {
    let done = own(json!({
        "parameters": {"A": ["A", 1], "L": [1], "GONE": "L#7", "B": "GONE"},
        "a": "A",
        "b": "B",
        "gone": "GONE",
    }))
    .unwrap();
    assert_eq!(
        done,
        json!({
            "parameters": {"A": [["A", 1], 1], "L": [1], "B": "GONE"},
            "a": [["A", 1], 1],
            "b": "GONE",
            "gone": "GONE",
        })
    );
}

#[test]
fn tables_that_nest_each_other_are_stopped() {
    let mut table = Map::new();
    table.insert("P0".into(), json!([]));
    for level in 1..1000 {
        table.insert(format!("P{level}"), json!([format!("P{}", level - 1)]));
    }
    let fault = own(json!({"parameters": table})).unwrap_err();
    assert!(fault.message.contains("too deep"), "{fault}");
    assert!(fault.path.starts_with("frames.x.parameters.P"), "{fault}");
}

#[test]
fn long_tables_take_no_more_than_what_they_hold() {
    let many = 20_000;
    let names = (0..many).map(|index| (format!("N{index}"), json!(index)));
    let mut table: Map<String, Value> = names.collect();
    table.insert("L".into(), json!((0..many).collect::<Vec<_>>()));
    let last = format!("L#{}", many - 1);
    let uses: Vec<Value> = (0..many).map(|_| json!(last)).collect();
    let done = own(json!({"parameters": table, "uses": uses})).unwrap();
    assert_eq!(done["uses"][many - 1], many - 1);
}

#[test]
fn positions_are_rounded_and_end_with_the_list() {
    let at = |number| nearest_index(3, number);
    assert_eq!(
        [-0.6, -0.5, 0.0, 0.49, 0.5, 2.4, f64::NAN].map(at),
        [None, Some(0), Some(0), Some(0), Some(1), Some(2), None]
    );
    assert_eq!([2.5, 3.0, 1e300, f64::INFINITY].map(at), [None; 4]);
    assert_eq!(
        nearest_index(0, 0.0),
        None,
        "an empty list has no first element"
    );
}

#[test]
fn names_like_positions_are_visited_first() {
    let mut object = json!({"b": 0, "10": 0, "a": 0, "2": 0, "02": 0, "+3": 0, "0": 0});
    let members = walk_order(object.as_object_mut().unwrap());
    assert_eq!(
        members
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>(),
        ["0", "2", "10", "b", "a", "02", "+3"]
    );
}
