//! Versions of a study.

use domain::studies::{Edit, StudyId};
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, VersionRow};

use super::agreement::agreement_box;
use super::study_crumbs;
use crate::form::FormState;
use crate::parts::{Column, FormFaults, When, done, nothing, pager, table};
use crate::request::{Request, page};

/// Versions on a page.
const PAGE: u64 = 30;

const COLUMNS: &[Column] = &[
    Column::Text("Version"),
    Column::Text("Saved"),
    Column::Text("By"),
    Column::Text("Changed"),
    Column::Text("Note"),
    Column::Text("From"),
    Column::Text("To"),
    Column::Unseen("Restore"),
];

const DONE: &[(&str, &str)] = &[
    ("restored", "Restored as a new version."),
    (
        "restored-review",
        "Restored as a new version. The study has to be submitted again before it can collect \
         data.",
    ),
];

/// What changed, in words.
pub(super) fn edits_in_words(edits: &[Edit]) -> String {
    let labels: Vec<_> = edits.iter().map(|edit| edit.field.label()).collect();
    labels.join(", ")
}

#[component]
pub fn StudyVersions() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let paging = request.paging(PAGE);
        let (study, found) = studies::versions(&request.ctx, &request.actor, id, paging).await?;
        let pages = pager(&request, &found);
        let newest = found.entries.first().map(|version| version.number);
        let compare = newest.map(|_| compare_button());
        let rows = found.entries.into_iter().map(|version| {
            let restore = (study.may_write && !version.is_current)
                .then(|| restore(id, version.number, &request.form));
            row(version, newest, restore.into_any())
        });
        let empty = nothing(
            "No versions yet: this study is from before versioning. \
             The next save makes the first one.",
        );
        Ok(view! {
            <Title text=format!("Versions of {}", study.name) />
            {study_crumbs(id, &study.name)}
            {done(&request, DONE)}
            <h1>"Versions"</h1>
            <p class="lead">"Every save makes a version. None is ever changed or lost."</p>
            <FormFaults form=request.form.clone() />
            <form
                id="compare"
                method="get"
                action=format!("/exp/studies/{id}/versions/compare")
            ></form>
            {table("Versions", COLUMNS, rows.collect(), empty)}
            {compare}
            {pages}
        }
        .into_any())
    })
}

/// Sends the radio buttons of the table.
fn compare_button() -> AnyView {
    view! {
        <p>
            <button class="button plain" type="submit" form="compare">
                "Compare the two"
            </button>
        </p>
    }
    .into_any()
}

fn row(version: VersionRow, newest: Option<i32>, restore: AnyView) -> AnyView {
    let number = version.number;
    let changed = if number == 1 {
        "first version".to_owned()
    } else if version.edits.is_empty() {
        "layout of the text only".to_owned()
    } else {
        edits_in_words(&version.edits)
    };
    let note = match version.restored_from {
        Some(from) => format!("version {from} restored"),
        None => version.note,
    };
    let (is_newest, is_second) = (newest == Some(number), newest == Some(number + 1));
    view! {
        <tr>
            <th scope="row">
                {number} {version.is_approved.then(|| mark("approved", "approved"))}
                {version.is_submitted.then(|| mark("submitted", "in review"))}
            </th>
            <td>
                <When at=version.created_at />
                {version.created_at.format(" %H:%M").to_string()}
            </td>
            <td>{version.author}</td>
            <td>{changed}</td>
            <td>{note}</td>
            <td>{choice("from", number, is_second)}</td>
            <td>{choice("to", number, is_newest)}</td>
            <td>{restore}</td>
        </tr>
    }
    .into_any()
}

fn mark(state: &'static str, words: &'static str) -> AnyView {
    view! {
        " "
        <span class="pill" data-state=state>
            {words}
        </span>
    }
    .into_any()
}

/// One side of the comparison.
fn choice(side: &'static str, number: i32, checked: bool) -> AnyView {
    let label = format!("Compare {side} version {number}");
    view! {
        <input
            form="compare"
            type="radio"
            name=side
            value=number
            checked=checked
            aria-label=label
        />
    }
    .into_any()
}

fn restore(id: StudyId, number: i32, form: &FormState) -> AnyView {
    let action = format!("/exp/studies/{id}/restore");
    let form = form.of_one(&action, "version", &number.to_string());
    let agrees = form.error("agrees").map(|_| {
        view! {
            <label class="choice" id="agrees">
                {agreement_box()}
            </label>
        }
    });
    view! {
        <form method="post" action=action>
            <input type="hidden" name="version" value=number />
            {agrees}
            <button class="button plain small" type="submit">
                "Restore"
                <span class="visually-hidden">{format!(" version {number}")}</span>
            </button>
        </form>
    }
    .into_any()
}
