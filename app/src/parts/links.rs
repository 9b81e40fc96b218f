//! Links to where a page stands, and to its neighbours.

use leptos::prelude::*;

/// The pages above this one, the highest first: addresses and names.
pub fn crumbs(pages: &[(String, &str)]) -> AnyView {
    let links = pages.iter().enumerate().map(|(number, (path, name))| {
        view! {
            {(number > 0).then_some(" / ")}
            <a href=path.clone()>{(*name).to_owned()}</a>
        }
    });
    view! { <p class="crumbs">{links.collect_view()}</p> }.into_any()
}

/// Links to neighbouring pages, the chosen one marked.
pub fn tabs(label: &'static str, here: &str, links: Vec<(&'static str, String)>) -> AnyView {
    let links = links.into_iter().map(|(words, path)| {
        let current = (path == here).then_some("page");
        view! {
            <a href=path aria-current=current>
                {words}
            </a>
        }
    });
    view! {
        <nav class="tabs" aria-label=label>
            {links.collect_view()}
        </nav>
    }
    .into_any()
}
