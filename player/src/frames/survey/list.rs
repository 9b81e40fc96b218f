//! A question that is a list: entries can be added and removed.

use std::rc::Rc;

use protocol::survey::{Entered, Field};
use web_sys::Element;

use super::question;
use super::screen::{Survey, part_id};
use crate::kit::browser::document;
use crate::kit::element::{El, el, focus};

pub fn draw(survey: &Rc<Survey>, item: &Field, path: &str, holder: &El) {
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
                let one_more = Entered::Count(count + 1);
                survey.answering.enter(&path, one_more);
                draw_entries(&survey, &item, &path, &entries);
                let control = part_id(&format!("{path}.{count}"), "control");
                if let Some(control) = document().get_element_by_id(&control) {
                    focus(&control);
                }
            }),
    );
}

fn draw_entries(survey: &Rc<Survey>, item: &Field, path: &str, parent: &Element) {
    parent.set_inner_html("");
    let count = survey.answering.filled.borrow().count(path);
    for index in 0..count {
        let row = el("div").class("survey-list-entry");
        let mut named = item.clone();
        if named.label.is_empty() {
            named.label = format!("Entry {}", index + 1);
        }
        row.add(&question::draw(survey, &named, &format!("{path}.{index}")));
        row.add(&remove_button(survey, item, path, index, parent));
        row.append_to(parent);
    }
    survey.show_and_hide();
}

fn remove_button(
    survey: &Rc<Survey>,
    item: &Field,
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
