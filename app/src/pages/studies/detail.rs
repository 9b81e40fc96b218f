//! One study: where it is in its life, what it still needs, and what can be done with it.

use domain::studies::life::DECLARATIONS;
use domain::studies::{StudyId, StudyKind, StudyState, Transition};
use leptos::prelude::*;
use leptos_meta::Title;
use protocol::Severity;
use services::studies::{self, LabStudyPage, LogEntry};

use crate::form::FormState;
use crate::pages::studies::crumbs;
use crate::parts::{FormFaults, When, button_form, done, pager, typed};
use crate::request::{Request, page};

const LOG: u64 = 20;

/// One study.
#[component]
pub fn StudyDetail() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::find_of_lab(&request.ctx, &request.actor, id).await?;
        let study = found.study.clone();
        let content = found.content.clone();
        let (origin, form) = (request.ctx.site.origin.clone(), request.form.clone());
        let links = links(id, &origin, &found);
        Ok(view! {
            <Title text=study.ad.name.clone() />
            <p class="crumbs">
                <a href="/exp/studies">"Studies"</a>
            </p>
            {done(
                &request,
                &[
                    ("saved", "Saved."),
                    (
                        "saved-review",
                        "Saved. The study has to be submitted again before it can collect data.",
                    ),
                    ("unchanged", "Nothing was different, so nothing was saved."),
                    ("created", "The study is made. Write its ad and its design next."),
                    ("cloned", "This is your copy."),
                    ("moved", "Done."),
                    ("previews-deleted", "The previews are deleted."),
                ],
            )}
            <div class="page-head">
                <h1>
                    {study.ad.name.clone()} " " <span class="pill" data-state=study.state.as_str()>
                        {study.state.label()}
                    </span>
                </h1>
            </div>
            <FormFaults form=form.clone() />
            <div class="row-actions spread">
                {found
                    .may_write
                    .then(|| {
                        view! {
                            <a class="button" href=format!("/exp/studies/{id}/design")>
                                "Design"
                            </a>
                            <a class="button plain" href=format!("/exp/studies/{id}/edit")>
                                "Ad"
                            </a>
                        }
                    })} <form method="post" action=format!("/exp/studies/{id}/preview")>
                    <button class="button plain" type="submit">
                        "Full preview"
                    </button>
                </form>
                {found
                    .may_read_responses
                    .then(|| {
                        view! {
                            <a class="button plain" href=format!("/exp/studies/{id}/responses")>
                                {format!("Responses ({})", found.responses)}
                            </a>
                        }
                    })}
                {(found.may_read_previews && found.previews > 0)
                    .then(|| {
                        view! {
                            <a
                                class="button plain"
                                href=format!("/exp/studies/{id}/responses?previews=yes")
                            >
                                {format!("Previews ({})", found.previews)}
                            </a>
                        }
                    })} <a class="button plain" href=format!("/exp/studies/{id}/versions")>
                    "Versions"
                </a> <a class="button plain" href=format!("/exp/studies/{id}/review")>
                    "Review"
                </a> <a class="button plain" href=format!("/exp/studies/{id}/people")>
                    "People"
                </a>
                {found
                    .may_manage_people
                    .then(|| {
                        view! {
                            <a class="button plain" href=format!("/exp/studies/{id}/audit")>
                                "Audit"
                            </a>
                        }
                    })}
            </div>
            <div class="study-desk">
                <div>
                    {status(id, &found, &form)} {design(&found)} <section class="card">
                        <div class="page-head">
                            <h2>"What happened"</h2>
                            <a href=format!("/exp/studies/{id}/log")>"The whole log"</a>
                        </div>
                        <ol class="log">
                            {found.log.clone().into_iter().map(entry).collect_view()}
                        </ol>
                    </section>
                </div>
                <aside class="study-side" aria-label="About the study">
                    {(!content.ad.image.is_empty())
                        .then(|| {
                            view! {
                                <img
                                    class="picture"
                                    src=content.ad.image.clone()
                                    alt=content.ad.image_alt.clone()
                                    width="240"
                                    height="240"
                                />
                            }
                        })}
                    <dl class="facts-list stacked">
                        <div>
                            <dt>"Lab"</dt>
                            <dd>
                                <a href=format!(
                                    "/exp/labs/{}",
                                    study.lab_id,
                                )>{found.lab_name.clone()}</a>
                            </dd>
                        </div>
                        <div>
                            <dt>"Kind"</dt>
                            <dd>{study.kind.label()}</dd>
                        </div>
                        <div>
                            <dt>"For"</dt>
                            <dd>{super::audience_line(&content.ad)}</dd>
                        </div>
                        <div>
                            <dt>"Version"</dt>
                            <dd>
                                {match (found.version, found.approved_version) {
                                    (0, _) => "from before versions were kept".to_owned(),
                                    (latest, Some(approved)) if latest == approved => {
                                        format!("{latest}, approved")
                                    }
                                    (latest, Some(approved)) => {
                                        format!("{latest}; version {approved} was approved last")
                                    }
                                    (latest, None) => format!("{latest}, never approved"),
                                }}
                            </dd>
                        </div>
                        {found
                            .approval
                            .clone()
                            .map(|(who, when)| {
                                view! {
                                    <div>
                                        <dt>"Approved by"</dt>
                                        <dd>{who} ", " <When at=when /></dd>
                                    </div>
                                }
                            })}
                        <div>
                            <dt>"Listed"</dt>
                            <dd>
                                {match (study.state == StudyState::Active, study.is_public) {
                                    (true, true) => "yes: families find it",
                                    (true, false) => "no: families reach it by its link only",
                                    (false, true) => "once it collects data",
                                    (false, false) => {
                                        "no; once it collects data, families reach it by its link"
                                    }
                                }}
                            </dd>
                        </div>
                        <div>
                            <dt>"UUID"</dt>
                            <dd>
                                <code>{id.to_string()}</code>
                            </dd>
                        </div>
                    </dl>
                    {links}
                    <div class="side-actions">
                        {found
                            .may_clone
                            .then(|| button_form(
                                format!("/exp/studies/{id}/clone"),
                                "button plain small",
                                "Clone",
                                study.ad.name.clone(),
                                vec![],
                            ))}
                        {(found.may_delete_previews && found.previews > 0)
                            .then(|| {
                                view! {
                                    <details>
                                        <summary>
                                            {format!("Delete preview data ({})", found.previews)}
                                        </summary>
                                        <p>
                                            {format!(
                                                "Everything that {} stored is deleted for good. Responses of families stay.",
                                                if found.previews == 1 {
                                                    "1 preview".to_owned()
                                                } else {
                                                    format!("{} previews", found.previews)
                                                },
                                            )}
                                        </p>
                                        {button_form(
                                            format!("/exp/studies/{id}/previews/delete"),
                                            "button danger small",
                                            format!(
                                                "Delete {}",
                                                if found.previews == 1 {
                                                    "1 preview".to_owned()
                                                } else {
                                                    format!("{} previews", found.previews)
                                                },
                                            ),
                                            "",
                                            vec![("expected", found.previews.to_string())],
                                        )}
                                    </details>
                                }
                            })}
                    </div>
                </aside>
            </div>
        }
        .into_any())
    })
}

fn links(id: StudyId, origin: &str, found: &LabStudyPage) -> AnyView {
    let address = format!("{origin}/studies/{id}");
    view! {
        <p>
            <a href=format!("/studies/{id}")>"The page that families see"</a>
        </p>
        <p class="help">"Its address: " <code class="address">{address.clone()}</code></p>
        {found
            .has_shared_preview
            .then(|| {
                view! {
                    <p class="help">
                        "Its preview is shared: every researcher can try it at this address."
                    </p>
                }
            })}
    }
    .into_any()
}

/// The card of the study's state, with a form for each thing that the person may do to it.
fn status(id: StudyId, found: &LabStudyPage, form: &FormState) -> AnyView {
    let state = found.study.state;
    let (mut main, mut rest): (Vec<Transition>, Vec<Transition>) =
        found.offers.iter().partition(|transition| {
            matches!(
                transition,
                Transition::Submit
                    | Transition::Resubmit
                    | Transition::Activate
                    | Transition::Pause
            )
        });
    // Staff decide on the page of the review, where they see what they approve.
    main.retain(|transition| *transition != Transition::Archive);
    rest.retain(|transition| !matches!(transition, Transition::Approve | Transition::Reject));
    let needs = found.needs.clone();
    let is_lab_approved = found.is_lab_approved;
    let may = found
        .offers
        .iter()
        .any(|transition| matches!(transition, Transition::Approve | Transition::Reject));
    let (comment, version, kind) = (found.comment.clone(), found.version, found.study.kind);
    let forms = |transitions: Vec<Transition>| {
        transitions
            .into_iter()
            .map(|transition| {
                let is_blocked = (transition.needs_ready_study() && !needs.is_empty())
                    || (transition.needs_approved_lab() && !is_lab_approved);
                transition_form(id, transition, kind, version, is_blocked, form)
            })
            .collect_view()
    };
    view! {
        <section class="card status" data-state=state.as_str()>
            <h2>{state.label()}</h2>
            <p>
                {state.explanation()} " "
                <span class="quiet-text">"Since " <When at=found.state_changed_at /> "."</span>
            </p>
            {(!comment.is_empty())
                .then(|| {
                    view! {
                        <blockquote class="comment">
                            {crate::parts::paragraphs(&comment)}
                        </blockquote>
                    }
                })}
            {(!is_lab_approved && !state.is_approved())
                .then(|| {
                    view! {
                        <p class="notice" data-kind="warn">
                            "The lab is not approved yet. Its studies can be written and tried, but not submitted."
                        </p>
                    }
                })}
            {(!found.needs.is_empty()
                && matches!(
                    state,
                    StudyState::Created | StudyState::Rejected | StudyState::Retracted
                ))
                .then(|| {
                    view! {
                        <div class="notice" data-kind="info">
                            <p>
                                <strong>"Before it can be submitted:"</strong>
                            </p>
                            <ul>
                                {found
                                    .needs
                                    .clone()
                                    .into_iter()
                                    .map(|need| view! { <li>{need}</li> })
                                    .collect_view()}
                            </ul>
                        </div>
                    }
                })}
            {may
                .then(|| {
                    view! {
                        <p>
                            <a class="button" href=format!("/exp/studies/{id}/review")>
                                "Review it"
                            </a>
                        </p>
                    }
                })}
            {forms(main)}
            {(!rest.is_empty())
                .then(|| {
                    view! {
                        <details class="more">
                            <summary>"More"</summary>
                            {forms(rest)}
                        </details>
                    }
                })}
        </section>
    }
    .into_any()
}

/// The form of one transition; also on the page of the review.
pub(super) fn transition_form(
    id: StudyId,
    transition: Transition,
    kind: StudyKind,
    version: i32,
    is_blocked: bool,
    form: &FormState,
) -> AnyView {
    let name = transition.as_str();
    let is_this = form.form.text("transition") == name;
    let error = is_this.then(|| form.error("comment")).flatten();
    let comment = if is_this {
        form.form.text("comment")
    } else {
        String::new()
    };
    let issues = if is_this {
        form.form.text("issues_description")
    } else {
        String::new()
    };
    let ticked = form.form.all("declaration");
    let class = match transition {
        Transition::Submit | Transition::Resubmit | Transition::Activate | Transition::Approve => {
            "button"
        }
        Transition::Archive => "button danger small",
        _ => "button plain",
    };
    let declares = matches!(transition, Transition::Submit | Transition::Resubmit);
    view! {
        <form
            method="post"
            action=format!(
                "/exp/studies/{id}/{}",
                if transition.action() == domain::permissions::Action::ApproveOrRejectStudy {
                    "verdict"
                } else {
                    "state"
                },
            )
            class="transition"
        >
            <input type="hidden" name="transition" value=name />
            <input type="hidden" name="version" value=version />
            {transition
                .has_comment()
                .then(|| {
                    view! {
                        <div class="field">
                            <label for=format!(
                                "{name}-comment",
                            )>
                                {match transition {
                                    Transition::Submit => "For the reviewers",
                                    Transition::Resubmit => "What did you change?",
                                    Transition::Reject => "What should be changed?",
                                    _ => "For the lab",
                                }}
                                {(transition != Transition::Reject)
                                    .then(|| view! { <span class="optional">" (optional)"</span> })}
                            </label>
                            <textarea
                                id=format!("{name}-comment")
                                name="comment"
                                rows="3"
                                aria-invalid=error.as_ref().map(|_| "true")
                                aria-describedby=error.as_ref().map(|_| format!("{name}-error"))
                            >
                                {typed(&comment)}
                            </textarea>
                            {error
                                .map(|error| {
                                    view! {
                                        <p class="field-error" id=format!("{name}-error")>
                                            <span aria-hidden="true" class="field-error-icon">
                                                "!"
                                            </span>
                                            {error}
                                        </p>
                                    }
                                })}
                        </div>
                    }
                })}
            {declares
                .then(|| {
                    view! {
                        <fieldset class="field choices">
                            <legend>"Does any of this apply?"</legend>
                            {DECLARATIONS
                                .iter()
                                .filter(|(key, _)| match *key {
                                    "issue_consent" => kind != StudyKind::External,
                                    "collecting_data" => kind == StudyKind::External,
                                    _ => true,
                                })
                                .map(|(key, words)| {
                                    view! {
                                        <label class="choice">
                                            <input
                                                type="checkbox"
                                                name="declaration"
                                                value=*key
                                                checked=ticked.iter().any(|one| one == key)
                                            />
                                            <span>{*words}</span>
                                        </label>
                                    }
                                })
                                .collect_view()}
                            <label for=format!(
                                "{name}-issues",
                            )>
                                "If so, please say how" <span class="optional">" (optional)"</span>
                            </label>
                            <textarea
                                id=format!("{name}-issues")
                                name="issues_description"
                                rows="2"
                            >
                                {typed(&issues)}
                            </textarea>
                        </fieldset>
                    }
                })}
            <button
                class=class
                type="submit"
                disabled=is_blocked
                aria-describedby=format!("{name}-help")
            >
                {transition.label()}
            </button>
            <p class="help" id=format!("{name}-help")>
                {transition.explanation()}
            </p>
        </form>
    }
    .into_any()
}

fn design(found: &LabStudyPage) -> AnyView {
    let has_fault = found
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Fault);
    let problems = found.problems.clone();
    let design = found.content.design.clone();
    let frames = found.frames.clone();
    view! {
        <section class="card">
            <h2>"Design"</h2>
            {(!problems.is_empty())
                .then(|| {
                    view! {
                        <div class="notice" data-kind=if has_fault { "bad" } else { "warn" }>
                            <p>
                                <strong>
                                    {if has_fault {
                                        "Families can't start this study:"
                                    } else {
                                        "Worth a look:"
                                    }}
                                </strong>
                            </p>
                            <ul class="problems">
                                {problems
                                    .into_iter()
                                    .map(|problem| {
                                        view! {
                                            <li>
                                                <code>{problem.path}</code>
                                                " "
                                                {problem.message}
                                                ". "
                                                <span class="quiet-text">{problem.remedy}</span>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        </div>
                    }
                })}
            {match found.study.kind {
                StudyKind::External => {
                    view! {
                        <p>
                            "Families go to "
                            <code class="address">{design.external.url.clone()}</code>
                            {if design.external.scheduled {
                                " and make an appointment there."
                            } else {
                                " and take part at once."
                            }}
                        </p>
                    }
                        .into_any()
                }
                StudyKind::CustomRunner => {
                    view! {
                        <p>
                            "Runner: "
                            <code class="address">{design.runner.player_repo_url.clone()}</code>
                            " at "
                            <code>
                                {design
                                    .runner
                                    .last_known_player_sha
                                    .chars()
                                    .take(10)
                                    .collect::<String>()}
                            </code>
                        </p>
                    }
                        .into_any()
                }
                StudyKind::JsPsych => {
                    view! {
                        <details>
                            <summary>"The experiment as it was written"</summary>
                            <pre class="code" tabindex="0">
                                {design.experiment.clone()}
                            </pre>
                        </details>
                    }
                        .into_any()
                }
                StudyKind::FramePlayer if design.uses_generator => {
                    view! {
                        <details>
                            <summary>"The generator as it was written"</summary>
                            <pre class="code" tabindex="0">
                                {design.generator.clone()}
                            </pre>
                        </details>
                    }
                        .into_any()
                }
                StudyKind::FramePlayer => {
                    view! {
                        {(!frames.is_empty())
                            .then(|| {
                                view! {
                                    <p class="quiet-text">"One possible run:"</p>
                                    <ol class="outline">
                                        {frames
                                            .into_iter()
                                            .map(|frame| {
                                                view! {
                                                    <li>
                                                        <code>{frame.id}</code>
                                                        " "
                                                        <span class="quiet-text">{frame.kind}</span>
                                                    </li>
                                                }
                                            })
                                            .collect_view()}
                                    </ol>
                                }
                            })}
                        <details>
                            <summary>"The protocol as it was written"</summary>
                            <pre class="code" tabindex="0">
                                {design.structure.clone()}
                            </pre>
                        </details>
                    }
                        .into_any()
                }
            }}
        </section>
    }
    .into_any()
}

pub(super) fn entry(entry: LogEntry) -> AnyView {
    let what = match (entry.state, entry.edited.is_empty()) {
        (_, false) => format!(
            "Needs another review, since this was edited: {}",
            entry.edited
        ),
        (Some(StudyState::Created), _) => "Made".to_owned(),
        (Some(state), _) => state.label().to_owned(),
        (None, _) => entry.action,
    };
    view! {
        <li>
            <p>
                <strong>{what}</strong>
                {(!entry.by.is_empty()).then(|| format!(" by {}", entry.by))}
                ", "
                <When at=entry.at />
                {entry
                    .version
                    .map(|version| {
                        view! { <span class="quiet-text">{format!(" (version {version})")}</span> }
                    })}
            </p>
            {(!entry.comment.is_empty())
                .then(|| {
                    view! {
                        <blockquote class="comment">
                            {crate::parts::paragraphs(&entry.comment)}
                        </blockquote>
                    }
                })}
            {entry
                .declarations
                .map(|declared| {
                    view! {
                        <ul class="quiet-text">
                            {declared
                                .words()
                                .into_iter()
                                .map(|words| view! { <li>{words}</li> })
                                .collect_view()}
                            {(!declared.issues_description.is_empty())
                                .then(|| view! { <li>{declared.issues_description.clone()}</li> })}
                        </ul>
                    }
                })}
        </li>
    }
    .into_any()
}

/// The whole log of a study.
#[component]
pub fn StudyLog() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let name = studies::name_for(&request.ctx, &request.actor, id).await?;
        let wanted = request
            .query("state")
            .and_then(|state| state.parse::<StudyState>().ok());
        let found = studies::log(
            &request.ctx,
            &request.actor,
            id,
            wanted,
            request.paging(LOG),
        )
        .await?;
        let state = wanted.map(StudyState::as_str).unwrap_or_default();
        let pages = pager(&found, |page| {
            format!("/exp/studies/{id}/log?state={state}&page={page}")
        });
        Ok(view! {
            <Title text=format!("Log of {name}") />
            {crumbs(id, &name)}
            <h1>"Log"</h1>
            <form class="filters" method="get">
                <div class="filter">
                    <label for="state">"State"</label>
                    <select id="state" name="state">
                        <option value="">"all"</option>
                        {StudyState::ALL
                            .iter()
                            .map(|one| {
                                view! {
                                    <option value=one.as_str() selected=wanted == Some(*one)>
                                        {one.label()}
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
                        <p>"Nothing of that kind happened yet."</p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <ol class="log">{found.entries.into_iter().map(entry).collect_view()}</ol>
                    {pages}
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}
