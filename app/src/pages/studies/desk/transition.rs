//! The form that brings a study into another state.

use domain::permissions::Action;
use domain::studies::life::DECLARATIONS;
use domain::studies::{StudyId, StudyKind, Transition};
use leptos::prelude::*;

use crate::form::FormState;
use crate::parts::{FieldError, textarea_text};

pub(super) struct TransitionForm {
    pub study: StudyId,
    pub transition: Transition,
    pub kind: StudyKind,
    pub version: i32,
    /// Whether the button is there but can't be pressed yet.
    pub is_blocked: bool,
}

pub(super) fn transition_form(offer: &TransitionForm, form: &FormState) -> AnyView {
    let transition = offer.transition;
    let name = transition.as_str();
    let page = if transition.action() == Action::ApproveOrRejectStudy {
        "verdict"
    } else {
        "state"
    };
    let action = format!("/exp/studies/{}/{page}", offer.study);
    let form = form.of_one(&action, "transition", name);
    let class = match transition {
        Transition::Submit | Transition::Resubmit | Transition::Activate | Transition::Approve => {
            "button"
        }
        Transition::Archive => "button danger small",
        _ => "button plain",
    };
    let declares = matches!(transition, Transition::Submit | Transition::Resubmit);
    view! {
        <form method="post" action=action class="transition">
            <input type="hidden" name="transition" value=name />
            <input type="hidden" name="version" value=offer.version />
            {transition.has_comment().then(|| comment(transition, &form))}
            {declares.then(|| declarations(name, offer.kind, &form))}
            <button
                class=class
                type="submit"
                disabled=offer.is_blocked
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

fn comment(transition: Transition, form: &FormState) -> AnyView {
    let name = transition.as_str();
    let error = form.error("comment");
    let label = match transition {
        Transition::Submit => "For the reviewers",
        Transition::Resubmit => "What did you change?",
        Transition::Reject => "What should be changed?",
        _ => "For the lab",
    };
    let optional = (transition != Transition::Reject)
        .then(|| view! { <span class="optional">" (optional)"</span> });
    let (id, text) = (format!("{name}-comment"), form.form.text("comment"));
    view! {
        <div class="field">
            <label for=id.clone()>{label} {optional}</label>
            <textarea
                id=id
                name="comment"
                rows="3"
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=error.as_ref().map(|_| format!("{name}-error"))
            >
                {textarea_text(&text)}
            </textarea>
            <FieldError name error />
        </div>
    }
    .into_any()
}

/// What researchers must tell the reviewers. Consent and where data goes are ours to answer, or the
/// other site's.
fn declarations(name: &'static str, kind: StudyKind, form: &FormState) -> AnyView {
    let applies = |key: &str| match key {
        "issue_consent" => kind != StudyKind::External,
        "collecting_data" => kind == StudyKind::External,
        _ => true,
    };
    let boxes = DECLARATIONS.iter().filter(|(key, _)| applies(key));
    let boxes = boxes.map(|(key, words)| {
        let checked = form.form.has("declaration", key);
        view! {
            <label class="choice">
                <input type="checkbox" name="declaration" value=*key checked=checked />
                <span>{*words}</span>
            </label>
        }
    });
    let text = form.form.text("issues_description");
    let id = format!("{name}-issues");
    let label_for = id.clone();
    view! {
        <fieldset class="field choices">
            <legend>"Does any of this apply?"</legend>
            {boxes.collect_view()}
            <label for=label_for>
                "If so, please say how" <span class="optional">" (optional)"</span>
            </label>
            <textarea id=id name="issues_description" rows="2">
                {textarea_text(&text)}
            </textarea>
        </fieldset>
    }
    .into_any()
}
