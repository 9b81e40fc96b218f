//! From a `formSchema` to a form.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{AnswerOption, AnswerType, Control, Form, Question, Rules};

pub(super) fn form(form_schema: &Map<String, Value>) -> (Form, Vec<String>) {
    let empty = Map::new();
    let member = |name: &str| {
        form_schema
            .get(name)
            .and_then(Value::as_object)
            .unwrap_or(&empty)
    };
    let (schema, options, data) = (member("schema"), member("options"), member("data"));
    let mut problems = Vec::new();
    let mut questions = group(schema, options, &mut problems);
    for question in &mut questions {
        if let Some(value) = data.get(&question.name) {
            question.default = Some(value.clone());
        }
    }
    let view = form_schema.get("view");
    if view.and_then(|view| view.get("layout")).is_some() {
        problems.push(
            "\u{201c}view.layout\u{201d} is not drawn; the questions stand below each other"
                .to_owned(),
        );
    }
    (
        Form {
            title: text(schema, "title"),
            description: text(schema, "description"),
            questions,
        },
        problems,
    )
}

fn group(
    schema: &Map<String, Value>,
    options: &Map<String, Value>,
    problems: &mut Vec<String>,
) -> Vec<Question> {
    let empty = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let field_options = options
        .get("fields")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let required_names: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let dependencies = schema
        .get("dependencies")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let mut questions: Vec<(f64, Question)> = Vec::new();
    for (name, property) in properties {
        let property = property.as_object().unwrap_or(&empty);
        let options = field_options
            .get(name)
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        let mut question = question(name, property, options, problems);
        question.rules.is_required |= required_names.contains(&name.as_str());
        question.depends_on = depends_on(
            dependencies
                .get(name)
                .into_iter()
                .chain(property.get("dependencies")),
            options,
        );
        let order = options
            .get("order")
            .and_then(Value::as_f64)
            .unwrap_or_default();
        questions.push((order, question));
    }
    // A stable sort: questions without `order` count as 0 and keep the order in which they were
    // written.
    questions.sort_by(|(left, _), (right, _)| left.total_cmp(right));
    questions
        .into_iter()
        .map(|(_, question)| question)
        .collect()
}

fn depends_on<'a>(
    lists: impl Iterator<Item = &'a Value>,
    options: &Map<String, Value>,
) -> Vec<(String, Option<Vec<Value>>)> {
    let wanted = options.get("dependencies").and_then(Value::as_object);
    let mut found: Vec<(String, Option<Vec<Value>>)> = Vec::new();
    let mut known = HashSet::new();
    for list in lists {
        let names: Vec<&str> = match list {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for name in names {
            if name.is_empty() || !known.insert(name) {
                continue;
            }
            let values = wanted
                .and_then(|wanted| wanted.get(name))
                .map(|value| match value {
                    Value::Array(values) => values.clone(),
                    other => vec![other.clone()],
                });
            found.push((name.to_owned(), values));
        }
    }
    found
}

fn question(
    name: &str,
    schema: &Map<String, Value>,
    options: &Map<String, Value>,
    problems: &mut Vec<String>,
) -> Question {
    let flag = |name: &str| options.get(name).and_then(Value::as_bool);
    let answer_type = answer_type(schema);
    let values = enumeration(schema, options);
    let control = control(name, schema, options, answer_type, values.len(), problems);
    let is_required = schema
        .get("required")
        .and_then(Value::as_bool)
        .or_else(|| flag("required"))
        .unwrap_or(false);
    let choices = choices(&control, values, options);
    let is_single = matches!(control, Control::Radio | Control::Select);
    let is_preselected = is_single && is_required && flag("removeDefaultNone") == Some(true);
    let first = choices.first().filter(|_| is_preselected);
    let default = schema
        .get("default")
        .filter(|value| !value.is_null())
        .or_else(|| first.map(|choice| &choice.value))
        .cloned();
    let is_readonly = schema.get("readonly").and_then(Value::as_bool);
    Question {
        name: name.to_owned(),
        answer_type,
        label: Some(text(options, "label"))
            .filter(|label| !label.is_empty())
            .unwrap_or_else(|| text(schema, "title")),
        helpers: helpers(options),
        left_label: text(options, "leftLabel"),
        right_label: text(options, "rightLabel"),
        placeholder: text(options, "placeholder"),
        class: text(options, "fieldClass"),
        none_label: none_label(options, is_required).filter(|_| is_single),
        options: choices,
        is_vertical: flag("vertical").unwrap_or(true),
        is_disabled: flag("disabled") == Some(true) || is_readonly == Some(true),
        rows: rows(options),
        is_digits_only: flag("numericEntry").unwrap_or(false),
        default,
        rules: rules(schema, options, is_required),
        depends_on: Vec::new(),
        control,
    }
}

fn answer_type(schema: &Map<String, Value>) -> AnswerType {
    match schema.get("type").and_then(Value::as_str) {
        Some("number") => AnswerType::Number,
        Some("integer") => AnswerType::Integer,
        Some("boolean") => AnswerType::Flag,
        Some("array") => AnswerType::List,
        Some("object") => AnswerType::Object,
        _ => AnswerType::Text,
    }
}

/// The options of a question with options, sorted by label unless `sort` says otherwise.
fn choices(
    control: &Control,
    values: Vec<Value>,
    options: &Map<String, Value>,
) -> Vec<AnswerOption> {
    let is_choice = matches!(
        control,
        Control::Radio | Control::Select | Control::SelectMany | Control::Checkboxes
    );
    if !is_choice {
        return Vec::new();
    }
    let mut choices = labelled(values, options);
    if options.get("sort").and_then(Value::as_bool) != Some(false) {
        choices.sort_by(|left, right| left.label.cmp(&right.label));
    }
    choices
}

/// The label of the option that answers nothing, unless it is hidden: by wish, or because an answer
/// is needed.
fn none_label(options: &Map<String, Value>, is_required: bool) -> Option<String> {
    let flag = |name: &str| options.get(name).and_then(Value::as_bool);
    let hides_none = flag("hideNone")
        .or_else(|| flag("removeDefaultNone"))
        .unwrap_or(is_required);
    let label = options.get("noneLabel").and_then(Value::as_str);
    (!hides_none).then(|| label.unwrap_or("None").to_owned())
}

fn helpers(options: &Map<String, Value>) -> Vec<String> {
    match options.get("helpers") {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => vec![text(options, "helper")]
            .into_iter()
            .filter(|helper| !helper.is_empty())
            .collect(),
    }
}

fn rows(options: &Map<String, Value>) -> u32 {
    options
        .get("rows")
        .and_then(Value::as_u64)
        .and_then(|rows| u32::try_from(rows).ok())
        .unwrap_or(5)
        .clamp(1, 40)
}

fn control(
    name: &str,
    schema: &Map<String, Value>,
    options: &Map<String, Value>,
    answer_type: AnswerType,
    values: usize,
    problems: &mut Vec<String>,
) -> Control {
    if options.get("hidden").and_then(Value::as_bool) == Some(true) {
        return Control::Hidden;
    }
    let is_many = options.get("multiple").and_then(Value::as_bool) == Some(true)
        || answer_type == AnswerType::List;
    let format = |default: &str| {
        options
            .get("dateFormat")
            .and_then(Value::as_str)
            .unwrap_or(default)
            .to_owned()
    };
    let wanted = options.get("type").and_then(Value::as_str).or_else(|| {
        if values > 0 {
            Some(if values > 3 { "select" } else { "radio" })
        } else {
            schema.get("format").and_then(Value::as_str)
        }
    });
    let fallback = match answer_type {
        AnswerType::Number => "number",
        AnswerType::Integer => "integer",
        AnswerType::Flag => "checkbox",
        AnswerType::List => "array",
        AnswerType::Object => "object",
        AnswerType::Text => "text",
    };
    match wanted.unwrap_or(fallback) {
        "text" | "any" | "personalname" | "token" | "tag" | "currency" | "ipv4" | "ip-address"
        | "state" | "zipcode" | "country" | "lowercase" | "uppercase" | "json" => {
            Control::Line("text")
        }
        "email" => Control::Line("email"),
        "phone" => Control::Line("tel"),
        "url" => Control::Line("url"),
        "password" => Control::Line("password"),
        "search" => Control::Line("search"),
        "color" | "colorpicker" | "pickacolor" => Control::Line("color"),
        "textarea" | "address" => Control::Paragraphs,
        "number" => Control::Number,
        "integer" => Control::Integer,
        "date" => Control::Date(format("MM/DD/YYYY")),
        "time" => Control::Time(format("h:mm:ss a")),
        "datetime" => Control::DateTime(format("MM/DD/YYYY HH:mm:ss")),
        "radio" => {
            if values == 0 {
                problems.push(format!(
                    "the question \u{201c}{name}\u{201d} has no \"enum\", \
                     so there is nothing to choose from"
                ));
            }
            Control::Radio
        }
        "select" if is_many => Control::SelectMany,
        "select" => Control::Select,
        "checkbox" if values > 0 => Control::Checkboxes,
        "checkbox" => Control::Checkbox,
        "hidden" => Control::Hidden,
        "object" => Control::Group(group(schema, options, problems)),
        "array" => {
            let empty = Map::new();
            let items = schema
                .get("items")
                .and_then(Value::as_object)
                .unwrap_or(&empty);
            let item_options = options
                .get("items")
                .and_then(Value::as_object)
                .unwrap_or(&empty);
            Control::List(Box::new(question("", items, item_options, problems)))
        }
        other => {
            problems.push(format!(
                "the question \u{201c}{name}\u{201d} has the unknown type \
                 \u{201c}{other}\u{201d}; a line of text is shown"
            ));
            Control::Line("text")
        }
    }
}

fn enumeration(schema: &Map<String, Value>, options: &Map<String, Value>) -> Vec<Value> {
    let own = schema
        .get("enum")
        .or_else(|| schema.get("items").and_then(|items| items.get("enum")))
        .and_then(Value::as_array)
        .cloned();
    own.unwrap_or_else(|| match options.get("dataSource") {
        Some(Value::Array(list)) => list
            .iter()
            .map(|entry| entry.get("value").unwrap_or(entry).clone())
            .collect(),
        Some(Value::Object(map)) => map.keys().cloned().map(Value::String).collect(),
        _ => Vec::new(),
    })
}

fn labelled(values: Vec<Value>, options: &Map<String, Value>) -> Vec<AnswerOption> {
    let labels = options
        .get("optionLabels")
        .or_else(|| options.get("dataSource"));
    let of = |index: usize, value: &Value| match labels {
        Some(Value::Array(list)) => list
            .get(index)
            .map(|entry| entry.get("text").unwrap_or(entry))
            .map(plain),
        Some(Value::Object(map)) => map.get(&plain(value)).map(plain),
        _ => None,
    };
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| AnswerOption {
            label: of(index, &value).unwrap_or_else(|| plain(&value)),
            value,
        })
        .collect()
}

fn rules(schema: &Map<String, Value>, options: &Map<String, Value>, is_required: bool) -> Rules {
    let number = |name: &str| schema.get(name).and_then(Value::as_f64);
    let count = |name: &str| {
        schema
            .get(name)
            .and_then(Value::as_u64)
            .and_then(|count| usize::try_from(count).ok())
    };
    // `exclusiveMinimum` is a flag beside `minimum` in old schemas and a bound of its own in new
    // ones.
    let bound = |plain: &str, exclusive: &str| match schema.get(exclusive) {
        Some(Value::Number(_)) => number(exclusive).map(|bound| (bound, true)),
        Some(Value::Bool(is_excluded)) => number(plain).map(|bound| (bound, *is_excluded)),
        _ => number(plain).map(|bound| (bound, false)),
    };
    let is_email = options
        .get("type")
        .or_else(|| schema.get("format"))
        .and_then(Value::as_str)
        == Some("email");
    Rules {
        is_required,
        required_message: (options.get("validator").and_then(Value::as_str)
            == Some("required-field"))
        .then(|| text(options, "message")),
        minimum: bound("minimum", "exclusiveMinimum"),
        maximum: bound("maximum", "exclusiveMaximum"),
        multiple_of: number("multipleOf")
            .or_else(|| number("divisibleBy"))
            .filter(|step| *step > 0.0),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        pattern: schema
            .get("pattern")
            .and_then(Value::as_str)
            .map(str::to_owned),
        is_email,
        min_items: count("minItems"),
        max_items: count("maxItems"),
        has_unique_items: schema
            .get("uniqueItems")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        disallowed: schema
            .get("disallow")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default(),
    }
}

fn text(object: &Map<String, Value>, name: &str) -> String {
    object
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
