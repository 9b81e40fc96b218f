//! Which questions are shown, and what is stored of them. The two need each other: a question is
//! shown because of another one's answer, and only shown questions are stored.

use serde_json::{Map, Value};

use super::{AnswerType, Control, ControlValue, Form, FormValues, Question, dates, join};

impl Form {
    /// Whether the question at a top-level name is shown.
    pub fn shows(&self, name: &str, filled: &FormValues) -> bool {
        is_shown(&self.questions, "", name, filled)
    }

    /// The answers to store: hidden questions and empty answers are absent.
    pub fn answers(&self, filled: &FormValues) -> Map<String, Value> {
        answers(&self.questions, "", filled)
    }
}

/// Whether a question among `questions` is shown: those it depends on are shown and have a suitable
/// answer.
pub fn is_shown(questions: &[Question], path: &str, name: &str, filled: &FormValues) -> bool {
    shows(questions, path, name, filled, 0)
}

fn shows(
    questions: &[Question],
    path: &str,
    name: &str,
    filled: &FormValues,
    depth: usize,
) -> bool {
    let Some(question) = questions.iter().find(|question| question.name == name) else {
        return false;
    };
    // Questions that depend on each other in a circle are never shown, as nothing could ever open
    // them.
    depth <= questions.len()
        && question.depends_on.iter().all(|(other, wanted)| {
            let Some(other_question) = questions.iter().find(|question| question.name == *other)
            else {
                return true;
            };
            let answer = answer(other_question, &join(path, other), filled);
            shows(questions, path, other, filled, depth + 1)
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

fn answers(questions: &[Question], path: &str, filled: &FormValues) -> Map<String, Value> {
    let shown = questions
        .iter()
        .filter(|question| is_shown(questions, path, &question.name, filled));
    shown
        .filter_map(|question| {
            Some((
                question.name.clone(),
                answer(question, &join(path, &question.name), filled)?,
            ))
        })
        .collect()
}

/// The answer to one question, as `formData` stores it (`docs/reference/survey-forms.md`); `None`
/// when it is absent.
pub(super) fn answer(question: &Question, path: &str, filled: &FormValues) -> Option<Value> {
    let entered = filled.get(path);
    match (&question.control, entered) {
        (Control::Hidden, _) => question.default.clone(),
        (Control::Group(children), _) => Some(Value::Object(answers(children, path, filled))),
        (Control::List(item), _) => Some(Value::Array(
            (0..filled.count(path))
                .filter_map(|index| answer(item, &format!("{path}.{index}"), filled))
                .collect(),
        )),
        (Control::Checkbox, entered) => Some(Value::Bool(matches!(
            entered,
            Some(ControlValue::Flag(true))
        ))),
        (Control::Checkboxes, entered) => ticked(question, entered),
        (Control::SelectMany, entered) => Some(Value::Array(chosen(question, entered)))
            .filter(|list| list != &Value::Array(Vec::new())),
        (Control::Radio | Control::Select, entered) => chosen(question, entered)
            .into_iter()
            .next()
            .map(|value| convert(value, question.answer_type)),
        (_, Some(ControlValue::Text(text))) => typed(question, text),
        _ => None,
    }
}

/// A list of the ticked options, or their texts with commas between where text is stored.
fn ticked(question: &Question, entered: Option<&ControlValue>) -> Option<Value> {
    let chosen = chosen(question, entered);
    match question.answer_type {
        AnswerType::List => Some(Value::Array(chosen)),
        AnswerType::Text if !chosen.is_empty() => {
            let texts: Vec<String> = chosen.iter().map(as_text).collect();
            Some(Value::String(texts.join(",")))
        }
        _ => None,
    }
}

fn typed(question: &Question, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return None;
    }
    match &question.control {
        Control::Number | Control::Integer => number(trimmed),
        Control::Date(format) | Control::Time(format) | Control::DateTime(format) => {
            dates::to_stored(trimmed, format)
        }
        _ => Some(convert(
            Value::String(text.to_owned()),
            question.answer_type,
        )),
    }
}

fn chosen(question: &Question, entered: Option<&ControlValue>) -> Vec<Value> {
    match entered {
        Some(ControlValue::Chosen(positions)) => question
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

fn convert(value: Value, answer_type: AnswerType) -> Value {
    match (answer_type, &value) {
        (AnswerType::Number | AnswerType::Integer, Value::String(text)) => {
            number(text.trim()).unwrap_or(value)
        }
        (AnswerType::Text, Value::Number(number)) => Value::String(number.to_string()),
        (AnswerType::Text, Value::Bool(is_set)) => Value::String(is_set.to_string()),
        (AnswerType::Flag, Value::String(text)) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => value,
        },
        _ => value,
    }
}
