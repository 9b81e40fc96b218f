//! What the buttons below a frame say and do, as far as kinds have it in common.

use std::rc::Rc;

use protocol::Frame;
use serde_json::{Map, Value};

use crate::kit::blocks::formatted;
use crate::kit::buttons::Action;
use crate::kit::members::flag;
use crate::stage::Stage;

/// HTML of the label of the button that leads to the next frame.
pub fn next_label(frame: &Frame) -> String {
    let label = formatted(frame.members.get("nextButtonText"));
    if label.is_empty() {
        "Next".to_owned()
    } else {
        label
    }
}

/// Goes on without storing anything.
pub fn go_on(stage: &Rc<dyn Stage>) -> impl Fn() + 'static {
    let stage = stage.clone();
    move || stage.clone().go_on(Map::new(), false)
}

/// The way back, if the frame allows it. `members` is what it stores then.
pub fn go_back(
    stage: &Rc<dyn Stage>,
    frame: &Frame,
    members: Map<String, Value>,
) -> Option<Action> {
    let stage = stage.clone();
    flag(&frame.members, "showPreviousButton", true)
        .then(|| -> Action { Rc::new(move || stage.clone().go_back(members.clone())) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stage::tests::{Call, FakeStage, frame};

    #[test]
    fn plain_frames_store_nothing_of_their_own() {
        let fake = FakeStage::new();
        let stage: Rc<dyn Stage> = fake.clone();
        go_on(&stage)();
        go_back(&stage, &frame(json!({})), Map::new()).unwrap()();
        assert_eq!(
            fake.calls(),
            [Call::GoOn(json!({}), false), Call::GoBack(json!({}))]
        );
    }

    #[test]
    fn a_frame_may_have_no_way_back() {
        let stage: Rc<dyn Stage> = FakeStage::new();
        let frame = frame(json!({"showPreviousButton": false}));
        assert!(go_back(&stage, &frame, Map::new()).is_none());
    }

    #[test]
    fn the_button_that_goes_on_has_a_label() {
        assert_eq!(next_label(&frame(json!({}))), "Next");
        let named = frame(json!({"nextButtonText": "On\nwards"}));
        assert_eq!(next_label(&named), "On<br>wards");
    }
}
