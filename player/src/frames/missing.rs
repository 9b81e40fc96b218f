//! Kinds that can't be shown: the run goes on, and a researcher learns what is missing.

use std::rc::Rc;

use protocol::{Frame, kinds};
use serde_json::{Map, Value};
use web_sys::Element;

use super::buttons;
use crate::dom::el;
use crate::player::Player;

/// Says that this part is missing. The stored data says so too.
pub fn show(player: &Rc<Player>, frame: &Frame, root: &Element) {
    let page = el("div").class("player-page player-missing");
    page.add(&el("h1").text("This part can\u{2019}t be shown"));
    if player.run.is_preview {
        let reason = if kinds::find(&frame.kind).is_some() {
            "a kind that this player can\u{2019}t show yet"
        } else {
            "no kind of frame; check its spelling"
        };
        page.add(
            &el("p")
                .with(&el("span").text("The frame "))
                .with(&el("code").text(&frame.id))
                .with(&el("span").text(" has the kind "))
                .with(&el("code").text(&frame.kind))
                .with(&el("span").text(&format!(", which is {reason}."))),
        );
    } else {
        page.add(&el("p").text("You can go on with the next part."));
    }
    let next = player.clone();
    page.add(&buttons(
        "Next",
        move || {
            next.next(
                Map::from_iter([("notShown".to_owned(), Value::Bool(true))]),
                false,
            )
        },
        None,
    ));
    page.put_into(root);
}
