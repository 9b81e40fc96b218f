//! `exp-lookit-text`: a page of text and pictures.

use std::rc::Rc;

use protocol::Frame;
use serde_json::Map;
use web_sys::Element;

use super::buttons::{go_back, go_on};
use crate::kit::blocks::blocks;
use crate::kit::buttons::buttons;
use crate::kit::element::el;
use crate::stage::Stage;

pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element) {
    let page = el("div").class("exp-text player-page");
    blocks(
        page.element(),
        frame.members.get("blocks"),
        &mut |_, _, _| {},
    );
    page.add(&buttons(
        "Next",
        go_on(stage),
        go_back(stage, frame, Map::new()),
    ));
    page.append_to(root);
}
