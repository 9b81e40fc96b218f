//! The kinds of frame. Each draws itself into the frame's element and calls the player when the
//! family goes on.

mod exit_survey;
mod instructions;
mod missing;
mod survey;
mod text;

use std::rc::Rc;

use protocol::Frame;
use serde_json::{Map, Value};
use web_sys::Element;

use crate::dom::{El, el};
use crate::player::Player;

/// Shows a frame.
pub fn show(player: &Rc<Player>, frame: &Frame, root: &Element) {
    match frame.kind.as_str() {
        "exp-lookit-text" => text::show(player, frame, root),
        "exp-lookit-instructions" => instructions::show(player, frame, root),
        "exp-lookit-survey" => survey::show(player, frame, root),
        "exp-lookit-exit-survey" => exit_survey::show(player, frame, root),
        _ => missing::show(player, frame, root),
    }
}

/// A flag of a frame.
fn flag(frame: &Frame, name: &str, default: bool) -> bool {
    frame
        .members
        .get(name)
        .and_then(Value::as_bool)
        .unwrap_or(default)
}

/// The row of buttons below a frame. `next` is an action that goes on; without `previous` there is
/// no way back.
fn buttons(next_label: &str, next: impl FnMut() + 'static, previous: Option<Rc<dyn Fn()>>) -> El {
    let (mut next, row) = (next, el("div").class("player-buttons"));
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

/// The way back of kinds that store nothing of their own, if the frame allows it.
fn plain_previous(player: &Rc<Player>, frame: &Frame) -> Option<Rc<dyn Fn()>> {
    let player = player.clone();
    flag(frame, "showPreviousButton", true).then(|| way(move || player.previous(Map::new())))
}

/// An action that several things can hold.
fn way(action: impl Fn() + 'static) -> Rc<dyn Fn()> {
    Rc::new(action)
}

/// Label of the button that goes on.
fn next_label(frame: &Frame) -> String {
    let label = crate::text::formatted(frame.members.get("nextButtonText"));
    if label.is_empty() {
        "Next".to_owned()
    } else {
        label
    }
}
