//! `exp-lookit-exit-survey`: the family's last decisions, and what the study was about.
//!
//! It has two pages. Submitting the form completes the response, so that a family who closes the
//! second page has not taken part in vain; a reload then goes on with the second page.

pub mod answers;
mod debriefing;
mod form;

use std::rc::Rc;

use protocol::Frame;
use web_sys::Element;

use crate::stage::Stage;

pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element) {
    match stage.submitted() {
        Some(data) => debriefing::show(stage, frame, root, answers::stored(data)),
        None => form::show(stage, frame, root),
    }
}
