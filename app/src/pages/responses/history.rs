//! What a family has taken part in.

use domain::responses::ResponseState;
use leptos::prelude::*;
use leptos_meta::Title;
use services::responses::{self, PastResponse};

use crate::parts::{Notice, When, pager};
use crate::request::{Request, page};

/// Entries on a page.
const PAGE: u64 = 20;

#[component]
pub fn History() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let past = responses::past(&request.ctx, &request.actor, request.paging(PAGE)).await?;
        let pages = pager(&request, &past);
        let has_just_come =
            request.query("response").is_some() || request.text("done") == "external";
        Ok(view! {
            <Title text="Past studies" />
            {has_just_come.then(thanks)}
            <h1>"Past studies"</h1>
            {timeline(past.entries)}
            {pages}
        }
        .into_any())
    })
}

fn thanks() -> AnyView {
    view! {
        <Notice kind="good">
            <p>"Thank you for taking part! Your answers have arrived."</p>
        </Notice>
    }
    .into_any()
}

fn timeline(past: Vec<PastResponse>) -> AnyView {
    if past.is_empty() {
        return view! {
            <div class="empty">
                <p>
                    "Nothing here yet. "
                    "Studies that you and your children take part in will be listed here."
                </p>
                <p>
                    <a class="button" href="/studies">
                        "Find a study"
                    </a>
                </p>
            </div>
        }
        .into_any();
    }
    view! { <ol class="timeline">{past.into_iter().map(entry).collect_view()}</ol> }.into_any()
}

fn entry(past: PastResponse) -> AnyView {
    let path = format!("/studies/{}", past.study.id);
    let image = past.study.ad.image.clone();
    let picture = (!image.is_empty()).then(|| picture(image));
    let state = state(past.state, &path);
    view! {
        <li class="card response">
            {picture} <div>
                <h2>
                    <a href=path>{past.study.ad.name}</a>
                </h2>
                <p>{past.child_name} ", " <When at=past.created_at /></p>
                <p class="quiet-text">{state}</p>
            </div>
        </li>
    }
    .into_any()
}

/// Where the response stands; one that can go on leads to its study, where it does.
fn state(state: ResponseState, path: &str) -> AnyView {
    match state {
        ResponseState::Finished => "Finished".into_any(),
        ResponseState::Ended => "Ended".into_any(),
        ResponseState::Left => "Not finished".into_any(),
        ResponseState::GoesOn => {
            view! { <a href=path.to_owned()>"Continue where you stopped"</a> }.into_any()
        }
    }
}

fn picture(image: String) -> AnyView {
    view! { <img class="picture small" src=image alt="" width="72" height="72" loading="lazy" /> }
        .into_any()
}
