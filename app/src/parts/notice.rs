//! Messages at the head of a page.

use leptos::prelude::*;

use crate::request::Request;

/// `kind` is `good`, `warn`, `bad` or `info`.
#[component]
pub fn Notice(kind: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="notice" data-kind=kind role=if kind == "bad" { "alert" } else { "status" }>
            {children()}
        </div>
    }
}

/// What a page says after something was done: the words of the code in its address.
pub fn done(request: &Request, table: &[(&str, &'static str)]) -> AnyView {
    let code = request.text("done");
    let words = table
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, words)| *words);
    words
        .map(|words: &'static str| {
            view! {
                <Notice kind="good">
                    <p>{words}</p>
                </Notice>
            }
        })
        .into_any()
}
