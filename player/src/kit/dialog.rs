//! Questions in a dialog of the browser: it holds the focus, and Esc closes it.

use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use super::browser::document;
use super::buttons::{self, Action};
use super::element::{el, listen};

/// One answer of a question.
pub struct Answer {
    /// Id of its button.
    pub id: &'static str,
    pub label: &'static str,
    /// Classes of its button.
    pub class: &'static str,
    pub action: Action,
}

/// Whether a question is open.
pub fn is_open() -> bool {
    document()
        .query_selector("dialog[open]")
        .ok()
        .flatten()
        .is_some()
}

/// Asks, unless a question is open already. Esc is the first answer.
pub fn ask(title: &str, text: &str, answers: Vec<Answer>) {
    if is_open() {
        return;
    }
    let dialog = el("dialog")
        .class("player-dialog")
        .attr("aria-labelledby", "dialog-title");
    dialog.add(&el("h2").id("dialog-title").text(title));
    dialog.add(&el("p").text(text));
    let row = buttons::row();
    let Ok(element) = dialog.element().clone().dyn_into::<HtmlDialogElement>() else {
        return;
    };
    if let Some(first) = answers.first().map(|answer| answer.action.clone()) {
        let closing = element.clone();
        listen(dialog.element(), "cancel", move |event| {
            event.prevent_default();
            closing.close();
            closing.remove();
            first();
        });
    }
    for answer in answers {
        let closing = element.clone();
        let action = answer.action;
        row.add(
            &el("button")
                .attr("type", "button")
                .id(answer.id)
                .class(answer.class)
                .text(answer.label)
                .on("click", move |_| {
                    closing.close();
                    closing.remove();
                    action();
                }),
        );
    }
    dialog.add(&row);
    if let Some(body) = document().body() {
        dialog.append_to(&body);
        let _ = element.show_modal();
    }
}
