//! `exp-lookit-text`: a page of text and pictures (`frames.md` §3.17).

use std::rc::Rc;

use protocol::Frame;
use serde_json::Map;
use web_sys::Element;

use super::{buttons, plain_previous};
use crate::dom::el;
use crate::player::Player;

/// Shows the page.
pub fn show(player: &Rc<Player>, frame: &Frame, root: &Element) {
    let page = el("div").class("exp-text player-page");
    crate::text::blocks(
        page.element(),
        frame.members.get("blocks"),
        &mut |_, _, _| {},
    );
    let next = player.clone();
    page.add(&buttons(
        "Next",
        move || next.next(Map::new(), false),
        plain_previous(player, frame),
    ));
    page.put_into(root);
}
