//! The row of buttons below a page.

use std::rc::Rc;

use super::element::{El, el};

/// What a button does, where several things hold it.
pub type Action = Rc<dyn Fn()>;

/// The button that goes on, whose label is trusted HTML, and in front of it the way back where
/// there is one.
pub fn buttons(next_label: &str, mut next: impl FnMut() + 'static, previous: Option<Action>) -> El {
    let row = el("div").class("player-buttons");
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
