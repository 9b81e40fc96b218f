//! Parts of forms: choices, and lines that say what is wrong.

use super::browser::document;
use super::element::{El, el, set_flag};

/// A check box or radio button with its label.
pub fn choice(input: &El, label: El) -> El {
    el("label").class("choice").with(input).with(&label)
}

/// The empty line below a field, which [`show_error`] fills.
pub fn error_line(id: &str) -> El {
    el("p")
        .class("field-error")
        .id(id)
        .attr("role", "alert")
        .attr("hidden", "")
}

/// Says what is wrong with a field, or that nothing is.
pub fn show_error(line: &str, message: &str) {
    if let Some(line) = document().get_element_by_id(line) {
        line.set_text_content(Some(message));
        set_flag(&line, "hidden", message.is_empty());
    }
}
