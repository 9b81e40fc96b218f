//! Texts that people wrote.

use leptos::prelude::*;

/// What stands in a `textarea`: escaped, and since browsers drop one line break at the beginning,
/// with one to drop.
pub fn textarea_text(text: &str) -> String {
    format!("\n{}", escaped(text))
}

/// A text for the places where Leptos escapes nothing: inside a `textarea`, and in the title of the
/// document.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Free text with its line breaks, as paragraphs.
pub fn paragraphs(text: &str) -> AnyView {
    text.split('\n')
        .filter(|line| !line.trim().is_empty())
        .map(|line| view! { <p>{line.to_owned()}</p> })
        .collect_view()
        .into_any()
}
