//! Which questions are shown, which answers are accepted, and what is stored.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::{Map, Value};

use super::{Control, Entered, Field, Filled, Form, Stored, join};

/// Message at a question that needs an answer.
const REQUIRED: &str = "Please answer this question.";

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

    /// Whether the question at a top-level name is shown.
    pub fn shows(&self, name: &str, filled: &Filled) -> bool {
        is_shown(&self.fields, "", name, filled)
    }

    /// Faults by path, in the order of the page. `matches` says whether a pattern fits a text.
    pub fn check(
        &self,
        filled: &Filled,
        matches: &dyn Fn(&str, &str) -> bool,
    ) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        check(&self.fields, "", filled, matches, &mut faults);
        faults
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

fn is_same(left: &Value, right: &Value) -> bool {
    let plain = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    left == right || plain(left) == plain(right)
}

fn begin(field: &Field, path: &str, value: Option<&Value>, filled: &mut Filled) {
    let position = |wanted: &Value| {
        field
            .options
            .iter()
            .position(|choice| is_same(&choice.value, wanted))
    };
    let entered = match (&field.control, value) {
        (Control::Group(children), value) => {
            for child in children {
                begin(
                    child,
                    &join(path, &child.name),
                    value
                        .and_then(|value| value.get(&child.name))
                        .or(if value.is_none() {
                            child.default.as_ref()
                        } else {
                            None
                        }),
                    filled,
                );
            }
            return;
        }
        (Control::List(item), value) => {
            let stored = value.and_then(Value::as_array).cloned().unwrap_or_default();
            let count = stored
                .len()
                .max(field.rules.min_items.unwrap_or_default())
                .min(200);
            for index in 0..count {
                begin(
                    item,
                    &format!("{path}.{index}"),
                    stored.get(index).or(item.default.as_ref()),
                    filled,
                );
            }
            Entered::Count(count)
        }
        (_, None) => return,
        (
            Control::Radio | Control::Select | Control::SelectMany | Control::Checkboxes,
            Some(value),
        ) => Entered::Chosen(match value {
            Value::Array(values) => values.iter().filter_map(position).collect(),
            Value::String(text) if field.control == Control::Checkboxes => text
                .split(',')
                .filter_map(|part| position(&Value::String(part.to_owned())))
                .collect(),
            other => position(other).into_iter().collect(),
        }),
        (Control::Checkbox, Some(value)) => Entered::Flag(value.as_bool().unwrap_or(false)),
        (Control::Date(format), Some(value)) => {
            Entered::Text(from_display(value, format, "YYYY-MM-DD"))
        }
        (Control::Time(format), Some(value)) => {
            Entered::Text(from_display(value, format, "HH:mm:ss"))
        }
        (Control::DateTime(format), Some(value)) => {
            Entered::Text(from_display(value, format, "YYYY-MM-DDTHH:mm:ss"))
        }
        (_, Some(value)) => Entered::Text(
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        ),
    };
    filled.set(path, entered);
}

fn check(
    fields: &[Field],
    path: &str,
    filled: &Filled,
    matches: &dyn Fn(&str, &str) -> bool,
    faults: &mut Vec<(String, String)>,
) {
    for field in fields
        .iter()
        .filter(|field| is_shown(fields, path, &field.name, filled))
    {
        check_field(field, &join(path, &field.name), filled, matches, faults);
    }
}

fn check_field(
    field: &Field,
    path: &str,
    filled: &Filled,
    matches: &dyn Fn(&str, &str) -> bool,
    faults: &mut Vec<(String, String)>,
) {
    let mut fault = |message: String| faults.push((path.to_owned(), message));
    let rules = &field.rules;
    if let Control::Group(children) = &field.control {
        return check(children, path, filled, matches, faults);
    }
    if matches!(field.control, Control::Hidden) {
        return;
    }
    let answer = answer(field, path, filled);
    let raw = match filled.get(path) {
        Some(Entered::Text(text)) => text.trim(),
        _ => "",
    };
    let is_empty = match &answer {
        None => true,
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(is_set)) => {
            !is_set && field.control == Control::Checkbox && rules.is_required
        }
        Some(_) => false,
    };
    if is_empty && raw.is_empty() {
        if let Some(message) = rules
            .required_message
            .as_ref()
            .filter(|message| !message.is_empty())
        {
            fault(message.clone());
        } else if rules.is_required || rules.required_message.is_some() {
            fault(REQUIRED.to_owned());
        }
        return;
    }
    match &field.control {
        Control::Number | Control::Integer => check_number(field, raw, &mut fault),
        Control::Line(_) | Control::Paragraphs => check_text(field, raw, matches, &mut fault),
        Control::Date(_) | Control::Time(_) | Control::DateTime(_) if answer.is_none() => {
            fault("Please check this date or time.".to_owned())
        }
        Control::SelectMany | Control::Checkboxes => {
            check_count(field, answer.as_ref(), "options", &mut fault)
        }
        Control::List(item) => {
            check_count(field, answer.as_ref(), "entries", &mut fault);
            for index in 0..filled.count(path) {
                check_field(item, &format!("{path}.{index}"), filled, matches, faults);
            }
        }
        _ => {}
    }
    if answer.is_some_and(|answer| rules.disallowed.iter().any(|value| is_same(value, &answer))) {
        faults.push((
            path.to_owned(),
            "Please give another answer; this one is not possible.".to_owned(),
        ));
    }
}

fn check_number(field: &Field, raw: &str, fault: &mut dyn FnMut(String)) {
    let rules = &field.rules;
    let number = raw.parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(number) = number else {
        return fault("Please enter a number.".to_owned());
    };
    if field.control == Control::Integer && number.fract() != 0.0 {
        return fault("Please enter a whole number.".to_owned());
    }
    match rules.minimum {
        Some((bound, true)) if number <= bound => {
            return fault(format!("Please enter a number above {bound}."));
        }
        Some((bound, false)) if number < bound => {
            return fault(format!("Please enter a number of at least {bound}."));
        }
        _ => {}
    }
    match rules.maximum {
        Some((bound, true)) if number >= bound => {
            return fault(format!("Please enter a number below {bound}."));
        }
        Some((bound, false)) if number > bound => {
            return fault(format!("Please enter a number of at most {bound}."));
        }
        _ => {}
    }
    if let Some(step) = rules.multiple_of {
        let times = number / step;
        if (times - times.round()).abs() > 1e-9 {
            fault(format!("Please enter a multiple of {step}."));
        }
    }
}

fn check_text(
    field: &Field,
    raw: &str,
    matches: &dyn Fn(&str, &str) -> bool,
    fault: &mut dyn FnMut(String),
) {
    let rules = &field.rules;
    let length = raw.chars().count();
    if rules.min_length.is_some_and(|least| length < least) {
        fault(format!(
            "Please write at least {} characters.",
            rules.min_length.unwrap_or_default()
        ));
    } else if rules.max_length.is_some_and(|most| length > most) {
        fault(format!(
            "Please write at most {} characters.",
            rules.max_length.unwrap_or_default()
        ));
    } else if rules.is_email && domain::accounts::Email::parse(raw).is_none() {
        fault("Please enter an e-mail address, such as name@example.org.".to_owned());
    } else if rules
        .pattern
        .as_ref()
        .is_some_and(|pattern| !matches(pattern, raw))
    {
        fault("Please check the form of this answer.".to_owned());
    }
}

fn check_count(field: &Field, answer: Option<&Value>, noun: &str, fault: &mut dyn FnMut(String)) {
    let values = match answer {
        Some(Value::Array(values)) => values.clone(),
        Some(Value::String(text)) => text
            .split(',')
            .map(|part| Value::String(part.to_owned()))
            .collect(),
        _ => Vec::new(),
    };
    let rules = &field.rules;
    if rules.min_items.is_some_and(|least| values.len() < least) {
        fault(format!(
            "Please give at least {} {noun}.",
            rules.min_items.unwrap_or_default()
        ));
    } else if rules.max_items.is_some_and(|most| values.len() > most) {
        fault(format!(
            "Please give at most {} {noun}.",
            rules.max_items.unwrap_or_default()
        ));
    } else if rules.has_unique_items
        && values
            .iter()
            .enumerate()
            .any(|(index, value)| values.iter().skip(index + 1).any(|other| other == value))
    {
        fault("Please give different answers here; two are the same.".to_owned());
    }
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

/// The answer to one question, as `formData` stores it (`frames.md` §5.4); `None` when it is
/// absent.
fn answer(field: &Field, path: &str, filled: &Filled) -> Option<Value> {
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
        (Control::Checkboxes, entered) => {
            let chosen = chosen(field, entered);
            match field.stored {
                Stored::List => Some(Value::Array(chosen)),
                Stored::Text if !chosen.is_empty() => Some(Value::String(
                    chosen
                        .iter()
                        .map(|value| {
                            value
                                .as_str()
                                .map_or_else(|| value.to_string(), str::to_owned)
                        })
                        .collect::<Vec<_>>()
                        .join(","),
                )),
                _ => None,
            }
        }
        (Control::SelectMany, entered) => Some(Value::Array(chosen(field, entered)))
            .filter(|list| list != &Value::Array(Vec::new())),
        (Control::Radio | Control::Select, entered) => chosen(field, entered)
            .into_iter()
            .next()
            .map(|value| convert(value, field.stored)),
        (_, Some(Entered::Text(text))) => {
            let trimmed = text.trim();
            if trimmed.is_empty() {
                return None;
            }
            match &field.control {
                Control::Number | Control::Integer => number(trimmed),
                Control::Date(format) | Control::Time(format) | Control::DateTime(format) => {
                    to_display(trimmed, format)
                }
                _ => Some(convert(Value::String(text.clone()), field.stored)),
            }
        }
        _ => None,
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

/// What a browser's control gives, as a point in time; dates get midnight, times a day without
/// meaning.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let times = |text: &str| {
        NaiveTime::parse_from_str(text, "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
            .ok()
    };
    match text.split_once('T') {
        Some((day, time)) => Some(day.parse::<NaiveDate>().ok()?.and_time(times(time)?)),
        None => match text.parse::<NaiveDate>() {
            Ok(day) => Some(day.and_time(NaiveTime::MIN)),
            Err(_) => Some(NaiveDate::default().and_time(times(text)?)),
        },
    }
}

/// Tokens of the date picker's formats, longest first, and what they mean to our library.
const TOKENS: [(&str, &str); 18] = [
    ("YYYY", "%Y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("YY", "%y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("M", "%-m"),
    ("D", "%-d"),
    ("H", "%-H"),
    ("h", "%-I"),
    ("m", "%-M"),
    ("s", "%-S"),
    ("A", "%p"),
    ("a", "%P"),
];

fn pattern(format: &str) -> String {
    let mut rest = format;
    let mut pattern = String::new();
    while let Some(first) = rest.chars().next() {
        match TOKENS.iter().find(|(token, _)| rest.starts_with(token)) {
            Some((token, meaning)) => {
                pattern.push_str(meaning);
                rest = rest.get(token.len()..).unwrap_or_default();
            }
            None => {
                if first == '%' {
                    pattern.push('%');
                }
                pattern.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
    pattern
}

fn to_display(text: &str, format: &str) -> Option<Value> {
    Some(Value::String(
        moment(text)?.format(&pattern(format)).to_string(),
    ))
}

/// A stored text in the form that a browser's control takes; empty when it can't be read.
fn from_display(value: &Value, format: &str, control_format: &str) -> String {
    let text = value.as_str().unwrap_or_default();
    let from = pattern(format);
    let read = NaiveDateTime::parse_from_str(text, &from)
        .ok()
        .or_else(|| {
            NaiveDate::parse_from_str(text, &from)
                .ok()
                .map(|day| day.and_time(NaiveTime::MIN))
        })
        .or_else(|| {
            NaiveTime::parse_from_str(text, &from)
                .ok()
                .map(|time| NaiveDate::default().and_time(time))
        })
        .or_else(|| moment(text));
    read.map(|moment| moment.format(&pattern(control_format)).to_string())
        .unwrap_or_default()
}
