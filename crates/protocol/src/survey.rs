//! Survey forms: the part of AlpacaJS that published studies use
//! (`docs/reference/survey-forms.md`).
//!
//! A [`Form`] is what the page draws, a [`FormValues`] what the family entered so far; visibility,
//! checks and answers are functions of the two. Regular expressions are the browser's business and
//! come in as a function.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

mod answers;
mod begin;
mod check;
mod dates;
mod read;
#[cfg(test)]
mod tests;

pub use answers::is_shown;

/// A form as it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    /// Heading, trusted HTML of the researcher.
    pub title: String,
    /// Text under the heading, trusted HTML.
    pub description: String,
    /// The questions in the order in which they are shown.
    pub questions: Vec<Question>,
}

/// How an answer is entered.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// One line; the browser's input type: `text`, `email`, `tel`, `url`, `password`, `search`,
    /// `color`.
    Line(&'static str),
    /// A text of several lines.
    Paragraphs,
    /// A number with a decimal point.
    Number,
    /// A whole number.
    Integer,
    /// A calendar day, stored in the given display format.
    Date(String),
    /// A time of day, stored in the given display format.
    Time(String),
    /// A day with a time, stored in the given display format.
    DateTime(String),
    /// One of the options, all visible.
    Radio,
    /// One of the options, in a list to open.
    Select,
    /// Several of the options, in a list.
    SelectMany,
    /// Several of the options, all visible.
    Checkboxes,
    /// One box to tick.
    Checkbox,
    /// Nothing: the default is stored.
    Hidden,
    /// A group of questions.
    Group(Vec<Question>),
    /// A list to which entries can be added.
    List(Box<Question>),
}

/// The type to which an answer is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerType {
    /// Text, also for unknown types.
    Text,
    /// A number.
    Number,
    /// A number; the form refuses parts of one.
    Integer,
    /// `true` or `false`.
    Flag,
    /// A list of answers.
    List,
    /// The answers of a group by name.
    Object,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerOption {
    /// The value as the researcher wrote it.
    pub value: Value,
    /// What is shown, trusted HTML.
    pub label: String,
}

/// A question, or a group or list of questions.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Name in the answers.
    pub name: String,
    /// How it is entered.
    pub control: Control,
    /// How it is stored.
    pub answer_type: AnswerType,
    /// The question, trusted HTML.
    pub label: String,
    /// Words under the question, trusted HTML.
    pub helpers: Vec<String>,
    /// Label at the left end of a scale of radio buttons, trusted HTML.
    pub left_label: String,
    /// Label at the right end of such a scale or of a single check box, trusted HTML.
    pub right_label: String,
    /// Placeholder of the empty control.
    pub placeholder: String,
    /// Class for styling, such as `aligned-radio-group`.
    pub class: String,
    /// Options of a choice, in the order in which they are shown.
    pub options: Vec<AnswerOption>,
    /// Label of the option that answers nothing, where there is one.
    pub none_label: Option<String>,
    /// Whether options stand below each other.
    pub is_vertical: bool,
    /// Whether it can't be changed.
    pub is_disabled: bool,
    /// Rows of a text of several lines.
    pub rows: u32,
    /// Whether only digits can be typed.
    pub is_digits_only: bool,
    /// Answer to begin with.
    pub default: Option<Value>,
    /// What must hold for the answer.
    pub rules: Rules,
    /// Fields that decide whether this one is shown: name, and the values of which it must have
    /// one; `None` for any.
    pub depends_on: Vec<(String, Option<Vec<Value>>)>,
}

/// What must hold for an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Whether an answer is needed.
    pub is_required: bool,
    /// Message of the `required-field` validator, which needs an answer too; empty for the fixed
    /// message.
    pub required_message: Option<String>,
    /// Smallest number, and whether it is itself excluded.
    pub minimum: Option<(f64, bool)>,
    /// Largest number, and whether it is itself excluded.
    pub maximum: Option<(f64, bool)>,
    /// The number must be a multiple of this.
    pub multiple_of: Option<f64>,
    /// Fewest characters.
    pub min_length: Option<usize>,
    /// Most characters.
    pub max_length: Option<usize>,
    /// Regular expression in the browser's syntax.
    pub pattern: Option<String>,
    /// Whether the text must look like an email address.
    pub is_email: bool,
    /// Fewest entries of a list or of chosen options.
    pub min_items: Option<usize>,
    /// Most entries of a list or of chosen options.
    pub max_items: Option<usize>,
    /// Whether entries must differ.
    pub has_unique_items: bool,
    /// Values that are not accepted.
    pub disallowed: Vec<Value>,
}

/// What a family entered in one control.
#[derive(Clone, Debug, PartialEq)]
pub enum ControlValue {
    /// Typed text; dates as `YYYY-MM-DD`, times as `HH:MM` or `HH:MM:SS`, both with `T` between.
    Text(String),
    /// A single check box.
    Flag(bool),
    /// Positions of chosen options.
    Chosen(Vec<usize>),
    /// How many entries a list has.
    Count(usize),
}

/// Everything entered, by path: `count`, `group.name`, `list.0`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormValues(BTreeMap<String, ControlValue>);

impl FormValues {
    /// Keeps what was entered at a path, instead of what was there.
    pub fn set(&mut self, path: &str, entered: ControlValue) {
        self.0.insert(path.to_owned(), entered);
    }

    /// What was entered at a path.
    pub fn get(&self, path: &str) -> Option<&ControlValue> {
        self.0.get(path)
    }

    /// Number of entries of the list at a path; 0 where there is no list.
    pub fn count(&self, path: &str) -> usize {
        match self.get(path) {
            Some(ControlValue::Count(count)) => *count,
            _ => 0,
        }
    }

    /// Takes one entry out of a list and moves the later ones up.
    pub fn remove_item(&mut self, path: &str, index: usize) {
        let count = self.count(path);
        if index >= count {
            return;
        }
        let belongs = |key: &str, item: usize| {
            let prefix = format!("{path}.{item}");
            key == prefix || key.starts_with(&format!("{prefix}."))
        };
        self.0.retain(|key, _| !belongs(key, index));
        for item in index + 1..count {
            let keys: Vec<String> = self
                .0
                .keys()
                .filter(|key| belongs(key, item))
                .cloned()
                .collect();
            for key in keys {
                if let Some(entered) = self.0.remove(&key) {
                    let rest = key
                        .get(format!("{path}.{item}").len()..)
                        .unwrap_or_default();
                    self.0.insert(format!("{path}.{}{rest}", item - 1), entered);
                }
            }
        }
        self.set(path, ControlValue::Count(count - 1));
    }
}

/// The path of a name inside a group; at the top, the name itself.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

impl Form {
    /// Reads a `formSchema`. The second part lists what the page can't draw as asked, for the
    /// researcher.
    pub fn read(form_schema: &Map<String, Value>) -> (Self, Vec<String>) {
        read::form(form_schema)
    }
}
