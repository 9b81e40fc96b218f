//! The card of a study's state, with a form for each thing that the person may do to it.

use domain::studies::{StudyId, StudyState, Transition};
use leptos::prelude::*;
use services::studies::LabStudyPage;

use super::transition::{TransitionForm, transition_form};
use crate::form::FormState;
use crate::parts::{When, paragraphs};

pub(super) fn status(id: StudyId, found: &LabStudyPage, form: &FormState) -> AnyView {
    let state = found.study.state;
    let forms = |transitions: &[Transition]| {
        let forms = transitions
            .iter()
            .map(|transition| offer(id, found, *transition, form));
        forms.collect_view()
    };
    let (main, rest) = sorted(&found.offers);
    let rest = (!rest.is_empty()).then(|| {
        view! {
            <details class="more">
                <summary>"More"</summary>
                {forms(&rest)}
            </details>
        }
    });
    view! {
        <section class="card status" data-state=state.as_str()>
            <h2>{state.label()}</h2>
            <p>
                {state.explanation()} " "
                <span class="quiet-text">"Since " <When at=found.state_changed_at /> "."</span>
            </p>
            {comment(&found.comment)}
            {(!found.is_lab_approved && !state.is_approved()).then(lab_not_approved)}
            {needs(found)}
            {review_link(id, &found.offers)}
            {forms(&main)}
            {rest}
        </section>
    }
    .into_any()
}

const fn is_decision(transition: Transition) -> bool {
    matches!(transition, Transition::Approve | Transition::Reject)
}

/// What comes next in the life of a study, and what else can be done. Staff decide on the page of
/// the review, where they see what they approve.
fn sorted(offers: &[Transition]) -> (Vec<Transition>, Vec<Transition>) {
    offers
        .iter()
        .filter(|transition| !is_decision(**transition))
        .partition(|transition| {
            matches!(
                transition,
                Transition::Submit
                    | Transition::Resubmit
                    | Transition::Activate
                    | Transition::Pause
            )
        })
}

fn offer(id: StudyId, found: &LabStudyPage, transition: Transition, form: &FormState) -> AnyView {
    let is_unready = transition.needs_ready_study() && !found.needs.is_empty();
    let is_unapproved = transition.needs_approved_lab() && !found.is_lab_approved;
    let offer = TransitionForm {
        study: id,
        transition,
        kind: found.study.kind,
        version: found.version,
        is_blocked: is_unready || is_unapproved,
    };
    transition_form(&offer, form)
}

/// What was said when the study came into this state.
pub(super) fn comment(comment: &str) -> AnyView {
    (!comment.is_empty())
        .then(|| view! { <blockquote class="comment">{paragraphs(comment)}</blockquote> })
        .into_any()
}

fn lab_not_approved() -> AnyView {
    view! {
        <p class="notice" data-kind="warn">
            "The lab is not approved yet. "
            "Its studies can be written and tried out, but not submitted."
        </p>
    }
    .into_any()
}

fn needs(found: &LabStudyPage) -> AnyView {
    let is_being_written = matches!(
        found.study.state,
        StudyState::Created | StudyState::Rejected | StudyState::Retracted
    );
    if found.needs.is_empty() || !is_being_written {
        return ().into_any();
    }
    let needs = found.needs.iter().cloned();
    let needs = needs.map(|need| view! { <li>{need}</li> });
    view! {
        <div class="notice" data-kind="info">
            <p>
                <strong>"Before it can be submitted:"</strong>
            </p>
            <ul>{needs.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn review_link(id: StudyId, offers: &[Transition]) -> AnyView {
    let may_decide = offers.iter().any(|transition| is_decision(*transition));
    may_decide
        .then(|| {
            view! {
                <p>
                    <a class="button" href=format!("/exp/studies/{id}/review")>
                        "Review it"
                    </a>
                </p>
            }
        })
        .into_any()
}
