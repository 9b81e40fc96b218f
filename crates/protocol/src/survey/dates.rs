//! Days and times: what a browser's control holds, and the text that is stored, in the format of
//! the date picker that published studies name.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::Value;

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

/// What a control holds, in the format in which it is stored; `None` when it is not a day or time.
pub(super) fn to_stored(text: &str, format: &str) -> Option<Value> {
    Some(Value::String(
        moment(text)?.format(&pattern(format)).to_string(),
    ))
}

/// A stored text in the format that a browser's control takes; empty when it can't be read.
pub(super) fn from_stored(value: &Value, format: &str, control_format: &str) -> String {
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

/// What a control holds, as a point in time; days get midnight, times a day without meaning.
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

/// The date picker's format in our library's notation.
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
