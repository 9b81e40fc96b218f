//! The second page of the exit survey: what the study was about.

use std::rc::Rc;

use protocol::Frame;
use serde_json::{Map, Value};
use web_sys::Element;

use crate::kit::blocks::{blocks, formatted};
use crate::kit::buttons::buttons;
use crate::kit::element::{El, el, focus};
use crate::kit::members::{flag, object, text};
use crate::stage::Stage;

/// Replaces the form. `members` are what it stored: the button saves them once more, with the event
/// of leaving.
pub fn show(stage: &Rc<dyn Stage>, frame: &Frame, root: &Element, members: Map<String, Value>) {
    root.set_inner_html("");
    let page = el("div").class("exp-lookit-exit-survey player-page");
    let empty = Map::new();
    let words = object(&frame.members, "debriefing").unwrap_or(&empty);
    let heading = el("h1").attr("tabindex", "-1").text(text(words, "title"));
    page.add(&heading);
    if let Some(image) = object(words, "image").filter(|image| !text(image, "src").is_empty()) {
        page.add(
            &el("img")
                .class("debriefingpic")
                .attr("src", text(image, "src"))
                .attr("alt", text(image, "alt")),
        );
    }
    page.add(&el("p").html(&formatted(words.get("text"))));
    blocks(page.element(), words.get("blocks"), &mut |_, _, _| {});
    if flag(&frame.members, "showShareButton", true) {
        page.add(&share_link(&stage.study().share_url));
    }
    let stage = stage.clone();
    let exit = move || stage.clone().go_on(members.clone(), true);
    page.add(&buttons("Exit", exit, None));
    page.append_to(root);
    focus(heading.element());
}

fn share_link(address: &str) -> El {
    let address = js_sys::encode_uri_component(address);
    el("p").with(
        &el("a")
            .attr(
                "href",
                &format!("https://www.facebook.com/sharer/sharer.php?u={address}"),
            )
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .text("Tell other families on Facebook"),
    )
}
