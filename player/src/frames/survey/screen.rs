//! A form on the screen: which of its questions are shown, and what is wrong with their answers.

use std::rc::Rc;

use protocol::survey::{Control, ControlValue, Question, is_shown, join};
use wasm_bindgen::JsCast;
use web_sys::{Element, NodeList};

use super::answering::{Answering, Fault};
use crate::kit::browser::document;
use crate::kit::element::{El, focus, set_flag};
use crate::kit::fields::show_error;
use crate::stage::Stage;

/// Id of an element of a question: its `field`, `control`, `error`, or `help` with a number.
pub fn part_id(path: &str, part: &str) -> String {
    format!("survey-{path}-{part}")
}

pub struct Survey {
    pub answering: Answering,
    root: El,
}

impl Survey {
    pub fn new(answering: Answering, root: El) -> Self {
        Self { answering, root }
    }

    /// Goes on, or shows what is wrong.
    pub fn go_on(&self, stage: &Rc<dyn Stage>) {
        let faults = self.answering.go_on(stage, &matches);
        self.show_faults(&faults);
    }

    pub fn enter(&self, path: &str, entered: ControlValue) {
        self.answering.enter(path, entered);
        self.show_and_hide();
        // A message that no longer holds goes at once; new ones wait for the button.
        let faults = self.answering.check(&matches);
        if !faults.iter().any(|(at, _)| at == path) {
            show_fault(path, "");
        }
    }

    /// Shows questions that the answers ask for, and hides the others.
    pub fn show_and_hide(&self) {
        self.show_and_hide_in(&self.answering.form.questions, "");
    }

    fn show_and_hide_in(&self, questions: &[Question], path: &str) {
        for question in questions {
            let at = join(path, &question.name);
            let is_shown = is_shown(
                questions,
                path,
                &question.name,
                &self.answering.filled.borrow(),
            );
            if let Some(holder) = self.holder_of(&at) {
                set_flag(&holder, "hidden", !is_shown);
            }
            if let Control::Group(children) = &question.control {
                self.show_and_hide_in(children, &at);
            }
        }
    }

    /// The element of a question, which is not in the document while the form is being drawn.
    fn holder_of(&self, path: &str) -> Option<Element> {
        let id = part_id(path, "field");
        document().get_element_by_id(&id).or_else(|| {
            let root = self.root.element();
            root.query_selector(&format!("[id='{id}']")).ok().flatten()
        })
    }

    /// Shows what is wrong in place of what was wrong before, and leads to the first fault.
    fn show_faults(&self, faults: &[Fault]) {
        let lines = self.root.element().query_selector_all(".field-error").ok();
        for index in 0..lines.as_ref().map_or(0, NodeList::length) {
            if let Some(line) = lines
                .as_ref()
                .and_then(|lines| lines.get(index))
                .and_then(|line| line.dyn_into::<Element>().ok())
            {
                set_flag(&line, "hidden", true);
            }
        }
        for (path, message) in faults.iter().rev() {
            show_fault(path, message);
        }
        let Some((first, _)) = faults.first() else {
            return;
        };
        let holder = document().get_element_by_id(&part_id(first, "field"));
        let control = holder.as_ref().and_then(|holder| {
            holder
                .query_selector("input, select, textarea")
                .ok()
                .flatten()
        });
        if let Some(element) = control.or(holder) {
            focus(&element);
        }
    }
}

fn show_fault(path: &str, message: &str) {
    show_error(&part_id(path, "error"), message);
    if let Some(control) = document().get_element_by_id(&part_id(path, "control")) {
        let _ = if message.is_empty() {
            control.remove_attribute("aria-invalid")
        } else {
            control.set_attribute("aria-invalid", "true")
        };
    }
}

/// Whether a browser's regular expression fits a text. An expression that is none accepts
/// everything.
fn matches(pattern: &str, text: &str) -> bool {
    let Ok(constructor) = js_sys::Reflect::get(&js_sys::global(), &"RegExp".into())
        .and_then(JsCast::dyn_into::<js_sys::Function>)
    else {
        return true;
    };
    let Ok(expression) =
        js_sys::Reflect::construct(&constructor, &js_sys::Array::of1(&pattern.into()))
    else {
        return true;
    };
    expression
        .dyn_into::<js_sys::RegExp>()
        .map_or(true, |expression| expression.test(text))
}
