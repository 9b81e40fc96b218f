//! Lists of what is known about one thing.

use domain::text::capitalised;
use leptos::prelude::*;

/// One line of a `<dl class="facts-list">`.
pub fn fact(label: impl Into<String>, what: impl IntoView + 'static) -> AnyView {
    view! {
        <div>
            <dt>{label.into()}</dt>
            <dd>{what.into_any()}</dd>
        </div>
    }
    .into_any()
}

/// A line with a text that people wrote, with its line breaks.
pub fn long_fact(label: impl Into<String>, text: String) -> AnyView {
    view! {
        <div>
            <dt>{label.into()}</dt>
            <dd class="pre-line">{text}</dd>
        </div>
    }
    .into_any()
}

/// Labels, each with a bulleted list.
pub fn fact_bullets(facts: impl IntoIterator<Item = (&'static str, Vec<&'static str>)>) -> AnyView {
    let facts = facts.into_iter().map(|(label, lines)| {
        let lines = lines
            .into_iter()
            .map(|line| view! { <li>{capitalised(line)}</li> });
        fact(label, view! { <ul>{lines.collect_view()}</ul> })
    });
    view! { <dl class="facts-list">{facts.collect_view()}</dl> }.into_any()
}

/// A whole list of labels and texts.
pub fn fact_list(facts: impl IntoIterator<Item = (String, String)>) -> AnyView {
    let facts = facts.into_iter().map(|(label, text)| fact(label, text));
    view! { <dl class="facts-list">{facts.collect_view()}</dl> }.into_any()
}
