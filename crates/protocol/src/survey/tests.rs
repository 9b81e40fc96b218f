use serde_json::json;

use super::*;

mod limits;

fn form(schema: Value) -> Form {
    let (form, problems) = Form::read(schema.as_object().unwrap());
    assert_eq!(problems, Vec::<String>::new());
    form
}

fn always(_: &str, _: &str) -> bool {
    true
}

fn messages(form: &Form, filled: &FormValues) -> Vec<String> {
    form.check(filled, &always)
        .into_iter()
        .map(|(path, message)| format!("{path}: {message}"))
        .collect()
}

fn typed(text: &str) -> ControlValue {
    ControlValue::Text(text.to_owned())
}

fn labels(question: &Question) -> Vec<&str> {
    question
        .options
        .iter()
        .map(|choice| choice.label.as_str())
        .collect()
}

/// A form with a question of every control.
fn everything() -> Form {
    form(json!({
        "schema": {
            "type": "object",
            "properties": {
                "txt": {"type": "string"},
                "area": {"type": "string"},
                "int": {"type": "integer"},
                "num": {"type": "number"},
                "rad": {"type": "string", "enum": ["b", "a", "c"]},
                "sel": {"type": "string", "enum": ["x", "y", "z", "w"]},
                "selm": {"type": "array", "enum": ["p", "q", "r"]},
                "chk": {"type": "boolean"},
                "chks": {"type": "array", "enum": ["k1", "k2", "k3"]},
                "chkstr": {"type": "string", "enum": ["s1", "s2", "s3"]},
                "date": {"type": "string", "format": "date"},
                "time": {"type": "string"},
                "mail": {"type": "string", "format": "email"},
                "likert": {"type": "number", "enum": [1, 2, 3, 4, 5]},
                "group": {"type": "object", "properties": {"g1": {"type": "string"}}},
                "list": {"type": "array", "items": {"type": "string"}, "minItems": 2},
                "untouched": {"type": "string"},
            },
        },
        "options": {
            "fields": {
                "area": {"type": "textarea"},
                "int": {"numericEntry": true},
                "rad": {
                    "type": "radio",
                    "removeDefaultNone": true,
                    "optionLabels": ["Bee", "Ay", "Cee"],
                },
                "sel": {"type": "select", "noneLabel": "-", "removeDefaultNone": false},
                "selm": {"type": "select", "multiple": true},
                "chks": {"type": "checkbox"},
                "chkstr": {"type": "checkbox"},
                "time": {"type": "time"},
                "likert": {
                    "type": "radio",
                    "removeDefaultNone": true,
                    "sort": false,
                    "vertical": false,
                },
            },
        },
    }))
}

#[test]
fn every_control_stores_what_published_data_holds() {
    let form = everything();
    let question = |name: &str| {
        form.questions
            .iter()
            .find(|question| question.name == name)
            .unwrap()
    };
    assert_eq!(labels(question("rad")), ["Ay", "Bee", "Cee"]);
    assert_eq!(question("rad").none_label, None);
    assert_eq!(
        (
            labels(question("sel")),
            question("sel").none_label.as_deref()
        ),
        (vec!["w", "x", "y", "z"], Some("-"))
    );
    assert_eq!(labels(question("likert")), ["1", "2", "3", "4", "5"]);
    let mut filled = form.begin(None);
    assert_eq!(filled.count("list"), 2);
    for (path, entered) in [
        ("txt", typed("hello")),
        ("area", typed("line 1\nline 2")),
        ("int", typed("7")),
        ("num", typed("2.5")),
        ("rad", ControlValue::Chosen(vec![0])),
        ("sel", ControlValue::Chosen(vec![2])),
        ("selm", ControlValue::Chosen(vec![2, 0])),
        ("chk", ControlValue::Flag(true)),
        ("chks", ControlValue::Chosen(vec![0, 2])),
        ("chkstr", ControlValue::Chosen(vec![0, 1])),
        ("date", typed("2021-03-04")),
        ("time", typed("13:30")),
        ("mail", typed("a@example.org")),
        ("likert", ControlValue::Chosen(vec![3])),
        ("group.g1", typed("inner")),
        ("list.0", typed("item0")),
        ("list.1", typed("item1")),
    ] {
        filled.set(path, entered);
    }
    assert_eq!(messages(&form, &filled), Vec::<String>::new());
    let answers = form.answers(&filled);
    let expected = json!({
        "txt": "hello",
        "area": "line 1\nline 2",
        "int": 7,
        "num": 2.5,
        "rad": "a",
        "sel": "y",
        "selm": ["p", "r"],
        "chk": true,
        "chks": ["k1", "k3"],
        "chkstr": "s1,s2",
        "date": "03/04/2021",
        "time": "1:30:00 pm",
        "mail": "a@example.org",
        "likert": 4,
        "group": {"g1": "inner"},
        "list": ["item0", "item1"],
    });
    assert_eq!(
        serde_json::to_string(&answers).unwrap(),
        serde_json::to_string(&expected).unwrap()
    );
    let again = form.begin(Some(&answers));
    assert_eq!(form.answers(&again), answers, "answers fill the form again");
}

#[test]
fn nothing_entered_stores_what_an_untouched_form_does() {
    let form = form(json!({
        "schema": {
            "properties": {
                "a": {"type": "string"},
                "b": {"type": "boolean"},
                "c": {"type": "array", "enum": [1, 2]},
                "d": {"type": "string", "enum": ["x", "y"]},
            },
        },
        "options": {"fields": {"c": {"type": "checkbox"}}},
    }));
    assert_eq!(
        Value::Object(form.answers(&form.begin(None))),
        json!({"b": false, "c": []})
    );
}

#[test]
fn needed_answers_have_messages_from_the_first_try() {
    let form = form(json!({
        "schema": {
            "required": ["list"],
            "properties": {
                "own": {"type": "string", "enum": ["x"]},
                "plain": {"type": "string", "required": true},
                "list": {"type": "string"},
                "box": {"type": "boolean", "required": true},
            },
        },
        "options": {
            "fields": {
                "own": {
                    "validator": "required-field",
                    "message": "Please choose",
                    "removeDefaultNone": true,
                },
            },
        },
    }));
    let needs = "Please answer this question.";
    assert_eq!(
        messages(&form, &form.begin(None)),
        [
            "own: Please choose".to_owned(),
            format!("plain: {needs}"),
            format!("list: {needs}"),
            format!("box: {needs}")
        ]
    );
}

#[test]
fn rules_of_numbers_and_texts_hold() {
    let form = form(json!({
        "schema": {
            "properties": {
                "n": {
                    "type": "integer",
                    "minimum": 2,
                    "maximum": 10,
                    "exclusiveMaximum": true,
                    "divisibleBy": 2,
                },
                "f": {"type": "number", "exclusiveMinimum": 0},
                "t": {"type": "string", "minLength": 2, "maxLength": 3, "disallow": ["bad"]},
                "m": {"type": "string", "format": "email"},
                "p": {"type": "string", "pattern": "^x"},
                "c": {"type": "array", "enum": ["a", "b", "c"], "minItems": 2, "maxItems": 2},
                "l": {"type": "array", "items": {"type": "string"}, "uniqueItems": true},
            },
        },
        "options": {"fields": {"c": {"type": "checkbox"}}},
    }));
    let complaint = |path: &str, entered: ControlValue| {
        let mut filled = FormValues::default();
        filled.set(path, entered);
        form.check(&filled, &|pattern, text| {
            pattern == "^x" && text.starts_with('x')
        })
        .into_iter()
        .find(|(at, _)| at == path)
        .map(|(_, message)| message)
        .unwrap_or_default()
    };
    for (path, text, part) in [
        ("n", "x", "a number"),
        ("n", "2.5", "whole"),
        ("n", "0", "at least 2"),
        ("n", "10", "below 10"),
        ("n", "5", "multiple of 2"),
        ("n", "4", ""),
        ("f", "0", "above 0"),
        ("f", "inf", "a number"),
        ("t", "a", "at least 2"),
        ("t", "abcd", "at most 3"),
        ("t", "bad", "another"),
        ("t", "ok", ""),
        ("m", "nobody", "email"),
        ("p", "y", "form"),
        ("p", "xy", ""),
    ] {
        let message = complaint(path, typed(text));
        assert!(
            if part.is_empty() {
                message.is_empty()
            } else {
                message.contains(part)
            },
            "{path}={text}: {message}"
        );
    }
    assert!(complaint("c", ControlValue::Chosen(vec![0])).contains("at least 2"));
    assert!(complaint("c", ControlValue::Chosen(vec![0, 1, 2])).contains("at most 2"));
    let mut same = FormValues::default();
    same.set("l", ControlValue::Count(2));
    same.set("l.0", typed("a"));
    same.set("l.1", typed("a"));
    assert!(
        messages(&form, &same)
            .iter()
            .any(|message| message.contains("two are the same"))
    );
}

#[test]
fn questions_appear_when_their_condition_holds() {
    let form = form(json!({
        "schema": {
            "properties": {
                "pet": {"type": "string", "enum": ["cat", "dog", "none"]},
                "name": {"type": "string", "required": true},
                "more": {"type": "string", "dependencies": "name"},
                "flag": {"type": "boolean"},
                "why": {"type": "string"},
            },
            "dependencies": {"name": ["pet"], "why": ["flag"]},
        },
        "options": {"fields": {"name": {"dependencies": {"pet": ["cat", "dog"]}}}},
    }));
    let mut filled = form.begin(None);
    assert!(!form.shows("name", &filled) && !form.shows("why", &filled));
    assert_eq!(
        messages(&form, &filled),
        Vec::<String>::new(),
        "hidden questions are not checked"
    );
    filled.set("name", typed("Tom"));
    assert!(
        !form.shows("more", &filled),
        "it depends on a hidden question"
    );
    assert!(!form.answers(&filled).contains_key("name"));
    filled.set("pet", ControlValue::Chosen(vec![0]));
    filled.set("flag", ControlValue::Flag(true));
    assert!(
        form.shows("name", &filled) && form.shows("more", &filled) && form.shows("why", &filled)
    );
    filled.set("pet", ControlValue::Chosen(vec![2]));
    assert!(!form.shows("name", &filled));
}

#[test]
fn questions_that_wait_for_each_other_do_not_hang() {
    let form = form(json!({
        "schema": {
            "properties": {
                "a": {"dependencies": "b", "default": "x"},
                "b": {"dependencies": "a", "default": "x"},
            },
        },
    }));
    assert!(!form.shows("a", &form.begin(None)));
}

#[test]
fn order_and_preselection_follow_the_options() {
    let form = form(json!({
        "schema": {
            "properties": {
                "last": {},
                "first": {"enum": ["b", "a"], "required": true},
                "middle": {},
            },
        },
        "options": {
            "fields": {
                "last": {"order": 3},
                "first": {"order": 1, "removeDefaultNone": true},
                "middle": {"order": 2},
            },
        },
    }));
    assert_eq!(
        form.questions
            .iter()
            .map(|question| question.name.as_str())
            .collect::<Vec<_>>(),
        ["first", "middle", "last"]
    );
    assert_eq!(
        form.answers(&form.begin(None)).get("first"),
        Some(&json!("a"))
    );
}

#[test]
fn list_entries_can_be_taken_out() {
    let mut filled = FormValues::default();
    filled.set("l", ControlValue::Count(3));
    for (index, word) in ["a", "b", "c"].iter().enumerate() {
        filled.set(&format!("l.{index}.w"), typed(word));
    }
    filled.remove_item("l", 1);
    assert_eq!(
        (filled.count("l"), filled.get("l.1.w"), filled.get("l.2.w")),
        (2, Some(&typed("c")), None)
    );
}

#[test]
fn unknown_types_are_told_to_the_researcher() {
    let schema = json!({
        "schema": {"properties": {"map": {"type": "string"}}},
        "options": {"fields": {"map": {"type": "ckeditor"}}},
        "view": {"layout": {}},
    });
    assert_eq!(Form::read(schema.as_object().unwrap()).1.len(), 2);
}
