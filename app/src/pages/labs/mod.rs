//! What researchers see: labs and their people, and the responses to their studies.

mod people;

pub use people::{
    CreateLab, EditLab, LabDetail, LabMembers, Labs, StudyPeople, lab_front, no_study_yet,
};

use domain::responses::ResponseId;
use domain::studies::StudyId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::paging::Paging;
use services::responses;
use services::responses::{ResponseFilter, Sort, StoredFrame};

use crate::parts::pager;
use crate::request::{Request, page};

/// Responses on a page.
const PAGE: u64 = 25;

fn filter(request: &Request) -> ResponseFilter {
    ResponseFilter {
        child: request
            .query("child")
            .map(|child| child.trim().chars().take(60).collect()),
        is_preview: request.query("previews").is_some(),
        is_completed: match request.query("complete").as_deref() {
            Some("yes") => Some(true),
            Some("no") => Some(false),
            _ => None,
        },
        sort: match request.query("sort").as_deref() {
            Some("oldest") => Sort::Oldest,
            Some("most-frames") => Sort::MostFrames,
            Some("fewest-frames") => Sort::FewestFrames,
            _ => Sort::Newest,
        },
    }
}

const fn sort_word(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "newest",
        Sort::Oldest => "oldest",
        Sort::MostFrames => "most-frames",
        Sort::FewestFrames => "fewest-frames",
    }
}

/// Responses to one study, a page at a time.
#[component]
pub fn Responses() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let filter = filter(&request);
        let (study, found) = responses::list(
            &request.ctx,
            &request.actor,
            id,
            &filter,
            Paging::of(request.query("page").as_deref(), PAGE),
        )
        .await?;
        let link = {
            let (previews, child, complete, sort) = (
                request.query("previews").unwrap_or_default(),
                filter.child.clone().unwrap_or_default(),
                request.query("complete").unwrap_or_default(),
                sort_word(filter.sort),
            );
            move |page: u64| {
                format!(
                    "/exp/studies/{id}/responses?{}",
                    serde_urlencoded::to_string([
                        ("previews", previews.as_str()),
                        ("child", child.as_str()),
                        ("complete", complete.as_str()),
                        ("sort", sort),
                        ("page", page.to_string().as_str())
                    ])
                    .unwrap_or_default()
                )
            }
        };
        let pages = pager(&found, link);
        let is_filtered = filter.child.is_some() || filter.is_completed.is_some();
        Ok(view! {
            <Title text=format!("Responses to {}", study.ad.name) />
            <p class="crumbs">
                <a href="/exp/studies">"Studies"</a>
                " / "
                <a href=format!("/exp/studies/{id}")>{study.ad.name.clone()}</a>
            </p>
            <div class="page-head">
                <h1>{if filter.is_preview { "Previews" } else { "Responses" }}</h1>
                {(!filter.is_preview)
                    .then(|| {
                        view! {
                            <a
                                class="button plain"
                                href=format!("/exp/studies/{id}/responses.json")
                                download=""
                            >
                                "Download all as JSON"
                            </a>
                        }
                    })}
            </div>
            <form class="filters" method="get" role="search" aria-label="Filter responses">
                {filter
                    .is_preview
                    .then(|| view! { <input type="hidden" name="previews" value="yes" /> })}
                <div class="filter">
                    <label for="child">"Child ID"</label>
                    <input id="child" name="child" value=filter.child.clone().unwrap_or_default() />
                </div>
                <div class="filter">
                    <label for="complete">"Complete"</label>
                    <select id="complete" name="complete">
                        <option value="">"all"</option>
                        <option value="yes" selected=filter.is_completed == Some(true)>
                            "yes"
                        </option>
                        <option value="no" selected=filter.is_completed == Some(false)>
                            "no"
                        </option>
                    </select>
                </div>
                <div class="filter">
                    <label for="sort">"Order"</label>
                    <select id="sort" name="sort">
                        {[
                            (Sort::Newest, "newest first"),
                            (Sort::Oldest, "oldest first"),
                            (Sort::MostFrames, "most frames first"),
                            (Sort::FewestFrames, "fewest frames first"),
                        ]
                            .into_iter()
                            .map(|(sort, label)| {
                                view! {
                                    <option value=sort_word(sort) selected=filter.sort == sort>
                                        {label}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </div>
                <button class="button plain" type="submit">
                    "Show"
                </button>
            </form>
            {if found.entries.is_empty() {
                view! {
                    <div class="empty">
                        <p>
                            {if is_filtered {
                                "No response matches."
                            } else {
                                "No response yet. They appear here as soon as a family has left the first frame."
                            }}
                        </p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="region" aria-label="Responses">
                        <table class="dense">
                            <thead>
                                <tr>
                                    <th scope="col">"Begun"</th>
                                    <th scope="col">"Child ID"</th>
                                    <th scope="col" class="number">
                                        "Age in days, rounded"
                                    </th>
                                    <th scope="col">"Complete"</th>
                                    <th scope="col" class="number">
                                        "Saves"
                                    </th>
                                    <th scope="col">"Eligibility"</th>
                                </tr>
                            </thead>
                            <tbody>
                                {found
                                    .entries
                                    .into_iter()
                                    .map(|row| {
                                        view! {
                                            <tr>
                                                <th scope="row">
                                                    <a href=format!(
                                                        "/exp/responses/{}",
                                                        row.id,
                                                    )>{row.created_at.format("%Y-%m-%d %H:%M").to_string()}</a>
                                                </th>
                                                <td>
                                                    <a href=format!(
                                                        "/exp/studies/{id}/responses?child={}",
                                                        row.child,
                                                    )>
                                                        <code>{row.child.clone()}</code>
                                                    </a>
                                                </td>
                                                <td class="number">{row.age_rounded}</td>
                                                <td>{if row.is_completed { "yes" } else { "no" }}</td>
                                                <td class="number">{row.frames}</td>
                                                <td>{row.eligibility.join(", ")}</td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                    {pages}
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}

/// One response: every frame's data, in order.
#[component]
pub fn ResponseDetail() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: ResponseId = request.id("response")?;
        let found = responses::find(&request.ctx, &request.actor, id).await?;
        let raw = serde_json::to_string_pretty(&found.raw).unwrap_or_default();
        let row = found.row;
        let study = found.study;
        Ok(view! {
            <Title text=format!("Response of {}", row.child) />
            <p class="crumbs">
                <a href="/exp/studies">"Studies"</a>
                " / "
                <a href=format!("/exp/studies/{}", study.id)>{study.ad.name.clone()}</a>
                " / "
                <a href=format!("/exp/studies/{}/responses", study.id)>"Responses"</a>
            </p>
            <h1>"Response of " <code>{row.child.clone()}</code></h1>
            <dl class="facts-list">
                <div>
                    <dt>"Begun"</dt>
                    <dd>{row.created_at.format("%Y-%m-%d %H:%M:%S UTC").to_string()}</dd>
                </div>
                <div>
                    <dt>"Last saved"</dt>
                    <dd>{row.updated_at.format("%Y-%m-%d %H:%M:%S UTC").to_string()}</dd>
                </div>
                <div>
                    <dt>"Age in days, rounded"</dt>
                    <dd>{row.age_rounded}</dd>
                </div>
                <div>
                    <dt>"Complete"</dt>
                    <dd>{if row.is_completed { "yes" } else { "no" }}</dd>
                </div>
                <div>
                    <dt>"Eligibility"</dt>
                    <dd>{row.eligibility.join(", ")}</dd>
                </div>
                {found
                    .study_version
                    .map(|version| {
                        view! {
                            <div>
                                <dt>"Version of the study"</dt>
                                <dd>{version}</dd>
                            </div>
                        }
                    })}
                <div>
                    <dt>"Response UUID"</dt>
                    <dd>
                        <code>{row.id.to_string()}</code>
                    </dd>
                </div>
            </dl>
            {(!found.conditions.is_empty())
                .then(|| {
                    view! {
                        <section>
                            <h2>"Conditions"</h2>
                            <pre class="code" tabindex="0">
                                {serde_json::to_string_pretty(&found.conditions)
                                    .unwrap_or_default()}
                            </pre>
                        </section>
                    }
                })}
            <section>
                <h2>"Frames"</h2>
                {if found.frames.is_empty() {
                    view! {
                        <div class="empty">
                            <p>"No frame was saved."</p>
                        </div>
                    }
                        .into_any()
                } else {
                    view! {
                        <ol class="frame-list">
                            {found.frames.into_iter().map(frame).collect_view()}
                        </ol>
                    }
                        .into_any()
                }}
            </section>
            {(!found.events.is_empty())
                .then(|| {
                    view! {
                        <section>
                            <h2>"Events outside frames"</h2>
                            <pre class="code" tabindex="0">
                                {serde_json::to_string_pretty(
                                        &found
                                            .events
                                            .iter()
                                            .map(|event| event.event.clone())
                                            .collect::<Vec<_>>(),
                                    )
                                    .unwrap_or_default()}
                            </pre>
                        </section>
                    }
                })}
            <section>
                <h2>"Raw record"</h2>
                <details>
                    <summary>"Show the JSON"</summary>
                    <pre class="code" tabindex="0">
                        {raw}
                    </pre>
                </details>
            </section>
        }
        .into_any())
    })
}

fn frame(frame: StoredFrame) -> impl IntoView {
    let seconds = frame
        .data
        .get("frameDuration")
        .and_then(serde_json::Value::as_f64)
        .map(|seconds| format!("{seconds:.1} s"));
    let kind = frame
        .data
        .get("frameType")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let answers = frame
        .data
        .get("formData")
        .and_then(serde_json::Value::as_object)
        .cloned();
    let json = serde_json::to_string_pretty(&frame.data).unwrap_or_default();
    view! {
        <li class="card">
            <div class="frame-head">
                <h3>
                    <code>{frame.frame_id}</code>
                </h3>
                <span class="quiet-text">
                    {kind} {seconds.map(|seconds| format!(" \u{00b7} {seconds}"))}
                    {(frame.saves > 1).then(|| format!(" \u{00b7} saved {} times", frame.saves))}
                </span>
            </div>
            {answers
                .filter(|answers| !answers.is_empty())
                .map(|answers| {
                    view! {
                        <dl class="facts-list">
                            {answers
                                .into_iter()
                                .map(|(name, value)| {
                                    view! {
                                        <div>
                                            <dt>{name}</dt>
                                            <dd>
                                                {value
                                                    .as_str()
                                                    .map_or_else(|| value.to_string(), str::to_owned)}
                                            </dd>
                                        </div>
                                    }
                                })
                                .collect_view()}
                        </dl>
                    }
                })}
            <details>
                <summary>"Data"</summary>
                <pre class="code" tabindex="0">
                    {json}
                </pre>
            </details>
        </li>
    }
}
