//! The controls into which families enter answers. Each begins with what was entered before, and
//! tells the form of every change.

use std::rc::Rc;

use protocol::survey::{Control, ControlValue, Question};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use super::screen::{Survey, part_id};
use crate::kit::element::{El, el, is_checked, set_checked, target_of, value_of};
use crate::kit::fields::choice;

/// A control into which something is typed: a line, several lines, a number, a date.
pub fn text(survey: &Rc<Survey>, question: &Question, path: &str) -> El {
    let input = |kind: &str| el("input").attr("type", kind);
    let control = match &question.control {
        Control::Line(kind) => input(kind).attr("placeholder", &question.placeholder),
        Control::Paragraphs => el("textarea")
            .attr("rows", &question.rows.to_string())
            .attr("placeholder", &question.placeholder),
        Control::Date(_) => input("date"),
        Control::Time(_) => input("time").attr("step", "1"),
        Control::DateTime(_) => input("datetime-local").attr("step", "1"),
        _ => number(question),
    };
    let entered = match survey.answering.filled.borrow().get(path) {
        Some(ControlValue::Text(text)) => text.clone(),
        _ => String::new(),
    };
    if let Some(input) = control.element().dyn_ref::<HtmlInputElement>() {
        input.set_value(&entered);
    } else if let Some(area) = control.element().dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(&entered);
    }
    let (survey, path) = (survey.clone(), path.to_owned());
    control.on("input", move |event| {
        survey.enter(
            &path,
            ControlValue::Text(value_of(&event).unwrap_or_default()),
        );
    })
}

fn number(question: &Question) -> El {
    let is_whole = question.control == Control::Integer || question.is_digits_only;
    let input = el("input")
        .attr("type", "text")
        .attr("inputmode", if is_whole { "numeric" } else { "decimal" })
        .attr("placeholder", &question.placeholder);
    if question.is_digits_only {
        digits_only(input)
    } else {
        input
    }
}

/// Keeps everything but digits out of an input.
fn digits_only(input: El) -> El {
    input.on("input", |event| {
        let input = target_of(&event).and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            let digits: String = input.value().chars().filter(char::is_ascii_digit).collect();
            if digits != input.value() {
                input.set_value(&digits);
            }
        }
    })
}

/// A single check box.
pub fn check_box(survey: &Rc<Survey>, path: &str) -> El {
    let is_on = matches!(
        survey.answering.filled.borrow().get(path),
        Some(ControlValue::Flag(true))
    );
    let (survey, path) = (survey.clone(), path.to_owned());
    let input = el("input")
        .attr("type", "checkbox")
        .on("change", move |event| {
            survey.enter(&path, ControlValue::Flag(is_checked(&event)));
        });
    set_checked(input.element(), is_on);
    input
}

/// Positions of the options that are chosen.
fn chosen(survey: &Survey, path: &str) -> Vec<usize> {
    match survey.answering.filled.borrow().get(path) {
        Some(ControlValue::Chosen(positions)) => positions.clone(),
        _ => Vec::new(),
    }
}

/// A list to choose from.
pub fn select(survey: &Rc<Survey>, question: &Question, path: &str) -> El {
    let is_many = question.control == Control::SelectMany;
    let control = el("select").flag("multiple", is_many);
    let chosen = chosen(survey, path);
    // Without a "none" option an untouched list must not look answered.
    if !is_many {
        control.add(
            &el("option")
                .attr("value", "")
                .text(question.none_label.as_deref().unwrap_or("Please choose")),
        );
    }
    for (position, option) in question.options.iter().enumerate() {
        control.add(
            &el("option")
                .attr("value", &position.to_string())
                .flag("selected", chosen.contains(&position))
                .html(&option.label),
        );
    }
    let (survey, path) = (survey.clone(), path.to_owned());
    control.on("change", move |event| {
        let Some(select) =
            target_of(&event).and_then(|target| target.dyn_into::<HtmlSelectElement>().ok())
        else {
            return;
        };
        let options = select.selected_options();
        let positions = (0..options.length())
            .filter_map(|index| options.item(index)?.get_attribute("value")?.parse().ok())
            .collect();
        survey.enter(&path, ControlValue::Chosen(positions));
    })
}

/// Radio buttons or check boxes, one for each option.
pub fn options(survey: &Rc<Survey>, question: &Question, path: &str) -> El {
    let is_scale = scale_ends(question, path).is_some();
    let group = el("div").class(if question.is_vertical && !is_scale {
        "choice-list"
    } else {
        "choice-list inline"
    });
    let none = question.none_label.iter().map(|label| (None, label));
    let options = question
        .options
        .iter()
        .enumerate()
        .map(|(position, option)| (Some(position), &option.label));
    for (position, label) in none.chain(options) {
        let input = option(survey, question, path, position);
        group.add(&choice(&input, el("span").html(label)));
    }
    match scale_ends(question, path) {
        Some((left, right)) => el("div")
            .class("scale")
            .with(&left)
            .with(&group)
            .with(&right),
        None => group,
    }
}

/// What stands at the two ends of a scale.
fn scale_ends(question: &Question, path: &str) -> Option<(El, El)> {
    let (left, right) = (&question.left_label, &question.right_label);
    let is_scale = question.control == Control::Radio && !(left.is_empty() && right.is_empty());
    let end = |class: &str, words: &str| {
        let id = part_id(path, class);
        el("span").class(class).id(&id).html(words)
    };
    is_scale.then(|| (end("label-left", left), end("label-right", right)))
}

/// Ids of what describes an option: the ends of its scale, and what is wrong.
fn described(question: &Question, path: &str) -> String {
    let error = part_id(path, "error");
    match scale_ends(question, path) {
        Some(_) => {
            let (left, right) = (part_id(path, "label-left"), part_id(path, "label-right"));
            format!("{left} {right} {error}")
        }
        None => error,
    }
}

/// The button or box of one option; without a position it answers nothing.
fn option(survey: &Rc<Survey>, question: &Question, path: &str, position: Option<usize>) -> El {
    let is_radio = question.control == Control::Radio;
    let input = el("input")
        .attr("type", if is_radio { "radio" } else { "checkbox" })
        .attr("name", path)
        .attr("aria-describedby", &described(question, path))
        .flag("disabled", question.is_disabled);
    let is_on = position.is_some_and(|position| chosen(survey, path).contains(&position));
    set_checked(input.element(), is_on);
    let (survey, path) = (survey.clone(), path.to_owned());
    input.on("change", move |event| {
        let positions = match position {
            None => Vec::new(),
            Some(position) if is_radio => vec![position],
            Some(position) => {
                let mut positions = chosen(&survey, &path);
                positions.retain(|other| *other != position);
                if is_checked(&event) {
                    positions.push(position);
                }
                positions
            }
        };
        survey.enter(&path, ControlValue::Chosen(positions));
    })
}
