//! Submissions that wait for staff.

use chrono::{DateTime, Utc};
use domain::studies::StudyKind;
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, History, QueueFilter, QueueRow, UnreviewedEdit};

use super::versions::edits_in_words;
use crate::parts::{
    Column, When, filter_form, nothing, pager, pairs, search_filter, select_filter, table,
};
use crate::request::{Request, page};
use crate::words::count;

/// Submissions on a page.
const PAGE: u64 = 25;

const COLUMNS: &[Column] = &[
    Column::Text("Study"),
    Column::Text("Lab"),
    Column::Text("Kind"),
    Column::Text("Waiting"),
    Column::Text("Before"),
    Column::Number("Declared"),
    Column::Number("To check"),
];

const DECLARED: &[(&str, &str)] = &[("", "With or without"), ("yes", "With"), ("no", "Without")];

#[component]
pub fn ReviewQueue() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let filter = QueueFilter {
            search: request.search(),
            kind: request.text("kind").parse().ok(),
            has_declarations: match request.text("declared").as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
        };
        let paging = request.paging(PAGE);
        let found = studies::queue(&request.ctx, &request.actor, &filter, paging).await?;
        let now = request.ctx.now();
        let pages = pager(&request, &found.waiting);
        let rows = found.waiting.entries.into_iter();
        let rows = rows.map(|one| row(one, now)).collect();
        let empty = nothing("Nothing is waiting for review.");
        Ok(view! {
            <Title text="Review queue" />
            <h1>"Review queue"</h1>
            {filters(&request, filter.search)}
            {table("Submissions", COLUMNS, rows, empty)}
            {pages}
            {quiet_edits(found.quiet)}
        }
        .into_any())
    })
}

fn filters(request: &Request, search: String) -> AnyView {
    let mut kinds = pairs(&[("", "All")]);
    kinds.extend(
        StudyKind::ALL
            .iter()
            .map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())),
    );
    let fields = vec![
        search_filter("Study or lab", search),
        select_filter(request, "kind", "Kind", kinds),
        select_filter(request, "declared", "Declarations", pairs(DECLARED)),
    ];
    filter_form(request, "Filter submissions", fields)
}

fn row(row: QueueRow, now: DateTime<Utc>) -> AnyView {
    let path = format!("/exp/studies/{}/review", row.id);
    let waiting = match (now - row.since).num_days() {
        0 => "today".to_owned(),
        days => count(days, "day", "days"),
    };
    let before = match row.history {
        History::First => "first submission",
        History::Rejected => "changes were requested",
        History::Approved => "was approved",
    };
    view! {
        <tr>
            <th scope="row">
                <a href=path>{row.name}</a>
            </th>
            <td>{row.lab_name}</td>
            <td>{row.kind.label()}</td>
            <td>{waiting}</td>
            <td>{before}</td>
            <td class="number">{row.declarations.keys.len()}</td>
            <td class="number">{row.open_checks}</td>
        </tr>
    }
    .into_any()
}

fn quiet_edits(edits: Vec<UnreviewedEdit>) -> AnyView {
    let edits = if edits.is_empty() {
        view! { <p>"None."</p> }.into_any()
    } else {
        let edits = edits.into_iter().map(quiet_edit);
        view! { <ul>{edits.collect_view()}</ul> }.into_any()
    };
    view! {
        <section>
            <h2>"Edited without a review"</h2>
            <p class="quiet-text">
                "Small edits of approved studies in the last month: "
                "spelling, picture, contact, narrower ages, listing."
            </p>
            {edits}
        </section>
    }
    .into_any()
}

fn quiet_edit(edit: UnreviewedEdit) -> AnyView {
    let path = format!(
        "/exp/studies/{}/versions/compare?from={}&to={}",
        edit.study,
        edit.version - 1,
        edit.version,
    );
    let what = edits_in_words(&edit.edits);
    view! {
        <li>
            <a href=path>{edit.name}</a>
            ": "
            {what}
            ", "
            <When at=edit.at />
        </li>
    }
    .into_any()
}
