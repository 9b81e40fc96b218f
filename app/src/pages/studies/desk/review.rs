//! The page on which staff, peer reviewers and the people of a study meet.

use domain::studies::StudyId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, Check, ReviewPage};

use super::audience::audience_line;
use super::comments::comments;
use super::compare::changes;
use super::peers::peers;
use super::status::comment;
use super::study_crumbs;
use super::transition::{TransitionForm, transition_form};
use crate::form::FormState;
use crate::parts::{FormFaults, When, done, paragraphs};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
    ("commented", "Your comment is added."),
    (
        "asked",
        "If a researcher has an account with this address, an email is on its way.",
    ),
    ("resolved", "Saved."),
    ("moved", "Done."),
];

#[component]
pub fn ReviewStudy() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::review(&request.ctx, &request.actor, id).await?;
        let form = &request.form;
        Ok(view! {
            <Title text=format!("Review of {}", found.name) />
            {study_crumbs(id, &found.name)}
            {done(&request, DONE)}
            {head(id, &found)}
            <FormFaults form=form.clone() />
            <div class="study-desk">
                <div>
                    {what_changed(&found)} {comments(id, &found, form)} {decision(id, &found, form)}
                </div>
                <aside class="study-side" aria-label="About the submission">
                    {checks(&found.checks)}
                    {submission(&found)}
                    {peers(id, &found)}
                </aside>
            </div>
        }
        .into_any())
    })
}

fn head(id: StudyId, found: &ReviewPage) -> AnyView {
    let state = found.state;
    let decision = (!found.offers.is_empty()).then(|| {
        view! { <a href="#decision">"Decision"</a> }
    });
    view! {
        <div class="page-head">
            <h1>
                "Review " <span class="pill" data-state=state.as_str()>
                    {state.label()}
                </span>
            </h1>
            <form method="post" action=format!("/exp/studies/{id}/preview")>
                <button class="button plain" type="submit">
                    "Try it"
                </button>
            </form>
        </div>
        <nav class="tabs" aria-label="On this page">
            <a href="#changes">"Changes"</a>
            <a href="#checks">"Checks"</a>
            <a href="#comments">"Comments"</a>
            {decision}
        </nav>
    }
    .into_any()
}

fn what_changed(found: &ReviewPage) -> AnyView {
    let ad = &found.content.ad;
    let since = since_approval(found);
    let comparison = match &found.since_sent_back {
        None => since,
        Some(comparison) => {
            let title = format!(
                "What changed since version {}, which was sent back",
                comparison.from
            );
            view! {
                <h2>{title}</h2>
                {changes(comparison)}
                {since}
            }
            .into_any()
        }
    };
    view! {
        <section id="changes" class="card">
            {comparison}
            <p class="quiet-text">"For " {audience_line(ad)} ". " {ad.short_description.clone()}</p>
        </section>
    }
    .into_any()
}

/// What changed since the last approval; folded where all is new or something else comes first.
fn since_approval(found: &ReviewPage) -> AnyView {
    let folded = |summary: String| {
        view! {
            <details>
                <summary>{summary}</summary>
                {changes(&found.comparison)}
            </details>
        }
        .into_any()
    };
    let since = |before| format!("What changed since version {before}, which was approved");
    match (found.comparison.from, &found.since_sent_back) {
        (0, None) => view! {
            <h2>"Everything is new"</h2>
            {folded("Show every field".to_owned())}
        }
        .into_any(),
        (0, Some(_)) => folded("Show every field: no version was approved".to_owned()),
        (before, Some(_)) => folded(since(before)),
        (before, None) => view! {
            <h2>{since(before)}</h2>
            {changes(&found.comparison)}
        }
        .into_any(),
    }
}

fn decision(id: StudyId, found: &ReviewPage, form: &FormState) -> AnyView {
    if found.offers.is_empty() {
        return ().into_any();
    }
    let forms = found.offers.iter().map(|transition| {
        let offer = TransitionForm {
            study: id,
            transition: *transition,
            kind: found.kind,
            version: found.version,
            is_blocked: false,
        };
        transition_form(&offer, form)
    });
    view! {
        <section id="decision" class="card">
            <h2>"Decision"</h2>
            {forms.collect_view()}
        </section>
    }
    .into_any()
}

fn checks(checks: &[Check]) -> AnyView {
    let checks = checks.iter().cloned().map(|check| {
        let (fine, mark) = if check.is_fine {
            ("yes", "\u{2713} ")
        } else {
            ("no", "\u{26a0} ")
        };
        view! {
            <li data-fine=fine>
                <strong>{mark} {check.label}</strong>
                " "
                {check.finding}
            </li>
        }
    });
    view! {
        <section id="checks">
            <h2>"Checks"</h2>
            <ul class="checks">{checks.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn submission(found: &ReviewPage) -> AnyView {
    let declarations = if found.declarations.keys.is_empty() {
        view! { <p class="quiet-text">"Nothing was declared."</p> }.into_any()
    } else {
        let words = found.declarations.words().into_iter();
        let words = words.map(|words| view! { <li>{words}</li> });
        view! {
            <ul>{words.collect_view()}</ul>
            {paragraphs(&found.declarations.issues_description)}
        }
        .into_any()
    };
    view! {
        <section>
            <h2>"Submission"</h2>
            <p>
                {found.lab_name.clone()} ", " {found.kind.label()} ", version " {found.version}
                ", since " <When at=found.since />
            </p>
            {comment(&found.comment)}
            {declarations}
        </section>
    }
    .into_any()
}
