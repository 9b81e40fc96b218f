//! What is entered when a form appears.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::answers::as_text;
use super::{Control, ControlValue, Form, FormValues, Question, dates, join};

/// Most entries of a list that are drawn.
const MOST_ENTRIES: usize = 200;
/// Most entries of all lists of a form together, which may stand inside each other.
const MOST_IN_ALL: usize = 2_000;
/// How long options are looked for in a text, in comparisons.
const MOST_COMPARISONS: usize = 100_000;

impl Form {
    /// What is entered when the form appears: stored answers where there are some, defaults
    /// elsewhere.
    pub fn begin(&self, stored: Option<&Map<String, Value>>) -> FormValues {
        let mut filled = FormValues::default();
        let mut left = MOST_IN_ALL;
        for question in &self.questions {
            let value = match stored {
                Some(stored) => stored.get(&question.name),
                None => question.default.as_ref(),
            };
            begin(question, &question.name, value, &mut filled, &mut left);
        }
        filled
    }
}

/// `left` is how many entries of lists may still be drawn.
fn begin(
    question: &Question,
    path: &str,
    value: Option<&Value>,
    filled: &mut FormValues,
    left: &mut usize,
) {
    match (&question.control, value) {
        (Control::Group(children), value) => {
            for child in children {
                let child_value = match value {
                    Some(value) => value.get(&child.name),
                    None => child.default.as_ref(),
                };
                begin(child, &join(path, &child.name), child_value, filled, left);
            }
        }
        (Control::List(item), value) => {
            let stored = value.and_then(Value::as_array).map(Vec::as_slice);
            let stored = stored.unwrap_or_default();
            let wanted = stored
                .len()
                .max(question.rules.min_items.unwrap_or_default());
            let count = wanted.min(MOST_ENTRIES).min(*left);
            *left -= count;
            for index in 0..count {
                let value = stored.get(index).or(item.default.as_ref());
                begin(item, &format!("{path}.{index}"), value, filled, left);
            }
            filled.set(path, ControlValue::Count(count));
        }
        (_, Some(value)) => filled.set(path, entered(question, value)),
        (_, None) => {}
    }
}

/// A stored answer or default in the form in which its control holds it.
fn entered(question: &Question, value: &Value) -> ControlValue {
    match &question.control {
        Control::Radio | Control::Select | Control::SelectMany | Control::Checkboxes => {
            ControlValue::Chosen(positions(question, value))
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

/// Positions of the options that a stored answer or default names.
fn positions(question: &Question, value: &Value) -> Vec<usize> {
    let texts: Vec<String> = question
        .options
        .iter()
        .map(|option| as_text(&option.value))
        .collect();
    let first: HashMap<&str, usize> = texts
        .iter()
        .enumerate()
        .rev()
        .map(|(position, text)| (text.as_str(), position))
        .collect();
    let position = |value: &Value| first.get(as_text(value).as_str()).copied();
    match value {
        Value::Array(values) => values.iter().filter_map(position).collect(),
        Value::String(text) if question.control == Control::Checkboxes => {
            let in_order = ticked_again(text, &texts);
            in_order.unwrap_or_else(|| {
                let parts = text.split(',');
                parts.filter_map(|part| first.get(part).copied()).collect()
            })
        }
        other => position(other).into_iter().collect(),
    }
}

/// The options of which a stored text was made: their texts in the order in which they stand, with
/// commas between. An option may hold commas itself. `None` if the text was not made so: then a
/// researcher wrote it.
fn ticked_again(text: &str, options: &[String]) -> Option<Vec<usize>> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut dead_ends = HashSet::new();
    let mut left = MOST_COMPARISONS;
    let (mut start, mut next) = (0, 0);
    loop {
        let rest = text.get(start..)?;
        let fits = |option: &String| {
            let after = rest.strip_prefix(option.as_str());
            after.is_some_and(|after| after.is_empty() || after.starts_with(','))
        };
        let fitting = if dead_ends.contains(&(start, next)) {
            None
        } else {
            let fitting = options.iter().skip(next).position(fits);
            left = left.checked_sub(fitting.unwrap_or(options.len() - next) + 1)?;
            fitting.map(|further| next + further)
        };
        match fitting.and_then(|index| Some((index, options.get(index)?))) {
            Some((index, option)) => {
                found.push((index, start));
                if option.len() == rest.len() {
                    return Some(found.into_iter().map(|(index, _)| index).collect());
                }
                (start, next) = (start + option.len() + 1, index + 1);
            }
            None => {
                dead_ends.insert((start, next));
                let (index, before) = found.pop()?;
                (start, next) = (before, index + 1);
            }
        }
    }
}
