//! The log of a study.

use domain::studies::life::Declarations;
use domain::studies::{StudyId, StudyState};
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, LogEntry};

use super::status::comment;
use super::study_crumbs;
use crate::parts::{When, filter_form, nothing, pager, pairs, select_filter};
use crate::request::{Request, page};

/// Entries on a page.
const PAGE: u64 = 20;

#[component]
pub fn StudyLog() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let name = studies::name_for(&request.ctx, &request.actor, id).await?;
        let state = request.text("state").parse::<StudyState>().ok();
        let paging = request.paging(PAGE);
        let found = studies::log(&request.ctx, &request.actor, id, state, paging).await?;
        let pages = pager(&request, &found);
        let log = if found.entries.is_empty() {
            nothing("No such entry yet.")
        } else {
            let entries = found.entries.into_iter().map(entry);
            view! { <ol class="log">{entries.collect_view()}</ol> }.into_any()
        };
        Ok(view! {
            <Title text=format!("Log of {name}") />
            {study_crumbs(id, &name)}
            <h1>"Log"</h1>
            {filters(&request)}
            {log}
            {pages}
        }
        .into_any())
    })
}

fn filters(request: &Request) -> AnyView {
    let mut states = pairs(&[("", "All")]);
    states.extend(
        StudyState::ALL
            .iter()
            .map(|state| (state.as_str().to_owned(), state.label().to_owned())),
    );
    let state = select_filter(request, "state", "State", states);
    filter_form(request, "Filter the log", vec![state])
}

/// One entry; also on the page of the study.
pub(super) fn entry(entry: LogEntry) -> AnyView {
    let what = match (entry.state, entry.edited.is_empty()) {
        (_, false) => format!(
            "Needs another review, since this was edited: {}",
            entry.edited
        ),
        (Some(StudyState::Created), _) => "Created".to_owned(),
        (Some(state), _) => state.label().to_owned(),
        (None, _) => entry.action,
    };
    let by = (!entry.by.is_empty()).then(|| format!(" by {}", entry.by));
    let version = entry.version.map(|version| {
        view! { <span class="quiet-text">{format!(" (version {version})")}</span> }
    });
    view! {
        <li>
            <p>
                <strong>{what}</strong>
                {by}
                ", "
                <When at=entry.at />
                {version}
            </p>
            {comment(&entry.comment)}
            {entry.declarations.as_ref().map(declared)}
        </li>
    }
    .into_any()
}

fn declared(declarations: &Declarations) -> AnyView {
    let words = declarations.words().into_iter();
    let words = words.map(|words| view! { <li>{words}</li> });
    let more = declarations.issues_description.clone();
    let more = (!more.is_empty()).then(|| view! { <li>{more}</li> });
    view! { <ul class="quiet-text">{words.collect_view()} {more}</ul> }.into_any()
}
