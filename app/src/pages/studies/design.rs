//! Writing what a study runs. The text is a form that works without scripts; with them it becomes
//! an editor with an outline on one side and a preview on the other.

use domain::studies::design::{Platform, SOURCE_HOSTS, Scheduling};
use domain::studies::{DraftPart, StudyId, StudyKind};
use leptos::prelude::*;
use leptos_meta::Title;
use protocol::{Node, Outline, Problem, Severity};
use services::studies::{self, DesignPage};

use super::ad::{agreement, form_of};
use crate::form::{Form, FormState};
use crate::pages::studies::crumbs;
use crate::parts::{ChoiceField, FormFaults, TextField, done, typed};
use crate::request::{Request, page};

fn filled(found: &DesignPage) -> Form {
    let design = &found.content.design;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Form::of([
        ("base", found.version.to_string()),
        ("structure", design.structure.clone()),
        (
            "uses_generator",
            if design.uses_generator { "1" } else { "" }.to_owned(),
        ),
        ("generator", design.generator.clone()),
        ("experiment", design.experiment.clone()),
        ("url", design.external.url.clone()),
        (
            "scheduled",
            if design.external.url.is_empty() {
                ""
            } else if design.external.scheduled {
                "Scheduled"
            } else {
                "Unmoderated"
            }
            .to_owned(),
        ),
        (
            "scheduling",
            text(design.external.scheduling.map(Scheduling::as_str)),
        ),
        ("other_scheduling", design.external.other_scheduling.clone()),
        (
            "study_platform",
            text(design.external.study_platform.map(Platform::as_str)),
        ),
        (
            "other_study_platform",
            design.external.other_study_platform.clone(),
        ),
        ("player_repo_url", design.runner.player_repo_url.clone()),
        (
            "last_known_player_sha",
            design.runner.last_known_player_sha.clone(),
        ),
    ])
}

/// The design of a study.
#[component]
pub fn DesignStudy() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::design(&request.ctx, &request.actor, id).await?;
        let (form, notice) = form_of(
            &request,
            id,
            DraftPart::Design,
            found.version,
            filled(&found),
        )
        .await?;
        let (kind, name) = (found.kind, found.name.clone());
        let is_code = kind != StudyKind::External;
        let ages = found.content.ad.ages;
        let middle = i64::midpoint(ages.lowest_days(), ages.highest_days());
        let run_origin = request.ctx.site.run_origin.clone();
        let fields = match kind {
            StudyKind::FramePlayer => protocol_fields(&form),
            StudyKind::JsPsych => jspsych_fields(&form),
            StudyKind::External => {
                external_fields(&form, &request.ctx.site.origin, id, &found.webhook_secret)
            }
            StudyKind::CustomRunner => view! {
                {runner_fields(&form)}
                {protocol_fields(&form)}
            }
            .into_any(),
        };
        let plays = matches!(kind, StudyKind::FramePlayer | StudyKind::JsPsych);
        let outline = matches!(kind, StudyKind::FramePlayer | StudyKind::CustomRunner)
            .then(|| outline_view(&form.form.text("structure")));
        let schema = matches!(kind, StudyKind::FramePlayer | StudyKind::CustomRunner)
            .then(protocol::kinds::as_json);
        Ok(view! {
            <Title text=format!("Design of {name}") />
            {crumbs(id, &name)}
            {done(
                &request,
                &[
                    ("saved", "Saved."),
                    (
                        "saved-review",
                        "Saved. The study has to be submitted again before it can collect data.",
                    ),
                    ("unchanged", "Nothing was different, so nothing was saved."),
                    ("dropped", "The draft is gone. This is what is saved."),
                ],
            )}
            <div class="page-head">
                <h1>"Design " <span class="quiet-text">{kind.label()}</span></h1>
                <div class="row-actions">
                    <a class="button plain" href=format!("/exp/studies/{id}/edit")>
                        "Ad"
                    </a>
                    <form method="post" action=format!("/exp/studies/{id}/preview") target="_blank">
                        <button class="button plain" type="submit">
                            "Full preview"
                        </button>
                    </form>
                </div>
            </div>
            {notice}
            <FormFaults form=form.clone() />
            <div class="workbench" data-kind=kind.as_str()>
                {is_code
                    .then(|| {
                        view! {
                            <section class="workbench-outline" aria-label="Outline">
                                <div id="outline">
                                    {outline.unwrap_or_else(|| plugins().into_any())}
                                </div>
                            </section>
                        }
                    })}
                <form
                    method="post"
                    action=format!("/exp/studies/{id}/design")
                    class="workbench-text"
                    id="design-form"
                    data-draft=format!("/exp/studies/{id}/draft")
                    data-part="design"
                    data-check=format!("/exp/studies/{id}/check")
                >
                    <input type="hidden" name="base" id="base" value=form.form.text("base") />
                    {fields}
                    <TextField form=form.clone() name="note" label="Note for this version" />
                    {agreement(found.state, &form)}
                    <div class="form-actions sticky">
                        <button class="button" type="submit">
                            "Save"
                        </button>
                        <a href=format!("/exp/studies/{id}")>"Back to the study"</a>
                        <span class="draft-state" role="status" aria-live="polite"></span>
                    </div>
                </form>
                {(kind == StudyKind::CustomRunner)
                    .then(|| archive_form(id, &found.content.design.runner.archive, &form))}
                {plays
                    .then(|| {
                        view! {
                            <section
                                class="workbench-pane"
                                id="pane"
                                aria-label="Preview"
                                data-run-origin=run_origin
                                data-document=format!("/exp/studies/{id}/pane")
                                data-age=middle
                                hidden=true
                            ></section>
                        }
                    })}
            </div>
            {schema
                .map(|schema| {
                    view! {
                        <script type="application/json" id="frame-kinds" inner_html=schema></script>
                    }
                })}
        }
        .into_any())
    })
}

fn code_field(
    form: &FormState,
    name: &'static str,
    label: &'static str,
    help: &'static str,
    language: &'static str,
    rows: u16,
) -> AnyView {
    let error = form.error(name);
    view! {
        <div class="field code-field" data-field=name data-language=language>
            <label for=name>{label}</label>
            <p class="help" id=format!("{name}-help")>
                {help}
            </p>
            <textarea
                id=name
                name=name
                rows=rows
                spellcheck="false"
                autocapitalize="off"
                class="code"
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=format!("{name}-help")
            >
                {typed(&form.form.text(name))}
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
    .into_any()
}

fn protocol_fields(form: &FormState) -> AnyView {
    let uses = !form.form.text("uses_generator").is_empty();
    view! {
        {code_field(
            form,
            "structure",
            "Protocol",
            "JSON with \u{201c}frames\u{201d} and \u{201c}sequence\u{201d}.",
            "json",
            24,
        )}
        <label class="choice">
            <input
                type="checkbox"
                name="uses_generator"
                id="uses_generator"
                value="1"
                checked=uses
            />
            <span>"Make the protocol with a generator function instead"</span>
        </label>
        {code_field(
            form,
            "generator",
            "Generator",
            "A JavaScript function (child, pastSessions) that returns { frames, sequence }. It runs in the family's browser. The protocol above is kept, and used again when you untick the box.",
            "javascript",
            12,
        )}
    }
    .into_any()
}

fn jspsych_fields(form: &FormState) -> AnyView {
    code_field(
        form,
        "experiment",
        "Experiment",
        "JavaScript for jsPsych 8: initJsPsych, a timeline, jsPsych.run. Plugins need no loading; an HTML page with script elements works as well.",
        "javascript",
        28,
    )
}

fn external_fields(form: &FormState, origin: &str, id: StudyId, secret: &str) -> AnyView {
    let names = |list: Vec<&'static str>| {
        list.into_iter()
            .map(|name| (name.to_owned(), name.to_owned()))
            .collect::<Vec<_>>()
    };
    let error = form.error("scheduled");
    let scheduled = form.form.text("scheduled");
    view! {
        <TextField
            form=form.clone()
            name="url"
            label="Address of the study"
            kind="url"
            required=true
            help="We add child (a publishable ID), response (the visit's UUID) and lookit_return (see below)."
        />
        <fieldset class="field choices" id="scheduled" tabindex="-1">
            <legend>"How do families take part?"</legend>
            <label class="choice">
                <input
                    type="radio"
                    name="scheduled"
                    value="Unmoderated"
                    checked=scheduled == "Unmoderated"
                />
                <span>"At once, on their own"</span>
            </label>
            <label class="choice">
                <input
                    type="radio"
                    name="scheduled"
                    value="Scheduled"
                    checked=scheduled == "Scheduled"
                />
                <span>"They make an appointment"</span>
            </label>
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
        </fieldset>
        <div class="only-scheduled">
            <ChoiceField
                form=form.clone()
                name="scheduling"
                legend="By"
                options=names(Scheduling::ALL.iter().map(|one| one.as_str()).collect())
            />
            <div class="only-other-scheduling">
                <TextField form=form.clone() name="other_scheduling" label="By what?" />
            </div>
        </div>
        <ChoiceField
            form=form.clone()
            name="study_platform"
            legend="Made with"
            options=names(Platform::ALL.iter().map(|one| one.as_str()).collect())
        />
        <div class="only-other-platform">
            <TextField form=form.clone() name="other_study_platform" label="With what?" />
        </div>
        <details class="field">
            <summary>"How we learn that a family is done"</summary>
            <p>
                "At the end, send the family to the address that came as "
                <code>"lookit_return"</code>
                ". It is signed and works for that visit only. The family is then back on its page of past studies, and the visit counts as complete."
            </p>
            <p>
                "Or let the other site send a POST request to "
                <code class="address">{format!("{origin}/hooks/external/{id}")}</code>
                " with the body " <code>"{\"response\": \"<the visit's UUID>\"}"</code>
                " and the header "
                <code>"X-Lookit-Signature: t=<seconds since 1970>,v1=<signature>"</code>
                ". The signature is the HMAC-SHA256 of " <code>"t.body"</code>
                " in hexadecimal, with this key, which is nobody else's business:"
            </p>
            <p>
                <code class="address">{secret.to_owned()}</code>
            </p>
        </details>
    }
    .into_any()
}

fn runner_fields(form: &FormState) -> AnyView {
    view! {
        <div class="notice" data-kind="info">
            <p>
                "Runners can't be built on this site yet. What you enter is checked and kept; the study can't be run until then."
            </p>
        </div>
        <TextField
            form=form.clone()
            name="player_repo_url"
            label="Repository"
            kind="url"
            help=format!(
                "Such as https://github.com/lab/runner. Known hosts: {}.",
                SOURCE_HOSTS.join(", "),
            )
        />
        <TextField
            form=form.clone()
            name="last_known_player_sha"
            label="Commit"
            help="All 40 characters."
        />
    }
    .into_any()
}

fn archive_form(id: StudyId, archive: &str, form: &FormState) -> AnyView {
    let short: String = archive.chars().take(12).collect();
    view! {
        <section class="workbench-pane" aria-label="Archive">
            <h2>"Archive"</h2>
            <p>
                {if archive.is_empty() {
                    "None yet.".to_owned()
                } else {
                    format!("One is kept ({short}\u{2026}).")
                }}
            </p>
            <form
                method="post"
                action=format!("/exp/studies/{id}/archive")
                enctype="multipart/form-data"
            >
                <div class="field">
                    <label for="archive">"Sources as a ZIP archive"</label>
                    <p class="help">
                        "Instead of a repository; at most 12 MB. Sending one to an approved study takes the approval away."
                    </p>
                    <input id="archive" name="archive" type="file" accept=".zip,application/zip" />
                    {form
                        .error("archive")
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
                <button class="button plain small" type="submit">
                    "Send the archive"
                </button>
            </form>
        </section>
    }
    .into_any()
}

/// A list of jsPsych's plugins; the editor fills it, since the plugins are the browser's.
fn plugins() -> impl IntoView {
    view! {
        <p class="quiet-text" id="plugins">
            "With JavaScript, the plugins that are ready to use are listed here."
        </p>
    }
}

/// The outline of a protocol as it is written, its problems, and what its randomizers can yield.
fn outline_view(structure: &str) -> AnyView {
    let report = protocol::report(structure);
    let outline = protocol::Document::parse(structure)
        .map(|document| protocol::outline(&document))
        .unwrap_or_default();
    view! {
        <h2>"Outline"</h2>
        {if outline.nodes.is_empty() {
            view! { <p class="quiet-text">"Nothing to show yet."</p> }.into_any()
        } else {
            view! { <ol class="outline-tree">{outline.nodes.iter().map(node).collect_view()}</ol> }
                .into_any()
        }}
        {problems(&report.problems)}
        {conditions(&outline)}
    }
    .into_any()
}

/// The same for the editor, which asks for it while somebody writes: the outline as HTML, the
/// problems with their places, and the frames of one possible run.
pub fn checked(structure: &str) -> serde_json::Value {
    let report = protocol::report(structure);
    let severity = |problem: &Problem| {
        if problem.severity == Severity::Fault {
            "error"
        } else {
            "warning"
        }
    };
    let problems: Vec<_> = report.problems.iter().map(|problem| serde_json::json!({ "severity": severity(problem), "path": problem.path, "message": problem.message, "remedy": problem.remedy })).collect();
    let frames: Vec<_> = report
        .frames
        .iter()
        .map(|frame| serde_json::json!({ "id": frame.id, "kind": frame.kind, "path": frame.path }))
        .collect();
    serde_json::json!({ "problems": problems, "frames": frames, "html": outline_view(structure).to_html() })
}

fn node(node: &Node) -> AnyView {
    let children: Vec<AnyView> = node.children.iter().map(self::node).collect();
    view! {
        <li>
            <button type="button" class="quiet jump" data-path=node.path.clone()>
                <span class="outline-label">{node.label.clone()}</span>
                " "
                <span class="quiet-text">{node.kind.clone()}</span>
                {node
                    .variants
                    .clone()
                    .map(|variants| {
                        view! {
                            " "
                            <span class="pill">
                                {if variants == "1" {
                                    "1 variant".to_owned()
                                } else {
                                    format!("{variants} variants")
                                }}
                            </span>
                        }
                    })}
            </button>
            {(!children.is_empty()).then(|| view! { <ol>{children}</ol> })}
        </li>
    }
    .into_any()
}

fn problems(problems: &[Problem]) -> AnyView {
    view! {
        <h2>"Problems"</h2>
        {if problems.is_empty() {
            view! { <p class="quiet-text">"None."</p> }.into_any()
        } else {
            view! {
                <ul class="problem-list">
                    {problems
                        .iter()
                        .cloned()
                        .map(|problem| {
                            view! {
                                <li data-severity=if problem.severity == Severity::Fault {
                                    "fault"
                                } else {
                                    "warning"
                                }>
                                    <button
                                        type="button"
                                        class="quiet jump"
                                        data-path=problem.path.clone()
                                    >
                                        <span class="visually-hidden">
                                            {if problem.severity == Severity::Fault {
                                                "Fault: "
                                            } else {
                                                "Warning: "
                                            }}
                                        </span>
                                        {problem.message}
                                    </button>
                                    <p class="quiet-text">
                                        {(!problem.path.is_empty())
                                            .then(|| {
                                                view! {
                                                    <code>{problem.path}</code>
                                                    " "
                                                }
                                            })} {problem.remedy}
                                    </p>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            }
                .into_any()
        }}
    }
    .into_any()
}

fn conditions(outline: &Outline) -> AnyView {
    if outline.randomizers.is_empty() {
        return ().into_any();
    }
    view! {
        <h2>"Conditions"</h2>
        {outline
            .randomizers
            .iter()
            .cloned()
            .map(|randomizer| {
                view! {
                    <table class="conditions">
                        <caption>
                            <code>{randomizer.name}</code>
                            " "
                            <span class="quiet-text">{randomizer.sampler}</span>
                        </caption>
                        <thead>
                            <tr>
                                <th scope="col">"No."</th>
                                <th scope="col">"Yields"</th>
                                <th scope="col">"How often"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {randomizer
                                .rows
                                .into_iter()
                                .map(|(number, what, share)| {
                                    view! {
                                        <tr>
                                            <td>{number}</td>
                                            <td>{what}</td>
                                            <td>{share}</td>
                                        </tr>
                                    }
                                })
                                .collect_view()}
                            {(!randomizer.more.is_empty())
                                .then(|| {
                                    view! {
                                        <tr>
                                            <td></td>
                                            <td colspan="2" class="quiet-text">
                                                {randomizer.more}
                                            </td>
                                        </tr>
                                    }
                                })}
                        </tbody>
                    </table>
                }
            })
            .collect_view()}
    }
    .into_any()
}
