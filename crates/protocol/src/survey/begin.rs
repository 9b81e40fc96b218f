//! What is entered when a form appears.

use serde_json::{Map, Value};

use super::answers::{as_text, is_same};
use super::{Control, ControlValue, Form, FormValues, Question, dates, join};

/// Most entries of a list that are drawn.
const MOST_ENTRIES: usize = 200;

impl Form {
    /// What is entered when the form appears: stored answers where there are some, defaults
    /// elsewhere.
    pub fn begin(&self, stored: Option<&Map<String, Value>>) -> FormValues {
        let mut filled = FormValues::default();
        for question in &self.questions {
            let value = match stored {
                Some(stored) => stored.get(&question.name),
                None => question.default.as_ref(),
            };
            begin(question, &question.name, value, &mut filled);
        }
        filled
    }
}

fn begin(question: &Question, path: &str, value: Option<&Value>, filled: &mut FormValues) {
    match (&question.control, value) {
        (Control::Group(children), value) => begin_group(children, path, value, filled),
        (Control::List(item), value) => begin_list(question, item, path, value, filled),
        (_, Some(value)) => filled.set(path, entered(question, value)),
        (_, None) => {}
    }
}

fn begin_group(children: &[Question], path: &str, value: Option<&Value>, filled: &mut FormValues) {
    for child in children {
        let child_value = match value {
            Some(value) => value.get(&child.name),
            None => child.default.as_ref(),
        };
        begin(child, &join(path, &child.name), child_value, filled);
    }
}

fn begin_list(
    question: &Question,
    item: &Question,
    path: &str,
    value: Option<&Value>,
    filled: &mut FormValues,
) {
    let stored = value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let count = stored
        .len()
        .max(question.rules.min_items.unwrap_or_default())
        .min(MOST_ENTRIES);
    for index in 0..count {
        let value = stored.get(index).or(item.default.as_ref());
        begin(item, &format!("{path}.{index}"), value, filled);
    }
    filled.set(path, ControlValue::Count(count));
}

/// A stored answer or default in the form in which its control holds it.
fn entered(question: &Question, value: &Value) -> ControlValue {
    let position = |wanted: &Value| {
        question
            .options
            .iter()
            .position(|choice| is_same(&choice.value, wanted))
    };
    match &question.control {
        Control::Radio | Control::Select | Control::SelectMany | Control::Checkboxes => {
            ControlValue::Chosen(match value {
                Value::Array(values) => values.iter().filter_map(position).collect(),
                Value::String(text) if question.control == Control::Checkboxes => text
                    .split(',')
                    .filter_map(|part| position(&Value::String(part.to_owned())))
                    .collect(),
                other => position(other).into_iter().collect(),
            })
        }
        Control::Checkbox => ControlValue::Flag(value.as_bool().unwrap_or(false)),
        Control::Date(format) => {
            ControlValue::Text(dates::from_stored(value, format, "YYYY-MM-DD"))
        }
        Control::Time(format) => ControlValue::Text(dates::from_stored(value, format, "HH:mm:ss")),
        Control::DateTime(format) => {
            ControlValue::Text(dates::from_stored(value, format, "YYYY-MM-DDTHH:mm:ss"))
        }
        _ => ControlValue::Text(as_text(value)),
    }
}
