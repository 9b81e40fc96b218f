//! Versions of a study, and any two of them side by side.

use domain::studies::{Edit, StudyId};
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, Comparison, Line};

use crate::pages::studies::crumbs;
use crate::parts::{FormFaults, When, done, pager};
use crate::request::{Request, page};

const PAGE: u64 = 30;

/// What changed, in words.
pub(super) fn edits_in_words(edits: &[Edit]) -> String {
    edits
        .iter()
        .map(|edit| edit.field.label())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Versions of a study.
#[component]
pub fn StudyVersions() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let (named, found) =
            studies::versions(&request.ctx, &request.actor, id, request.paging(PAGE)).await?;
        let pages = pager(&found, |page| {
            format!("/exp/studies/{id}/versions?page={page}")
        });
        let newest = found
            .entries
            .first()
            .map(|version| version.number)
            .unwrap_or_default();
        let form = request.form.clone();
        let refused = form.form.text("version");
        let needs = form.error("agrees");
        let may_write = named.may_write;
        Ok(view! {
            <Title text=format!("Versions of {}", named.name) />
            {crumbs(id, &named.name)}
            {done(
                &request,
                &[
                    ("restored", "Restored, as a new version."),
                    (
                        "restored-review",
                        "Restored, as a new version. The study has to be submitted again before it can collect data.",
                    ),
                ],
            )}
            <h1>"Versions"</h1>
            <p class="lead">"Every save makes a version. None is ever changed or lost."</p>
            <FormFaults form=form.clone() />
            {if found.entries.is_empty() {
                view! {
                    <div class="empty">
                        <p>
                            "No version yet: this study is from before versions were kept. The next save makes the first one."
                        </p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <form
                        id="compare"
                        method="get"
                        action=format!("/exp/studies/{id}/versions/compare")
                    ></form>
                    <div class="table-wrap" tabindex="0" role="region" aria-label="Versions">
                        <table class="dense">
                            <thead>
                                <tr>
                                    <th scope="col">"Version"</th>
                                    <th scope="col">"Saved"</th>
                                    <th scope="col">"By"</th>
                                    <th scope="col">"Changed"</th>
                                    <th scope="col">"Note"</th>
                                    <th scope="col">"From"</th>
                                    <th scope="col">"To"</th>
                                    <th scope="col">
                                        <span class="visually-hidden">"Restore"</span>
                                    </th>
                                </tr>
                            </thead>
                            <tbody>
                                {found
                                    .entries
                                    .into_iter()
                                    .map(|version| {
                                        let number = version.number;
                                        let asks = refused == number.to_string() && needs.is_some();
                                        view! {
                                            <tr>
                                                <th scope="row">
                                                    {number}
                                                    {version
                                                        .is_approved
                                                        .then(|| {
                                                            view! {
                                                                " "
                                                                <span class="pill" data-state="approved">
                                                                    "approved"
                                                                </span>
                                                            }
                                                        })}
                                                    {version
                                                        .is_submitted
                                                        .then(|| {
                                                            view! {
                                                                " "
                                                                <span class="pill" data-state="submitted">
                                                                    "in review"
                                                                </span>
                                                            }
                                                        })}
                                                </th>
                                                <td>
                                                    <When at=version.created_at />
                                                    {version.created_at.format(" %H:%M").to_string()}
                                                </td>
                                                <td>{version.author}</td>
                                                <td>
                                                    {if number == 1 {
                                                        "the beginning".to_owned()
                                                    } else if version.edits.is_empty() {
                                                        "layout of the text only".to_owned()
                                                    } else {
                                                        edits_in_words(&version.edits)
                                                    }}
                                                </td>
                                                <td>
                                                    {match version.restored_from {
                                                        Some(from) => format!("version {from} again"),
                                                        None => version.note,
                                                    }}
                                                </td>
                                                <td>
                                                    <input
                                                        form="compare"
                                                        type="radio"
                                                        name="from"
                                                        value=number
                                                        checked=number == newest - 1
                                                        aria-label=format!("Compare from version {number}")
                                                    />
                                                </td>
                                                <td>
                                                    <input
                                                        form="compare"
                                                        type="radio"
                                                        name="to"
                                                        value=number
                                                        checked=number == newest
                                                        aria-label=format!("Compare to version {number}")
                                                    />
                                                </td>
                                                <td>
                                                    {(may_write && !version.is_current)
                                                        .then(|| {
                                                            view! {
                                                                <form
                                                                    method="post"
                                                                    action=format!("/exp/studies/{id}/restore")
                                                                >
                                                                    <input type="hidden" name="version" value=number />
                                                                    {asks
                                                                        .then(|| {
                                                                            view! {
                                                                                <label class="choice" id="agrees">
                                                                                    <input type="checkbox" name="agrees" value="1" />
                                                                                    <span>"I know that it must be submitted again"</span>
                                                                                </label>
                                                                            }
                                                                        })}
                                                                    <button class="button plain small" type="submit">
                                                                        "Restore"
                                                                        <span class="visually-hidden">
                                                                            {format!(" version {number}")}
                                                                        </span>
                                                                    </button>
                                                                </form>
                                                            }
                                                        })}
                                                </td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                    <p>
                        <button class="button plain" type="submit" form="compare">
                            "Compare the two"
                        </button>
                    </p>
                    {pages}
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}

/// Two versions side by side.
#[component]
pub fn CompareVersions() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let name = studies::name_for(&request.ctx, &request.actor, id).await?;
        let number = |part: &str| {
            request
                .query(part)
                .and_then(|text| text.parse::<i32>().ok())
                .ok_or(crate::error::AppError::NotFound)
        };
        let (from, to) = (number("from")?, number("to")?);
        let comparison = studies::compare(&request.ctx, &request.actor, id, from, to).await?;
        Ok(view! {
            <Title text=format!("Versions {from} and {to} of {name}") />
            {crumbs(id, &name)}
            <div class="page-head">
                <h1>{format!("Version {from} and version {to}")}</h1>
                <a href=format!("/exp/studies/{id}/versions")>"All versions"</a>
            </div>
            {changes(&comparison)}
        }
        .into_any())
    })
}

/// The fields that differ; also on the page of the review.
pub(super) fn changes(comparison: &Comparison) -> AnyView {
    if comparison.fields.is_empty() {
        return view! {
            <div class="empty">
                <p>"Nothing that matters is different."</p>
            </div>
        }
        .into_any();
    }
    let from = if comparison.from == 0 {
        "nothing".to_owned()
    } else {
        format!("version {}", comparison.from)
    };
    let to = format!("version {}", comparison.to);
    comparison
        .fields
        .iter()
        .map(|field| {
            let (from, to) = (from.clone(), to.clone());
            let label = field.field.label();
            view! {
                <section class="change">
                    <h3>
                        {label} " "
                        {field
                            .needs_review
                            .then(|| {
                                view! {
                                    <span class="pill" data-state="rejected">
                                        "needs review"
                                    </span>
                                }
                            })}
                    </h3>
                    <div
                        class="table-wrap"
                        tabindex="0"
                        role="region"
                        aria-label=format!("{label}, side by side")
                    >
                        <table class="diff">
                            <colgroup>
                                <col class="number" />
                                <col />
                                <col class="number" />
                                <col />
                            </colgroup>
                            <thead>
                                <tr>
                                    <th scope="col" colspan="2">
                                        {from}
                                    </th>
                                    <th scope="col" colspan="2">
                                        {to}
                                    </th>
                                </tr>
                            </thead>
                            <tbody>{field.lines.iter().cloned().map(line).collect_view()}</tbody>
                        </table>
                    </div>
                </section>
            }
        })
        .collect_view()
        .into_any()
}

fn line(line: Line) -> AnyView {
    match line {
        Line::Same(left, right, text) => view! {
            <tr>
                <td class="no">{left}</td>
                <td>
                    <code>{text.clone()}</code>
                </td>
                <td class="no">{right}</td>
                <td>
                    <code>{text}</code>
                </td>
            </tr>
        }
        .into_any(),
        Line::Changed(left, right) => {
            let side = |side: Option<(usize, String)>, mark: &'static str, kind: &'static str| {
                match side {
                    Some((number, text)) => view! {
                        <td class="no">{number}</td>
                        <td class=kind>
                            <span class="visually-hidden">{mark}</span>
                            <code>{text}</code>
                        </td>
                    }
                    .into_any(),
                    None => view! {
                        <td class="no"></td>
                        <td class="none"></td>
                    }
                    .into_any(),
                }
            };
            view! { <tr>{side(left, "before: ", "del")}{side(right, "after: ", "ins")}</tr> }
                .into_any()
        }
        Line::Skipped(count) => view! {
            <tr class="skipped">
                <td colspan="4">
                    {if count == 1 {
                        "1 line that is the same".to_owned()
                    } else {
                        format!("{count} lines that are the same, or too many to show")
                    }}
                </td>
            </tr>
        }
        .into_any(),
    }
}
