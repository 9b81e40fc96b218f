//! Links to the neighbouring pages of a list.

use leptos::prelude::*;
use services::paging::Page;

use crate::request::Request;

/// Where this page of a list stands. The links keep the whole query of the address, so a filtered
/// list stays filtered. A page behind the last one, which may have been there a moment ago, leads
/// to the last.
pub fn pager<T>(request: &Request, page: &Page<T>) -> AnyView {
    let (at, pages, total) = (page.paging.page, page.pages(), page.total);
    if at > pages {
        request.lead_to(&request.page_link(pages));
    }
    if total == 0 {
        return ().into_any();
    }
    if pages == 1 {
        return view! { <p class="pager-count">{format!("{total} in total")}</p> }.into_any();
    }
    let link = |rel: &'static str, number: u64, words: &'static str| {
        view! {
            <a rel=rel href=request.page_link(number)>
                {words}
            </a>
        }
    };
    view! {
        <nav class="pager" aria-label="Pages">
            {(at > 1).then(|| link("prev", at - 1, "Previous page"))}
            <span>{format!("Page {at} of {pages}, {total} in total")}</span>
            {(at < pages).then(|| link("next", at + 1, "Next page"))}
        </nav>
    }
    .into_any()
}
