//! Reviewing studies: the queue of staff, and the page on which staff, colleagues and the study's
//! people meet.

use domain::studies::{Section, StudyId, StudyKind};
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, Comment, History, QueueFilter, ReviewPage};

use super::detail::transition_form;
use super::versions::{changes, edits_in_words};
use crate::pages::studies::crumbs;
use crate::parts::{FormFaults, When, button_form, done, pager, paragraphs, typed};
use crate::request::{Request, page};

const PAGE: u64 = 25;

/// Submissions that wait for staff.
#[component]
pub fn ReviewQueue() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let kind = request
            .query("kind")
            .and_then(|kind| kind.parse::<StudyKind>().ok());
        let declared = request.query("declared").unwrap_or_default();
        let filter = QueueFilter {
            search: request.words(),
            kind,
            has_declarations: match declared.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
        };
        let found =
            studies::queue(&request.ctx, &request.actor, &filter, request.paging(PAGE)).await?;
        let now = request.ctx.now();
        let pages = pager(&found.waiting, |page| format!("/staff/studies?page={page}"));
        Ok(view! {
            <Title text="Review queue" />
            <h1>"Review queue"</h1>
            <form class="filters" method="get" role="search">
                <div class="filter grow">
                    <label for="search">"Study or lab"</label>
                    <input id="search" name="search" type="search" value=filter.search.clone() />
                </div>
                <div class="filter">
                    <label for="kind">"Kind"</label>
                    <select id="kind" name="kind">
                        <option value="">"all"</option>
                        {StudyKind::ALL
                            .iter()
                            .map(|one| {
                                view! {
                                    <option value=one.as_str() selected=kind == Some(*one)>
                                        {one.label()}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </div>
                <div class="filter">
                    <label for="declared">"Declarations"</label>
                    <select id="declared" name="declared">
                        <option value="">"all"</option>
                        <option value="yes" selected=declared == "yes">
                            "with"
                        </option>
                        <option value="no" selected=declared == "no">
                            "without"
                        </option>
                    </select>
                </div>
                <button class="button plain" type="submit">
                    "Show"
                </button>
            </form>
            {if found.waiting.entries.is_empty() {
                view! {
                    <div class="empty">
                        <p>"Nothing waits for review."</p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="region" aria-label="Submissions">
                        <table class="dense">
                            <thead>
                                <tr>
                                    <th scope="col">"Study"</th>
                                    <th scope="col">"Lab"</th>
                                    <th scope="col">"Kind"</th>
                                    <th scope="col">"Waiting"</th>
                                    <th scope="col">"Before"</th>
                                    <th scope="col">"Declared"</th>
                                    <th scope="col" class="number">
                                        "To look at"
                                    </th>
                                </tr>
                            </thead>
                            <tbody>
                                {found
                                    .waiting
                                    .entries
                                    .into_iter()
                                    .map(|row| {
                                        let days = (now - row.since).num_days();
                                        view! {
                                            <tr>
                                                <th scope="row">
                                                    <a href=format!(
                                                        "/exp/studies/{}/review",
                                                        row.id,
                                                    )>{row.name}</a>
                                                </th>
                                                <td>{row.lab_name}</td>
                                                <td>{row.kind.label()}</td>
                                                <td>
                                                    {match days {
                                                        0 => "today".to_owned(),
                                                        1 => "1 day".to_owned(),
                                                        days => format!("{days} days"),
                                                    }}
                                                </td>
                                                <td>
                                                    {match row.history {
                                                        History::First => "first submission",
                                                        History::Rejected => "changes were requested",
                                                        History::Approved => "was approved",
                                                    }}
                                                </td>
                                                <td>{row.declarations.keys.len()}</td>
                                                <td class="number">{row.open_checks}</td>
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
            <section>
                <h2>"Edited without a review"</h2>
                <p class="quiet-text">
                    "Small edits of approved studies in the last month: spelling, picture, contact, narrower ages, listing."
                </p>
                {if found.quiet.is_empty() {
                    view! { <p>"None."</p> }.into_any()
                } else {
                    view! {
                        <ul>
                            {found
                                .quiet
                                .into_iter()
                                .map(|edit| {
                                    view! {
                                        <li>
                                            <a href=format!(
                                                "/exp/studies/{}/versions/compare?from={}&to={}",
                                                edit.study,
                                                edit.version - 1,
                                                edit.version,
                                            )>{edit.name}</a>
                                            ": "
                                            {edits_in_words(&edit.edits)}
                                            ", "
                                            <When at=edit.at />
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                }}
            </section>
        }
        .into_any())
    })
}

/// A study for whoever reviews it.
#[component]
pub fn ReviewStudy() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::review(&request.ctx, &request.actor, id).await?;
        let form = request.form.clone();
        let before = found.comparison.from;
        let ad = found.content.ad.clone();
        let comparison = changes(&found.comparison);
        let decide = found
            .offers
            .iter()
            .map(|transition| {
                transition_form(id, *transition, found.kind, found.version, false, &form)
            })
            .collect_view();
        let may_decide = !found.offers.is_empty();
        Ok(view! {
            <Title text=format!("Review of {}", found.name) />
            {crumbs(id, &found.name)}
            {done(
                &request,
                &[
                    ("remarked", "Your remark is there."),
                    (
                        "asked",
                        "If a researcher has an account with this address, a letter is on its way.",
                    ),
                    ("settled", "Noted."),
                    ("moved", "Done."),
                ],
            )}
            <div class="page-head">
                <h1>
                    "Review " <span class="pill" data-state=found.state.as_str()>
                        {found.state.label()}
                    </span>
                </h1>
                <form method="post" action=format!("/exp/studies/{id}/preview")>
                    <button class="button plain" type="submit">
                        "Try it"
                    </button>
                </form>
            </div>
            <FormFaults form=form.clone() />
            <nav class="tabs" aria-label="On this page">
                <a href="#changes">"Changes"</a>
                <a href="#checks">"Checks"</a>
                <a href="#remarks">"Remarks"</a>
                {may_decide.then(|| view! { <a href="#decision">"Decision"</a> })}
            </nav>
            <div class="study-desk">
                <div>
                    <section id="changes" class="card">
                        <h2>
                            {if before == 0 {
                                "Everything is new".to_owned()
                            } else {
                                format!("What changed since version {before}, which was approved")
                            }}
                        </h2>
                        {if before == 0 {
                            view! {
                                <details>
                                    <summary>"Show every field"</summary>
                                    {comparison}
                                </details>
                            }
                                .into_any()
                        } else {
                            comparison
                        }}
                        <p class="quiet-text">
                            "For " {super::audience_line(&ad)} ". " {ad.short_description.clone()}
                        </p>
                    </section>
                    {remarks(id, &found, &form)}
                    {may_decide
                        .then(|| {
                            view! {
                                <section id="decision" class="card">
                                    <h2>"Decision"</h2>
                                    {decide}
                                </section>
                            }
                        })}
                </div>
                <aside class="study-side" aria-label="About the submission">
                    <section id="checks">
                        <h2>"Checks"</h2>
                        <ul class="checks">
                            {found
                                .checks
                                .iter()
                                .cloned()
                                .map(|check| {
                                    view! {
                                        <li data-fine=if check.is_fine { "yes" } else { "no" }>
                                            <strong>
                                                {if check.is_fine { "\u{2713} " } else { "\u{26a0} " }}
                                                {check.label}
                                            </strong>
                                            " "
                                            {check.finding}
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    </section>
                    <section>
                        <h2>"Submission"</h2>
                        <p>
                            {found.lab_name.clone()} ", " {found.kind.label()} ", version "
                            {found.version} ", since " <When at=found.since />
                        </p>
                        {(!found.comment.is_empty())
                            .then(|| {
                                view! {
                                    <blockquote class="comment">
                                        {paragraphs(&found.comment)}
                                    </blockquote>
                                }
                            })}
                        {if found.declarations.keys.is_empty() {
                            view! { <p class="quiet-text">"Nothing was declared."</p> }.into_any()
                        } else {
                            view! {
                                <ul>
                                    {found
                                        .declarations
                                        .words()
                                        .into_iter()
                                        .map(|words| view! { <li>{words}</li> })
                                        .collect_view()}
                                </ul>
                                {paragraphs(&found.declarations.issues_description)}
                            }
                                .into_any()
                        }}
                    </section>
                    {colleagues(id, &found)}
                </aside>
            </div>
        }
        .into_any())
    })
}

fn remarks(id: StudyId, found: &ReviewPage, form: &crate::form::FormState) -> AnyView {
    let error = form.error("body");
    let may_write = found.may_write;
    let of = |section: Section| {
        found
            .comments
            .iter()
            .filter(|comment| comment.section == section)
            .cloned()
            .collect::<Vec<Comment>>()
    };
    view! {
        <section id="remarks" class="card">
            <h2>"Remarks"</h2>
            {found.comments.is_empty().then(|| view! { <p class="quiet-text">"None yet."</p> })}
            {Section::ALL
                .iter()
                .copied()
                .map(|section| (section, of(section)))
                .filter(|(_, comments)| !comments.is_empty())
                .map(|(section, comments)| {
                    view! {
                        <h3>{section.label()}</h3>
                        <ol class="log">
                            {comments
                                .into_iter()
                                .map(|comment| {
                                    view! {
                                        <li data-settled=comment.resolved_at.map(|_| "yes")>
                                            <p>
                                                <strong>{comment.by}</strong>
                                                ", "
                                                <When at=comment.at />
                                                <span class="quiet-text">
                                                    {format!(" on version {}", comment.version)}
                                                    {comment.resolved_at.map(|_| ", dealt with")}
                                                </span>
                                            </p>
                                            {paragraphs(&comment.body)}
                                            {may_write
                                                .then(|| button_form(
                                                    format!("/exp/studies/{id}/comments/settle"),
                                                    "button plain small",
                                                    if comment.resolved_at.is_some() {
                                                        "Not dealt with yet"
                                                    } else {
                                                        "Dealt with"
                                                    },
                                                    "",
                                                    vec![
                                                        ("comment", comment.id.to_string()),
                                                        (
                                                            "settled",
                                                            if comment.resolved_at.is_some() {
                                                                String::new()
                                                            } else {
                                                                "1".to_owned()
                                                            },
                                                        ),
                                                    ],
                                                ))}
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ol>
                    }
                })
                .collect_view()}
            {found
                .may_comment
                .then(|| {
                    view! {
                        <form method="post" action=format!("/exp/studies/{id}/comments")>
                            <div class="field">
                                <label for="section">"About"</label>
                                <select id="section" name="section">
                                    {Section::ALL
                                        .iter()
                                        .map(|section| {
                                            view! {
                                                <option
                                                    value=section.as_str()
                                                    selected=form.form.text("section") == section.as_str()
                                                >
                                                    {section.label()}
                                                </option>
                                            }
                                        })
                                        .collect_view()}
                                </select>
                            </div>
                            <div class="field">
                                <label for="body">"Remark"</label>
                                <textarea
                                    id="body"
                                    name="body"
                                    rows="3"
                                    aria-invalid=error.as_ref().map(|_| "true")
                                >
                                    {typed(&form.form.text("body"))}
                                </textarea>
                                {error
                                    .map(|error| {
                                        view! {
                                            <p class="field-error">
                                                <span aria-hidden="true" class="field-error-icon">
                                                    "!"
                                                </span>
                                                {error}
                                            </p>
                                        }
                                    })}
                            </div>
                            <button class="button plain" type="submit">
                                "Leave the remark"
                            </button>
                        </form>
                    }
                })}
        </section>
    }
    .into_any()
}

fn colleagues(id: StudyId, found: &ReviewPage) -> AnyView {
    let may_write = found.may_write;
    if !may_write && found.peers.is_empty() {
        return ().into_any();
    }
    view! {
        <section>
            <h2>"Colleagues"</h2>
            <p class="quiet-text">
                "Researchers of other labs who were asked for their opinion. They can read and try the study and leave remarks."
            </p>
            <ul>
                {found
                    .peers
                    .clone()
                    .into_iter()
                    .map(|(account, name)| {
                        view! {
                            <li>
                                {name.clone()}
                                {may_write
                                    .then(|| button_form(
                                        format!("/exp/studies/{id}/peers"),
                                        "button plain small",
                                        "No longer",
                                        name,
                                        vec![("account", account.to_string())],
                                    ))}
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            {may_write
                .then(|| {
                    view! {
                        <form method="post" action=format!("/exp/studies/{id}/peers")>
                            <div class="field">
                                <label for="email">"E-mail address of a researcher"</label>
                                <input id="email" name="email" type="email" />
                            </div>
                            <button class="button plain small" type="submit">
                                "Ask"
                            </button>
                        </form>
                    }
                })}
        </section>
    }
    .into_any()
}
