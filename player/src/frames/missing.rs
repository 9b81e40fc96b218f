//! Kinds that can't be shown: the run goes on, and a researcher learns what is missing.

use std::rc::Rc;

use protocol::{Frame, kinds};
use serde_json::{Map, Value};
use web_sys::Element;

use crate::kit::buttons::buttons;
use crate::kit::element::{El, el};
use crate::stage::Stage;

/// Says that this part is missing. The stored data says so too.
pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element) {
    let page = el("div").class("player-page player-missing");
    page.add(&el("h1").text("This part can\u{2019}t be shown"));
    page.add(&if stage.is_preview() {
        reason(frame)
    } else {
        el("p").text("You can continue with the next part.")
    });
    let stage = stage.clone();
    page.add(&buttons("Next", move || leave(&stage), None));
    page.append_to(root);
}

fn leave(stage: &Rc<dyn Stage>) {
    let members = Map::from_iter([("notShown".to_owned(), Value::Bool(true))]);
    stage.clone().go_on(members, false);
}

fn reason(frame: &Frame) -> El {
    let reason = if kinds::find(&frame.kind).is_some() {
        "a kind of frame that can\u{2019}t be shown yet"
    } else {
        "not a kind of frame; check its spelling"
    };
    el("p")
        .with(&el("span").text("The frame "))
        .with(&el("code").text(&frame.id))
        .with(&el("span").text(" has the kind "))
        .with(&el("code").text(&frame.kind))
        .with(&el("span").text(&format!(", which is {reason}.")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stage::tests::{Call, FakeStage};

    #[test]
    fn the_data_says_that_nothing_was_shown() {
        let fake = FakeStage::new();
        let stage: Rc<dyn Stage> = fake.clone();
        leave(&stage);
        assert_eq!(fake.calls(), [Call::GoOn(json!({"notShown": true}), false)]);
    }
}
