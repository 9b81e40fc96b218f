//! One question: its label, help, control and the line that says what is wrong. Questions with
//! several controls are groups with a legend, the others have a label.

use std::rc::Rc;

use protocol::survey::{Control, ControlValue, Question, join};
use web_sys::Element;

use super::controls;
use super::screen::{Survey, part_id};
use crate::kit::browser::document;
use crate::kit::element::{El, el, focus};
use crate::kit::fields::{choice, error_line};

pub fn draw_all(survey: &Rc<Survey>, questions: &[Question], path: &str, parent: &Element) {
    for question in questions {
        draw(survey, question, &join(path, &question.name)).append_to(parent);
    }
}

pub fn draw(survey: &Rc<Survey>, question: &Question, path: &str) -> El {
    let is_group = matches!(
        question.control,
        Control::Radio
            | Control::Checkboxes
            | Control::Checkbox
            | Control::Group(_)
            | Control::List(_)
    );
    let holder = el(if is_group { "fieldset" } else { "div" })
        .class("field")
        .class(&question.class)
        .id(&part_id(path, "field"))
        .attr("data-name", &question.name);
    if matches!(question.control, Control::Hidden) {
        return holder.attr("hidden", "");
    }
    if !question.label.is_empty() {
        let label = if is_group {
            el("legend")
        } else {
            el("label").attr("for", &part_id(path, "control"))
        };
        holder.add(&label.html(&question.label));
    }
    for (index, helper) in question.helpers.iter().enumerate() {
        holder.add(
            &el("p")
                .class("help help-block")
                .id(&part_id(path, &format!("help{index}")))
                .html(helper),
        );
    }
    draw_control(survey, question, path, &holder);
    holder.add(&error_line(&part_id(path, "error")));
    holder
}

fn draw_control(survey: &Rc<Survey>, question: &Question, path: &str, holder: &El) {
    match &question.control {
        Control::Radio | Control::Checkboxes => {
            holder.add(&controls::options(survey, question, path));
        }
        Control::Checkbox => {
            let words = if question.right_label.is_empty() {
                &question.label
            } else {
                &question.right_label
            };
            let input = with_attributes(controls::check_box(survey, path), question, path);
            holder.add(&choice(&input, el("span").html(words)));
        }
        Control::Group(children) => draw_all(survey, children, path, holder.element()),
        Control::List(item) => draw_list(survey, item, path, holder),
        Control::Hidden => {}
        Control::Select | Control::SelectMany => {
            let control = controls::select(survey, question, path);
            holder.add(&with_attributes(control, question, path));
        }
        Control::Line(_)
        | Control::Paragraphs
        | Control::Number
        | Control::Integer
        | Control::Date(_)
        | Control::Time(_)
        | Control::DateTime(_) => {
            let control = controls::text(survey, question, path);
            holder.add(&with_attributes(control, question, path));
        }
    }
}

/// What every control that stands alone has: name, state, and its ties to label, help and error.
fn with_attributes(control: El, question: &Question, path: &str) -> El {
    let described = (0..question.helpers.len())
        .map(|index| part_id(path, &format!("help{index}")))
        .chain([part_id(path, "error")])
        .collect::<Vec<_>>()
        .join(" ");
    let control = control
        .id(&part_id(path, "control"))
        .attr("name", path)
        .attr("aria-describedby", &described)
        .flag("disabled", question.is_disabled);
    let control = if question.rules.is_required || question.rules.required_message.is_some() {
        control.attr("aria-required", "true")
    } else {
        control
    };
    if question.label.is_empty() {
        control.attr("aria-label", &question.name)
    } else {
        control
    }
}

/// A question that is a list: entries can be added and removed.
fn draw_list(survey: &Rc<Survey>, item: &Question, path: &str, holder: &El) {
    let entries = el("div").class("survey-list");
    draw_entries(survey, item, path, entries.element());
    holder.add(&entries);
    let (survey, item) = (survey.clone(), item.clone());
    let (path, entries) = (path.to_owned(), entries.element().clone());
    holder.add(
        &el("button")
            .attr("type", "button")
            .class("player-button plain small")
            .text("Add another")
            .on("click", move |_| {
                let count = survey.answering.filled.borrow().count(&path);
                let one_more = ControlValue::Count(count + 1);
                survey.answering.enter(&path, one_more);
                draw_entries(&survey, &item, &path, &entries);
                let control = part_id(&format!("{path}.{count}"), "control");
                if let Some(control) = document().get_element_by_id(&control) {
                    focus(&control);
                }
            }),
    );
}

fn draw_entries(survey: &Rc<Survey>, item: &Question, path: &str, parent: &Element) {
    parent.set_inner_html("");
    let count = survey.answering.filled.borrow().count(path);
    for index in 0..count {
        let row = el("div").class("survey-list-entry");
        let mut named = item.clone();
        if named.label.is_empty() {
            named.label = format!("Entry {}", index + 1);
        }
        row.add(&draw(survey, &named, &format!("{path}.{index}")));
        row.add(&remove_button(survey, item, path, index, parent));
        row.append_to(parent);
    }
    survey.show_and_hide();
}

fn remove_button(
    survey: &Rc<Survey>,
    item: &Question,
    path: &str,
    index: usize,
    parent: &Element,
) -> El {
    let (survey, item) = (survey.clone(), item.clone());
    let (path, parent) = (path.to_owned(), parent.clone());
    el("button")
        .attr("type", "button")
        .class("player-quiet")
        .text("Remove")
        .attr("aria-label", &format!("Remove entry {}", index + 1))
        .on("click", move |_| {
            survey
                .answering
                .filled
                .borrow_mut()
                .remove_item(&path, index);
            draw_entries(&survey, &item, &path, &parent);
        })
}
