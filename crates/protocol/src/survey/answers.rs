//! Which questions are shown, and what is stored of them. The two need each other: a question is
//! shown because of another one's answer, and only shown questions are stored.

use serde_json::{Map, Value};

use super::{Control, Entered, Field, Filled, Form, Stored, dates, join};

impl Form {
    /// Whether the question at a top-level name is shown.
    pub fn shows(&self, name: &str, filled: &Filled) -> bool {
        is_shown(&self.fields, "", name, filled)
    }

    /// The answers to store: hidden questions and empty answers are absent.
    pub fn answers(&self, filled: &Filled) -> Map<String, Value> {
        answers(&self.fields, "", filled)
    }
}

/// Whether a question among `fields` is shown: those it depends on are shown and have a suitable
/// answer.
pub fn is_shown(fields: &[Field], path: &str, name: &str, filled: &Filled) -> bool {
    shows(fields, path, name, filled, 0)
}

fn shows(fields: &[Field], path: &str, name: &str, filled: &Filled, depth: usize) -> bool {
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        return false;
    };
    // Questions that depend on each other in a circle are never shown, as nothing could ever open
    // them.
    depth <= fields.len()
        && field.depends_on.iter().all(|(other, wanted)| {
            let Some(other_field) = fields.iter().find(|field| field.name == *other) else {
                return true;
            };
            let answer = answer(other_field, &join(path, other), filled);
            shows(fields, path, other, filled, depth + 1)
                && match (wanted, answer) {
                    (_, None) => false,
                    (Some(values), Some(Value::Array(chosen))) => chosen
                        .iter()
                        .any(|chosen| values.iter().any(|value| is_same(value, chosen))),
                    (Some(values), Some(answer)) => {
                        values.iter().any(|value| is_same(value, &answer))
                    }
                    (None, Some(Value::Bool(is_set))) => is_set,
                    (None, Some(Value::Array(chosen))) => !chosen.is_empty(),
                    (None, Some(_)) => true,
                }
        })
}

/// Whether two values are the same answer: forms compare numbers with their text.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    left == right || as_text(left) == as_text(right)
}

/// A text as it is, anything else as JSON.
pub(super) fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn answers(fields: &[Field], path: &str, filled: &Filled) -> Map<String, Value> {
    let shown = fields
        .iter()
        .filter(|field| is_shown(fields, path, &field.name, filled));
    shown
        .filter_map(|field| {
            Some((
                field.name.clone(),
                answer(field, &join(path, &field.name), filled)?,
            ))
        })
        .collect()
}

/// The answer to one question, as `formData` stores it (`docs/reference/survey-forms.md`); `None`
/// when it is absent.
pub(super) fn answer(field: &Field, path: &str, filled: &Filled) -> Option<Value> {
    let entered = filled.get(path);
    match (&field.control, entered) {
        (Control::Hidden, _) => field.default.clone(),
        (Control::Group(children), _) => Some(Value::Object(answers(children, path, filled))),
        (Control::List(item), _) => Some(Value::Array(
            (0..filled.count(path))
                .filter_map(|index| answer(item, &format!("{path}.{index}"), filled))
                .collect(),
        )),
        (Control::Checkbox, entered) => {
            Some(Value::Bool(matches!(entered, Some(Entered::Flag(true)))))
        }
        (Control::Checkboxes, entered) => ticked(field, entered),
        (Control::SelectMany, entered) => Some(Value::Array(chosen(field, entered)))
            .filter(|list| list != &Value::Array(Vec::new())),
        (Control::Radio | Control::Select, entered) => chosen(field, entered)
            .into_iter()
            .next()
            .map(|value| convert(value, field.stored)),
        (_, Some(Entered::Text(text))) => typed(field, text),
        _ => None,
    }
}

/// A list of the ticked options, or their texts with commas between where text is stored.
fn ticked(field: &Field, entered: Option<&Entered>) -> Option<Value> {
    let chosen = chosen(field, entered);
    match field.stored {
        Stored::List => Some(Value::Array(chosen)),
        Stored::Text if !chosen.is_empty() => {
            let texts: Vec<String> = chosen.iter().map(as_text).collect();
            Some(Value::String(texts.join(",")))
        }
        _ => None,
    }
}

fn typed(field: &Field, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return None;
    }
    match &field.control {
        Control::Number | Control::Integer => number(trimmed),
        Control::Date(format) | Control::Time(format) | Control::DateTime(format) => {
            dates::to_stored(trimmed, format)
        }
        _ => Some(convert(Value::String(text.to_owned()), field.stored)),
    }
}

fn chosen(field: &Field, entered: Option<&Entered>) -> Vec<Value> {
    match entered {
        Some(Entered::Chosen(positions)) => field
            .options
            .iter()
            .enumerate()
            .filter(|(position, _)| positions.contains(position))
            .map(|(_, choice)| choice.value.clone())
            .collect(),
        _ => Vec::new(),
    }
}

fn number(text: &str) -> Option<Value> {
    text.parse::<i64>().ok().map(Value::from).or_else(|| {
        text.parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(Value::Number)
    })
}

fn convert(value: Value, stored: Stored) -> Value {
    match (stored, &value) {
        (Stored::Number | Stored::Integer, Value::String(text)) => {
            number(text.trim()).unwrap_or(value)
        }
        (Stored::Text, Value::Number(number)) => Value::String(number.to_string()),
        (Stored::Text, Value::Bool(is_set)) => Value::String(is_set.to_string()),
        (Stored::Flag, Value::String(text)) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => value,
        },
        _ => value,
    }
}
