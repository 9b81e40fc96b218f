//! Which answers are accepted.

use std::collections::HashSet;

use serde_json::Value;

use super::answers::{Evaluation, chosen, is_same};
use super::{Control, ControlValue, Form, FormValues, Question, join};

/// Message at a question that needs an answer.
const REQUIRED: &str = "Please answer this question.";

impl Form {
    /// Faults by path, in the order of the page. `matches` says whether a pattern fits a text.
    pub fn check(
        &self,
        filled: &FormValues,
        matches: &dyn Fn(&str, &str) -> bool,
    ) -> Vec<(String, String)> {
        let mut checks = Checks {
            filled,
            state: Evaluation::new(filled),
            matches,
            faults: Vec::new(),
        };
        checks.all(&self.questions, "");
        checks.faults
    }
}

/// What is known while a form is checked.
struct Checks<'a> {
    filled: &'a FormValues,
    state: Evaluation<'a>,
    matches: &'a dyn Fn(&str, &str) -> bool,
    faults: Vec<(String, String)>,
}

impl<'a> Checks<'a> {
    fn all(&mut self, questions: &'a [Question], path: &str) {
        for question in questions {
            if self.state.shows(questions, path, &question.name) {
                self.one(question, &join(path, &question.name));
            }
        }
    }

    fn one(&mut self, question: &'a Question, path: &str) {
        match &question.control {
            Control::Group(children) => return self.all(children, path),
            Control::Hidden => return,
            _ => {}
        }
        let rules = &question.rules;
        let answer = self.state.answer(question, path);
        let entered = self.filled.get(path);
        let raw = match entered {
            Some(ControlValue::Text(text)) => text.trim(),
            _ => "",
        };
        let faults = &mut self.faults;
        let mut fault = |message: String| faults.push((path.to_owned(), message));
        if is_empty(question, answer.as_ref()) && raw.is_empty() {
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
        match &question.control {
            Control::Number | Control::Integer => check_number(question, raw, &mut fault),
            Control::Line(_) | Control::Paragraphs => {
                check_text(question, raw, self.matches, &mut fault);
            }
            Control::Date(_) | Control::Time(_) | Control::DateTime(_) if answer.is_none() => {
                fault("Please check this date or time.".to_owned());
            }
            Control::SelectMany | Control::Checkboxes => {
                check_count(question, &chosen(question, entered), "options", &mut fault);
            }
            Control::List(item) => {
                let entries = answer.as_ref().and_then(Value::as_array).map(Vec::as_slice);
                check_count(question, entries.unwrap_or_default(), "entries", &mut fault);
                for index in 0..self.filled.count(path) {
                    self.one(item, &format!("{path}.{index}"));
                }
            }
            _ => {}
        }
        let is_disallowed = |answer| rules.disallowed.iter().any(|value| is_same(value, answer));
        if answer.as_ref().is_some_and(is_disallowed) {
            self.faults.push((
                path.to_owned(),
                "Please give another answer; this one is not possible.".to_owned(),
            ));
        }
    }
}

fn is_empty(question: &Question, answer: Option<&Value>) -> bool {
    match answer {
        None => true,
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(is_set)) => {
            !is_set && question.control == Control::Checkbox && question.rules.is_required
        }
        Some(_) => false,
    }
}

fn check_number(question: &Question, raw: &str, fault: &mut dyn FnMut(String)) {
    let rules = &question.rules;
    let number = raw.parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(number) = number else {
        return fault("Please enter a number.".to_owned());
    };
    if question.control == Control::Integer && number.fract() != 0.0 {
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
    question: &Question,
    raw: &str,
    matches: &dyn Fn(&str, &str) -> bool,
    fault: &mut dyn FnMut(String),
) {
    let rules = &question.rules;
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
    } else if rules.is_email && domain::accounts::EmailAddress::parse(raw).is_none() {
        fault("Please enter an email address, such as name@example.org.".to_owned());
    } else if rules
        .pattern
        .as_ref()
        .is_some_and(|pattern| !matches(pattern, raw))
    {
        fault("Please check the form of this answer.".to_owned());
    }
}

fn check_count(question: &Question, values: &[Value], noun: &str, fault: &mut dyn FnMut(String)) {
    let rules = &question.rules;
    let are_unique = || {
        let texts: HashSet<String> = values.iter().map(Value::to_string).collect();
        texts.len() == values.len()
    };
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
    } else if rules.has_unique_items && !are_unique() {
        fault("Please give different answers here; two are the same.".to_owned());
    }
}
