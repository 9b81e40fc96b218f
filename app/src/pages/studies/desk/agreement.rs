//! The box that must be ticked before an edit costs the approval.

use domain::studies::StudyState;
use leptos::prelude::*;

use crate::form::FormState;
use crate::parts::FieldError;

/// The box alone.
pub(super) fn agreement_box() -> AnyView {
    view! {
        <input type="checkbox" name="agrees" value="1" />
        <span>"I understand that it must be submitted again"</span>
    }
    .into_any()
}

/// The box with the reason for it, in states in which an edit can cost the approval.
pub(super) fn agreement(state: StudyState, form: &FormState) -> AnyView {
    if state.after_edit() == state {
        return ().into_any();
    }
    let (what, consequence) = if state == StudyState::Submitted {
        (
            "This study is waiting for review.",
            "You may change spelling, picture, contact and listing, and narrow the ages. \
             Any other change takes it out of the queue.",
        )
    } else {
        (
            "This study is approved.",
            "You may change spelling, picture, contact and listing, and narrow the ages. \
             Any other change takes the approval away, and it must be submitted again.",
        )
    };
    view! {
        <fieldset class="field choices notice" data-kind="warn" id="agrees" tabindex="-1">
            <legend class="visually-hidden">"Review"</legend>
            <p>
                <strong>{what}</strong>
                " "
                {consequence}
            </p>
            <FieldError name="agrees" error=form.error("agrees") />
            <label class="choice">{agreement_box()}</label>
        </fieldset>
    }
    .into_any()
}
