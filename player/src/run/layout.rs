//! What stands around every frame: progress, the state of saving, and the button that stops.

use domain::responses::RunDocument;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::delivery::DeliveryState;
use crate::kit::browser::document;
use crate::kit::element::{El, el, set_flag};
use crate::kit::notice::container;

pub struct Layout {
    /// Where frames are drawn.
    pub area: Element,
    progress: Element,
}

impl Layout {
    /// Replaces what is on the screen.
    pub fn build(run: &RunDocument) -> Self {
        let area = el("div").class("player-stage");
        let progress = el("div")
            .class("player-progress")
            .attr("role", "progressbar")
            .attr("aria-label", "Progress")
            .attr("aria-valuemin", "0")
            .attr("aria-valuemax", "100")
            .with(&el("span"));
        let bar = el("div")
            .class("player-bar")
            .with(&if run.is_preview {
                preview_label(run.response.is_some())
            } else {
                saving_line()
            })
            .with(
                &el("button")
                    .attr("type", "button")
                    .id("stop-button")
                    .class("player-quiet")
                    .text("Stop"),
            );
        if let Some(root) = container() {
            root.set_inner_html("");
            progress.append_to(&root);
            area.append_to(&root);
            bar.append_to(&root);
        }
        Self {
            area: area.element().clone(),
            progress: progress.element().clone(),
        }
    }

    /// Shows how much of the run is done, from 0 to 1.
    pub fn show_progress(&self, share: f64) {
        let percent = format!("{:.0}", share * 100.0);
        let _ = self.progress.set_attribute("aria-valuenow", &percent);
        if let Some(line) = self
            .progress
            .first_element_child()
            .and_then(|line| line.dyn_into::<HtmlElement>().ok())
        {
            let _ = line
                .style()
                .set_property("inline-size", &format!("{percent}%"));
        }
    }
}

pub fn stop_button() -> Option<Element> {
    document().get_element_by_id("stop-button")
}

pub fn show_stop_button(is_shown: bool) {
    if let Some(button) = stop_button() {
        set_flag(&button, "hidden", !is_shown);
    }
}

fn preview_label(is_stored: bool) -> El {
    el("span").class("player-preview").text(if is_stored {
        "Preview: kept apart from families\u{2019} answers"
    } else {
        "Preview: nothing is stored"
    })
}

fn saving_line() -> El {
    el("span")
        .class("player-saving")
        .id("saving")
        .attr("role", "status")
        .with(&el("span").class("player-dot").attr("aria-hidden", "true"))
        .with(&el("span").class("player-saving-words"))
}

/// Tells the family how saving stands. A preview has no line for it.
pub fn show_saving(state: DeliveryState) {
    let Some(line) = document().get_element_by_id("saving") else {
        return;
    };
    let words = match state {
        DeliveryState::Saved => "Saved",
        DeliveryState::Sending => "Saving\u{2026}",
        DeliveryState::Waiting => "Offline. Your answers are kept on this device and sent later.",
        DeliveryState::Risky => {
            "Offline. Please keep this page open until it says \u{201c}Saved\u{201d}."
        }
        DeliveryState::Refused => {
            "Some of what was recorded is too large to be sent. It is kept on this device. Please \
             tell the researchers."
        }
        DeliveryState::Ended => "This page has expired. New answers are kept on this device only.",
    };
    let style = match state {
        // Nothing is lost, but nothing is sent either: it looks the same.
        DeliveryState::Ended | DeliveryState::Refused => DeliveryState::Waiting,
        other => other,
    };
    let _ = line.set_attribute("data-state", style.as_str());
    if let Ok(Some(label)) = line.query_selector(".player-saving-words") {
        label.set_text_content(Some(words));
    }
}
