//! What is entered when a form appears.

use serde_json::{Map, Value};

use super::answers::{as_text, is_same};
use super::{Control, Entered, Field, Filled, Form, dates, join};

/// Most entries of a list that are drawn.
const MOST_ENTRIES: usize = 200;

impl Form {
    /// What is entered when the form appears: stored answers where there are some, defaults
    /// elsewhere.
    pub fn begin(&self, stored: Option<&Map<String, Value>>) -> Filled {
        let mut filled = Filled::default();
        for field in &self.fields {
            let value = match stored {
                Some(stored) => stored.get(&field.name),
                None => field.default.as_ref(),
            };
            begin(field, &field.name, value, &mut filled);
        }
        filled
    }
}

fn begin(field: &Field, path: &str, value: Option<&Value>, filled: &mut Filled) {
    match (&field.control, value) {
        (Control::Group(children), value) => begin_group(children, path, value, filled),
        (Control::List(item), value) => begin_list(field, item, path, value, filled),
        (_, Some(value)) => filled.set(path, entered(field, value)),
        (_, None) => {}
    }
}

fn begin_group(children: &[Field], path: &str, value: Option<&Value>, filled: &mut Filled) {
    for child in children {
        let child_value = match value {
            Some(value) => value.get(&child.name),
            None => child.default.as_ref(),
        };
        begin(child, &join(path, &child.name), child_value, filled);
    }
}

fn begin_list(field: &Field, item: &Field, path: &str, value: Option<&Value>, filled: &mut Filled) {
    let stored = value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let count = stored
        .len()
        .max(field.rules.min_items.unwrap_or_default())
        .min(MOST_ENTRIES);
    for index in 0..count {
        let value = stored.get(index).or(item.default.as_ref());
        begin(item, &format!("{path}.{index}"), value, filled);
    }
    filled.set(path, Entered::Count(count));
}

/// A stored answer or default in the form in which its control holds it.
fn entered(field: &Field, value: &Value) -> Entered {
    let position = |wanted: &Value| {
        field
            .options
            .iter()
            .position(|choice| is_same(&choice.value, wanted))
    };
    match &field.control {
        Control::Radio | Control::Select | Control::SelectMany | Control::Checkboxes => {
            Entered::Chosen(match value {
                Value::Array(values) => values.iter().filter_map(position).collect(),
                Value::String(text) if field.control == Control::Checkboxes => text
                    .split(',')
                    .filter_map(|part| position(&Value::String(part.to_owned())))
                    .collect(),
                other => position(other).into_iter().collect(),
            })
        }
        Control::Checkbox => Entered::Flag(value.as_bool().unwrap_or(false)),
        Control::Date(format) => Entered::Text(dates::from_stored(value, format, "YYYY-MM-DD")),
        Control::Time(format) => Entered::Text(dates::from_stored(value, format, "HH:mm:ss")),
        Control::DateTime(format) => {
            Entered::Text(dates::from_stored(value, format, "YYYY-MM-DDTHH:mm:ss"))
        }
        _ => Entered::Text(as_text(value)),
    }
}
