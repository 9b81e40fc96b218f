//! Responses to one study, for researchers.

use domain::studies::StudyId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::responses::{self, ResponseFilter, ResponseRow, Sort};

use crate::pages::studies::desk::study_crumbs;
use crate::parts::{Column, filter_form, kept_value, nothing, pager, pairs, select_filter, table};
use crate::request::{Request, page};

/// Responses on a page.
const PAGE: u64 = 25;

const COLUMNS: &[Column] = &[
    Column::Text("Started"),
    Column::Text("Child ID"),
    Column::Number("Age in days, rounded"),
    Column::Text("Complete"),
    Column::Number("Frames saved"),
    Column::Text("Eligibility"),
];

/// Words of the address, labels, and what they mean.
const SORTS: &[(&str, &str, Sort)] = &[
    ("newest", "Newest first", Sort::Newest),
    ("oldest", "Oldest first", Sort::Oldest),
    ("most-frames", "Most frames", Sort::MostFrames),
    ("fewest-frames", "Fewest frames", Sort::FewestFrames),
];

const COMPLETE: &[(&str, &str)] = &[("", "All"), ("yes", "Yes"), ("no", "No")];

fn filter(request: &Request) -> ResponseFilter {
    let sort = request.text("sort");
    ResponseFilter {
        child: request
            .query("child")
            .map(|child| child.trim().chars().take(60).collect()),
        is_preview: request.query("previews").is_some(),
        is_completed: match request.text("complete").as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        sort: SORTS
            .iter()
            .find(|(word, _, _)| *word == sort)
            .map_or(Sort::Newest, |(_, _, sort)| *sort),
    }
}

#[component]
pub fn Responses() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let filter = filter(&request);
        let paging = request.paging(PAGE);
        let (study, found) =
            responses::list(&request.ctx, &request.actor, id, &filter, paging).await?;
        let pages = pager(&request, &found);
        let title = if filter.is_preview {
            "Previews"
        } else {
            "Responses"
        };
        let download = (!filter.is_preview).then(|| download(id));
        let empty = nothing(match (filter.child.is_some(), filter.is_completed) {
            (false, None) => {
                "No responses yet. They appear here as soon as a family has left the first frame."
            }
            _ => "No responses match.",
        });
        let rows = found.entries.into_iter().map(|one| row(id, one)).collect();
        Ok(view! {
            <Title text=format!("Responses to {}", study.ad.name) />
            {study_crumbs(id, &study.ad.name)}
            <div class="page-head">
                <h1>{title}</h1>
                {download}
            </div>
            {filters(&request, &filter)}
            {table("Responses", COLUMNS, rows, empty)}
            {pages}
        }
        .into_any())
    })
}

fn download(id: StudyId) -> AnyView {
    view! {
        <a class="button plain" href=format!("/exp/studies/{id}/responses.json") download="">
            "Download all as JSON"
        </a>
    }
    .into_any()
}

fn filters(request: &Request, filter: &ResponseFilter) -> AnyView {
    let child = filter.child.clone().unwrap_or_default();
    let child = view! {
        <div class="filter">
            <label for="child">"Child ID"</label>
            <input id="child" name="child" value=child />
        </div>
    };
    let sorts = SORTS
        .iter()
        .map(|(word, label, _)| ((*word).to_owned(), (*label).to_owned()));
    let mut fields = vec![
        child.into_any(),
        select_filter(request, "complete", "Complete", pairs(COMPLETE)),
        select_filter(request, "sort", "Order", sorts.collect()),
    ];
    if filter.is_preview {
        fields.push(kept_value("previews", "yes".to_owned()));
    }
    filter_form(request, "Filter responses", fields)
}

fn row(study: StudyId, row: ResponseRow) -> AnyView {
    let path = format!("/exp/responses/{}", row.id);
    let of_child = format!("/exp/studies/{study}/responses?child={}", row.child);
    view! {
        <tr>
            <th scope="row">
                <a href=path>{row.created_at.format("%Y-%m-%d %H:%M").to_string()}</a>
            </th>
            <td>
                <a href=of_child>
                    <code>{row.child}</code>
                </a>
            </td>
            <td class="number">{row.age_rounded}</td>
            <td>{if row.is_completed { "yes" } else { "no" }}</td>
            <td class="number">{row.frames}</td>
            <td>{row.eligibility.join(", ")}</td>
        </tr>
    }
    .into_any()
}
