//! Which questions are shown, and what is stored of them. The two need each other: a question is
//! shown because of another one's answer, and only shown questions are stored.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{AnswerType, Control, ControlValue, Form, FormValues, Question, dates, join};

/// Most questions that depend on each other in a row. Those at the end of a longer row are never
/// shown.
const LONGEST_ROW: usize = 100;

impl Form {
    /// Whether the question at a top-level name is shown.
    pub fn shows(&self, name: &str, filled: &FormValues) -> bool {
        is_shown(&self.questions, "", name, filled)
    }

    /// The answers to store: hidden questions and empty answers are absent.
    pub fn answers(&self, filled: &FormValues) -> Map<String, Value> {
        Evaluation::new(filled).answers(&self.questions, "")
    }
}

/// Whether a question among `questions` is shown: those it depends on are shown and have a suitable
/// answer.
pub fn is_shown(questions: &[Question], path: &str, name: &str, filled: &FormValues) -> bool {
    Evaluation::new(filled).shows(questions, path, name)
}

/// A question where it stands: one question of a list stands at many paths.
type At = (*const Question, String);

/// One state of a form. What is shown and answered is worked out once for each question, as
/// questions may depend on each other in more ways than could be walked.
pub(super) struct Evaluation<'a> {
    filled: &'a FormValues,
    names: HashMap<*const Question, HashMap<&'a str, &'a Question>>,
    /// `None` while it is being worked out.
    shown: HashMap<At, Option<bool>>,
    answers: HashMap<At, Option<Value>>,
    depth: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(filled: &'a FormValues) -> Self {
        Self {
            filled,
            names: HashMap::new(),
            shown: HashMap::new(),
            answers: HashMap::new(),
            depth: 0,
        }
    }

    fn find(&mut self, questions: &'a [Question], name: &str) -> Option<&'a Question> {
        let names = self.names.entry(questions.as_ptr()).or_insert_with(|| {
            let questions = questions.iter();
            questions
                .map(|question| (question.name.as_str(), question))
                .collect()
        });
        names.get(name).copied()
    }

    pub(super) fn shows(&mut self, questions: &'a [Question], path: &str, name: &str) -> bool {
        let Some(question) = self.find(questions, name) else {
            return false;
        };
        let at: At = (question, path.to_owned());
        if let Some(known) = self.shown.get(&at) {
            // Questions that depend on each other in a circle are never shown, as nothing could
            // ever open them.
            return known.unwrap_or(false);
        }
        self.shown.insert(at.clone(), None);
        self.depth += 1;
        let is_shown = self.depth <= LONGEST_ROW
            && question
                .depends_on
                .iter()
                .all(|(other, wanted)| self.suits(questions, path, other, wanted.as_deref()));
        self.depth -= 1;
        self.shown.insert(at, Some(is_shown));
        is_shown
    }

    /// Whether another question is shown and has one of the wanted answers; any, if none is named.
    fn suits(
        &mut self,
        questions: &'a [Question],
        path: &str,
        other: &str,
        wanted: Option<&[Value]>,
    ) -> bool {
        let Some(question) = self.find(questions, other) else {
            return true;
        };
        if !self.shows(questions, path, other) {
            return false;
        }
        let answer = self.answer(question, &join(path, other));
        match (wanted, answer) {
            (_, None) => false,
            (Some(values), Some(Value::Array(chosen))) => {
                let wanted: HashSet<String> = values.iter().map(as_text).collect();
                chosen
                    .iter()
                    .any(|chosen| wanted.contains(&as_text(chosen)))
            }
            (Some(values), Some(answer)) => values.iter().any(|value| is_same(value, &answer)),
            (None, Some(Value::Bool(is_set))) => is_set,
            (None, Some(Value::Array(chosen))) => !chosen.is_empty(),
            (None, Some(_)) => true,
        }
    }

    fn answers(&mut self, questions: &'a [Question], path: &str) -> Map<String, Value> {
        let mut answers = Map::new();
        for question in questions {
            if self.shows(questions, path, &question.name) {
                let answer = self.answer(question, &join(path, &question.name));
                answers.extend(answer.map(|answer| (question.name.clone(), answer)));
            }
        }
        answers
    }

    /// The answer to one question, as `formData` stores it (`docs/reference/survey-forms.md`);
    /// `None` when it is absent.
    pub(super) fn answer(&mut self, question: &'a Question, path: &str) -> Option<Value> {
        let at: At = (question, path.to_owned());
        if let Some(known) = self.answers.get(&at) {
            return known.clone();
        }
        let answer = match &question.control {
            Control::Group(children) => Some(Value::Object(self.answers(children, path))),
            Control::List(item) => Some(Value::Array(
                (0..self.filled.count(path))
                    .filter_map(|index| self.answer(item, &format!("{path}.{index}")))
                    .collect(),
            )),
            _ => simple_answer(question, self.filled.get(path)),
        };
        self.answers.insert(at, answer.clone());
        answer
    }
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

/// The answer to a question that is neither a group nor a list.
fn simple_answer(question: &Question, entered: Option<&ControlValue>) -> Option<Value> {
    match (&question.control, entered) {
        (Control::Hidden, _) => question.default.clone(),
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

/// The values of the chosen options, in the order in which the options stand.
pub(super) fn chosen(question: &Question, entered: Option<&ControlValue>) -> Vec<Value> {
    let Some(ControlValue::Chosen(positions)) = entered else {
        return Vec::new();
    };
    let mut positions = positions.clone();
    positions.sort_unstable();
    positions.dedup();
    positions
        .into_iter()
        .filter_map(|position| question.options.get(position))
        .map(|choice| choice.value.clone())
        .collect()
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
