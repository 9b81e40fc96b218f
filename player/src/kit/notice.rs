//! Pages of text in place of the study.

use web_sys::Element;

use super::browser::document;
use super::element::{El, el};

/// What everything that the player draws stands in.
pub fn container() -> Option<Element> {
    document().get_element_by_id("experiment-player")
}

/// Replaces what is on the screen.
pub fn show(title: &str, text: &str) {
    let main = el("main").class("player-card").attr("tabindex", "-1");
    main.add(&el("h1").text(title));
    main.add(&el("p").text(text));
    replace_all(&main);
}

pub fn replace_all(main: &El) {
    if let Some(root) = container() {
        root.set_inner_html("");
        main.append_to(&root);
    }
}
