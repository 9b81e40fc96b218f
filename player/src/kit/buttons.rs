//! The row of buttons below a page.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::browser::sleep;
use super::element::{El, el};

/// What a button does, where several things hold it.
pub type Action = Rc<dyn Fn()>;

/// How long new buttons take no click of a pointer, in milliseconds.
const REST_MS: i32 = 250;

/// A row of buttons that rests for a moment: the second click of a double click was meant for the
/// page before, whose button was in the same place. Keys find them at once.
pub fn row() -> El {
    let row = el("div").class("player-buttons is-resting");
    let element = row.element().clone();
    spawn_local(async move {
        sleep(REST_MS).await;
        let _ = element.class_list().remove_1("is-resting");
    });
    row
}

/// The button that goes on, whose label is trusted HTML, and in front of it the way back where
/// there is one.
pub fn buttons(next_label: &str, mut next: impl FnMut() + 'static, previous: Option<Action>) -> El {
    let row = row();
    if let Some(previous) = previous {
        row.add(
            &el("button")
                .attr("type", "button")
                .id("prevbutton")
                .class("player-button plain btn btn-default")
                .text("Previous")
                .on("click", move |_| previous()),
        );
    }
    row.add(
        &el("button")
            .attr("type", "button")
            .id("nextbutton")
            .class("player-button btn btn-success")
            .html(next_label)
            .on("click", move |_| next()),
    );
    row
}
