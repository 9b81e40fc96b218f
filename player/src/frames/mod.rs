//! The kinds of frame. Each draws itself into an element and tells its [`Stage`] when the family
//! goes on; none knows who plays the run.

mod buttons;
pub mod exit_survey;
mod instructions;
mod missing;
mod survey;
mod text;

use std::rc::Rc;

use protocol::Frame;
use web_sys::Element;

use crate::stage::Stage;

/// Draws a frame into an empty element.
pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element) {
    match frame.kind.as_str() {
        "exp-lookit-text" => text::show(stage, frame, root),
        "exp-lookit-instructions" => instructions::show(stage, frame, root),
        "exp-lookit-survey" => survey::show(stage, frame, root),
        "exp-lookit-exit-survey" => exit_survey::show(stage, frame, root),
        _ => missing::show(stage, frame, root),
    }
}
