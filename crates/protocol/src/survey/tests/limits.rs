//! Forms that ask for much, and options that are hard to tell apart.

use proptest::prelude::*;

use super::*;

/// A form with the check boxes of one question, stored as text.
fn boxes(options: &[&str], rules: Value) -> Form {
    let mut question = json!({"type": "string", "enum": options});
    question
        .as_object_mut()
        .unwrap()
        .extend(rules.as_object().unwrap().clone());
    form(json!({
        "schema": {"properties": {"c": question}},
        "options": {"fields": {"c": {"type": "checkbox", "sort": false}}},
    }))
}

fn ticked(positions: &[usize]) -> FormValues {
    let mut filled = FormValues::default();
    filled.set("c", ControlValue::Chosen(positions.to_vec()));
    filled
}

#[test]
fn options_may_hold_commas() {
    let options = ["Yes, often", "Yes", "No, never, not once", "No"];
    let form = boxes(&options, json!({}));
    for bits in 1..16_usize {
        let positions: Vec<usize> = (0..4).filter(|bit| bits & (1 << bit) != 0).collect();
        let answers = form.answers(&ticked(&positions));
        let again = form.begin(Some(&answers));
        assert_eq!(again, ticked(&positions), "{answers:?}");
    }
    let one = boxes(&options, json!({"maxItems": 1}));
    assert_eq!(messages(&one, &ticked(&[2])), Vec::<String>::new());
    assert!(messages(&one, &ticked(&[0, 1]))[0].contains("at most 1"));
    let unique = boxes(&["a,a", "b"], json!({"uniqueItems": true}));
    assert_eq!(messages(&unique, &ticked(&[0, 1])), Vec::<String>::new());
}

#[test]
fn defaults_name_options_in_any_order() {
    let begun = |default: &str| {
        boxes(&["a", "b", "c"], json!({"default": default}))
            .begin(None)
            .get("c")
            .cloned()
    };
    let chosen = |positions: &[usize]| Some(ControlValue::Chosen(positions.to_vec()));
    assert_eq!(begun("c,a"), chosen(&[2, 0]));
    assert_eq!(begun("a,x,b"), chosen(&[0, 1]));
    assert_eq!(begun("b"), chosen(&[1]));
    assert_eq!(begun("x"), chosen(&[]));
}

proptest! {
    #[test]
    fn ticked_options_are_found_again(
        options in proptest::collection::vec("[ab,]{0,4}", 1..6),
        bits in any::<u8>(),
    ) {
        let names: Vec<&str> = options.iter().map(String::as_str).collect();
        let form = boxes(&names, json!({}));
        let positions: Vec<usize> =
            (0..options.len()).filter(|bit| bits & (1 << bit) != 0).collect();
        let answers = form.answers(&ticked(&positions));
        // Two choices can make the same text; it is the text that must stay what it is.
        let again = form.answers(&form.begin(Some(&answers)));
        prop_assert_eq!(again, answers);
    }
}

/// Questions in so many ways dependent on each other that no walk along all of them ends.
#[test]
fn dependencies_are_worked_out_once() {
    let names: Vec<String> = (0..60).map(|n| format!("q{n}")).collect();
    let properties: Map<String, Value> = names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let earlier = json!({"default": "x", "dependencies": names[..n]});
            (name.clone(), earlier)
        })
        .collect();
    let form = form(json!({"schema": {"properties": properties}}));
    let filled = form.begin(None);
    assert!(form.shows("q59", &filled));
    assert_eq!(form.answers(&filled).len(), 60);
    assert_eq!(messages(&form, &filled), Vec::<String>::new());

    let nested = (0..50).fold(json!({"type": "string", "default": "x"}), |inner, _| {
        json!({
            "type": "object",
            "properties": {"a": inner, "b": {"dependencies": "a", "default": "y"}},
        })
    });
    let form = self::form(json!({"schema": nested}));
    let filled = form.begin(None);
    assert_eq!(form.answers(&filled)["b"], "y");
    assert_eq!(messages(&form, &filled), Vec::<String>::new());
}

#[test]
fn long_rows_of_dependencies_end() {
    let properties: Map<String, Value> = (0..20_000)
        .map(|n| {
            let earlier = json!({"default": "x", "dependencies": format!("q{}", n + 1)});
            (format!("q{n}"), earlier)
        })
        .collect();
    let form = form(json!({"schema": {"properties": properties}}));
    let filled = form.begin(None);
    assert!(form.shows("q19950", &filled) && !form.shows("q0", &filled));
}

#[test]
fn lists_in_lists_are_drawn_up_to_a_number() {
    let nested = (0..20).fold(
        json!({"type": "string"}),
        |inner, _| json!({"type": "array", "items": inner, "minItems": 200}),
    );
    let form = form(json!({"schema": {"properties": {"l": nested}}}));
    let filled = form.begin(None);
    assert_eq!(filled.count("l"), 200);
    assert_eq!(filled.count("l.199"), 0, "nothing is left for it");
    assert!(form.answers(&filled).contains_key("l"));
}

#[test]
fn scales_have_labels_at_both_ends_and_need_options() {
    let schema = json!({
        "schema": {
            "properties": {
                "m": {"type": "number", "enum": [1, 2, 3]},
                "n": {"type": "number"},
            },
        },
        "options": {
            "fields": {
                "m": {"type": "radio", "leftLabel": "Tired", "rightLabel": "Rested"},
                "n": {"type": "radio", "leftLabel": "Sad", "rightLabel": "Glad"},
            },
        },
    });
    let (form, problems) = Form::read(schema.as_object().unwrap());
    let scale = &form.questions[0];
    assert_eq!(
        (scale.left_label.as_str(), scale.right_label.as_str()),
        ("Tired", "Rested")
    );
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("“n” has no \"enum\""), "{problems:?}");
}

#[test]
fn an_unknown_type_of_answer_is_text() {
    let form = form(json!({"schema": {"properties": {"t": {"type": "text"}}}}));
    let mut filled = FormValues::default();
    filled.set("t", typed("5"));
    assert_eq!(form.answers(&filled)["t"], "5");
}
