//! What people and programs may send as a protocol or a survey form, made up at random: nothing
//! panics, hangs or takes more than the budget. `PROPTEST_CASES=100000 cargo test` looks longer
//! (`docs/FUZZING.md`).
#![expect(clippy::indexing_slicing, reason = "a test that can't go on fails")]

use domain::responses::PastSession;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use protocol::report::{Report, Severity};
use protocol::survey::{ControlValue, Form, FormValues, Question};
use protocol::{Budget, Chance, ChildContext, Document, Resolution, report, resolve};
use serde_json::{Map, Value, json};

/// Texts that mean something to the language, or nearly do.
const WORDS: &[&str] = &[
    "",
    "a",
    "b",
    "P",
    "Q",
    "L",
    "P#0",
    "L#0",
    "L#1.5",
    "L#-1",
    "L#1e308",
    "L#0x",
    "L#0xffffffff",
    "L#RAND",
    "L#PERM",
    "L#UNIQ",
    "L#rand",
    "P#RAND",
    "#",
    "##",
    "Q#Q",
    "0",
    "-1",
    "1e999",
    "NaN",
    "group",
    "choice",
    "exp-lookit-text",
    "exp-lookit-survey",
    "exp-lookit-exit-survey",
    "exp-",
    "random-parameter-set",
    "permute",
    "select",
    "random",
    "persist",
    "Rotate",
    "URL:x",
    "JSON:x",
    "__proto__",
    "constructor",
    "-repeat-1",
    "a_b",
    "\u{0}",
    "\u{202e}",
    "🙂",
    "e\u{301}",
    "\u{feff}",
    "frames",
    "sequence",
    "kind",
    "parameters",
    "1",
    "01",
    "4294967296",
    "{",
    "}",
    "[",
    "\"",
    "\\",
];

/// Names of members that the language looks at.
const NAMES: &[&str] = &[
    "kind",
    "id",
    "parameters",
    "frameList",
    "frameOptions",
    "orderedFrameOptions",
    "sampler",
    "commonFrameProperties",
    "parameterSets",
    "parameterSetWeights",
    "whichFrames",
    "minAge",
    "maxAge",
    "weights",
    "conditionForAdditionalSessions",
    "generateProperties",
    "formSchema",
    "blocks",
    "P",
    "Q",
    "L",
    "0",
    "12",
    "",
    "x",
];

fn word() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Value> {
    let numbers = [
        json!(0),
        json!(1),
        json!(-1),
        json!(2.5),
        json!(1e300),
        json!(-0.0),
        json!(365),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(5e-324),
    ];
    select(numbers.to_vec())
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => word().prop_map(Value::String),
        3 => number(),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ]
}

/// Any value, with names that the language knows.
fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            (inner.clone(), 0_usize..20).prop_map(|(one, many)| json!(vec![one; many])),
            vec((select(NAMES), inner), 0..6).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    let members = members.into_iter();
    Value::Object(
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// Something that is mostly a frame, group or randomizer.
fn definition() -> impl Strategy<Value = Value> {
    let frame = vec((select(NAMES), value()), 0..5).prop_map(|members| {
        let mut frame = object(members);
        frame["kind"] = json!("exp-lookit-text");
        frame
    });
    frame.prop_recursive(5, 30, 4, |inner| {
        let list = vec(inner, 0..5);
        let sampler = select(vec!["random-parameter-set", "permute", "select"]);
        let others = vec((select(NAMES), value()), 0..4);
        (any::<bool>(), sampler, list, others).prop_map(|(is_group, sampler, list, others)| {
            let mut definition = json!({"kind": "group", "frameList": list});
            if !is_group {
                definition["kind"] = json!("choice");
                definition["sampler"] = json!(sampler);
                definition["frameOptions"] = json!(list);
                definition["parameterSets"] = json!([{"P": "L"}, {"L": [1, "P"], "Q": {}}]);
            }
            for (name, value) in others {
                definition[name] = value;
            }
            definition
        })
    })
}

fn protocol() -> impl Strategy<Value = Value> {
    let name = || select(vec!["a", "b", "a-b", "c"]);
    let definition = prop_oneof![8 => definition(), 1 => value()];
    let repeats = prop_oneof![4 => Just(1_usize), 1 => 1_usize..400];
    let length = prop_oneof![4 => Just(0_usize), 1 => 0_usize..100_000];
    let grown = (definition, repeats, length)
        .prop_map(|(definition, repeats, length)| grow(definition, repeats, length));
    let frames = vec((name(), grown), 1..4).prop_map(object);
    let sequence = (vec(name(), 0..5), 1_usize..50).prop_map(|(names, many)| names.repeat(many));
    (frames, sequence)
        .prop_map(|(frames, sequence)| json!({"frames": frames, "sequence": sequence}))
}

/// A definition whose outermost lists repeat themselves, and which has a text of some length in a
/// place where it is copied.
fn grow(mut definition: Value, repeats: usize, length: usize) -> Value {
    for name in ["frameList", "frameOptions"] {
        if let Some(list) = definition.get_mut(name).and_then(Value::as_array_mut) {
            let few: Vec<Value> = list.iter().take(2).cloned().collect();
            let count = few.len() * repeats;
            *list = few.into_iter().cycle().take(count).collect();
        }
    }
    if length > 0 && definition.is_object() {
        let text = "x".repeat(length);
        definition["commonFrameProperties"] = json!({"text": text, "P": "L"});
        definition["parameters"] = json!({"L": [text, "P"], "P": "L#PERM"});
    }
    definition
}

/// A text in which something was broken.
fn broken(text: &str, changes: &[(usize, String)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (place, inserted) in changes {
        let place = place % (characters.len() + 1);
        let end = (place + inserted.chars().count()).min(characters.len());
        characters.splice(place..end, inserted.chars());
    }
    characters.into_iter().collect()
}

/// Values and bytes of texts: what a budget counts, without its own code.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 64 + text.len(),
        Value::Array(list) => 64 + list.iter().map(size).sum::<usize>(),
        Value::Object(members) => {
            let sizes = members.iter().map(|(name, value)| name.len() + size(value));
            64 + sizes.sum::<usize>()
        }
        _ => 64,
    }
}

fn check_size(done: &Resolution) {
    assert!(done.frames.len() <= Budget::FRAMES);
    let frames = done.frames.iter();
    let shown: usize = frames
        .map(|frame| size(&Value::Object(frame.members.clone())))
        .sum();
    let recorded = size(&Value::Object(done.conditions.clone()));
    // Ids are made at the end.
    let ids = done.frames.len() * 1_000 + done.conditions.len() * 200;
    assert!(
        shown + recorded <= Budget::BYTES + ids,
        "{shown} and {recorded}"
    );
}

fn check_report(report: &Report) {
    assert!(report.problems.len() <= 250);
    assert!(report.outline.nodes.len() <= 2_000);
    let problems = report.problems.iter();
    assert!(problems.clone().all(|problem| !problem.message.is_empty()));
    let has_fault = problems
        .clone()
        .any(|problem| problem.severity == Severity::Fault);
    assert!(has_fault || report.frames.len() <= Budget::FRAMES);
}

proptest! {
    #[test]
    fn protocols_are_resolved_within_the_budget(
        protocol in protocol(),
        seed in any::<u64>(),
        age in prop_oneof![Just(None), (-10.0..8000.0).prop_map(Some), Just(Some(f64::NAN))],
    ) {
        check_report(&report(&protocol.to_string()));
        let Ok(document) = Document::from_value(protocol) else {
            return Ok(());
        };
        let past = [PastSession {
            conditions: json!({"0-a": {"conditionNum": u64::MAX}}).as_object().unwrap().clone(),
            completed_consent_frame: true,
            ..PastSession::default()
        }];
        let child = ChildContext { age_days: age, past_sessions: &past };
        let run = || resolve(&document, child, &mut Chance::seeded(seed));
        let first = run();
        if let Ok(done) = &first {
            check_size(done);
        }
        prop_assert_eq!(first, run());
    }

    #[test]
    fn texts_are_read_or_refused_with_a_place(
        protocol in protocol(),
        changes in vec((any::<usize>(), word()), 0..4),
    ) {
        let text = broken(&protocol.to_string(), &changes);
        check_report(&report(&text));
        if let Err(fault) = Document::parse(&text) {
            prop_assert!(!fault.message.is_empty() && !fault.remedy.is_empty());
        }
    }

    #[test]
    fn survey_forms_are_read_filled_and_checked(
        schema in form_schema(),
        entries in vec((form_path(), form_value()), 0..8),
    ) {
        let (form, _) = Form::read(schema.as_object().unwrap());
        let mut filled = form.begin(None);
        for (path, value) in &entries {
            filled.set(path, value.clone());
        }
        check_form(&form, &filled);
        let answers = form.answers(&filled);
        let again = form.begin(Some(&answers));
        check_form(&form, &again);
        for (path, _) in &entries {
            filled.remove_item(path, 0);
        }
        check_form(&form, &filled);
    }
}

fn check_form(form: &Form, filled: &FormValues) {
    let answers = form.answers(filled);
    let names = |question: &Question| answers.contains_key(&question.name);
    for question in form.questions.iter().filter(|question| names(question)) {
        assert!(
            form.shows(&question.name, filled),
            "only what is shown is stored"
        );
    }
    let faults = form.check(filled, &|_, _| false);
    assert!(faults.iter().all(|(_, message)| !message.is_empty()));
}

/// Names of questions, few enough that they refer to each other.
fn question_name() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c", "0", "a.b", ""])
}

fn question() -> impl Strategy<Value = (Value, Value)> {
    let rule = select(vec![
        "default",
        "enum",
        "required",
        "minimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxItems",
        "minItems",
        "uniqueItems",
        "pattern",
        "format",
        "disallow",
        "readonly",
        "title",
        "items",
        "dependencies",
    ]);
    let option = select(vec![
        "label",
        "helpers",
        "optionLabels",
        "dataSource",
        "sort",
        "order",
        "rows",
        "multiple",
        "removeDefaultNone",
        "noneLabel",
        "dateFormat",
        "hidden",
        "validator",
        "leftLabel",
    ]);
    let answer_type = select(vec![
        "string", "number", "integer", "boolean", "array", "object", "text", "",
    ]);
    let control = select(vec![
        "", "text", "textarea", "number", "integer", "date", "time", "datetime", "radio", "select",
        "checkbox", "email", "hidden", "array", "object", "nonsense",
    ]);
    let rules = vec((rule, value()), 0..4);
    let options = vec((option, value()), 0..3);
    let dates = select(vec!["", "YYYY", "%Q", "MM/DD/YY h:m a", "DDDD%%", "🙂MMM"]);
    (answer_type, control, rules, options, dates).prop_map(
        |(answer_type, control, rules, options, dates)| {
            let (mut schema, mut own) = (object(rules), object(options));
            schema["type"] = json!(answer_type);
            if !control.is_empty() {
                own["type"] = json!(control);
            }
            if !dates.is_empty() {
                own["dateFormat"] = json!(dates);
            }
            (schema, own)
        },
    )
}

fn form_schema() -> impl Strategy<Value = Value> {
    let leaf = vec((question_name(), question()), 0..5).prop_map(fields);
    let nested = leaf.prop_recursive(4, 20, 3, |inner| {
        let part = (inner, any::<bool>()).prop_map(|((schema, options), is_list)| {
            if is_list {
                let schema = json!({"type": "array", "items": schema, "minItems": 3});
                (schema, json!({"items": options}))
            } else {
                (schema, options)
            }
        });
        vec((question_name(), part), 1..4).prop_map(fields)
    });
    (nested, value()).prop_map(
        |((schema, options), data)| json!({"schema": schema, "options": options, "data": data}),
    )
}

/// A group of questions: its schema and its options.
fn fields(questions: Vec<(&'static str, (Value, Value))>) -> (Value, Value) {
    let (mut schemas, mut options) = (Map::new(), Map::new());
    let mut needs = Map::new();
    let mut before = Vec::new();
    for (name, (schema, own)) in questions {
        schemas.insert(name.to_owned(), schema);
        options.insert(name.to_owned(), own);
        needs.insert(name.to_owned(), json!(before));
        before.push(name);
    }
    needs.shift_remove("c");
    (
        json!({"type": "object", "properties": schemas, "dependencies": needs}),
        json!({"fields": options}),
    )
}

fn form_path() -> impl Strategy<Value = String> {
    vec(question_name(), 1..4).prop_map(|names| names.join("."))
}

fn form_value() -> impl Strategy<Value = ControlValue> {
    let typed = select(vec![
        "2021-02-30",
        "2021-03-04",
        "25:00",
        "13:30",
        "2021-03-04T13:30",
        "1e400",
        "-0",
        "+262143-01-01",
    ]);
    prop_oneof![
        word().prop_map(ControlValue::Text),
        typed.prop_map(|text| ControlValue::Text(text.to_owned())),
        any::<bool>().prop_map(ControlValue::Flag),
        vec(0_usize..9, 0..5).prop_map(ControlValue::Chosen),
        (0_usize..5).prop_map(ControlValue::Count),
        Just(ControlValue::Chosen(vec![usize::MAX, 0, 0])),
    ]
}
