//! What stands in the form of an ad or a design: what was refused, or the person's draft, or what
//! is saved.

use domain::studies::{DraftPart, StudyId};
use leptos::prelude::*;
use services::studies::{self, Draft};

use crate::error::AppError;
use crate::form::{Form, FormState};
use crate::parts::button_form;
use crate::request::Request;

/// The form that posts to `action`, and a notice if it holds a draft.
pub(super) async fn form_or_draft(
    request: &Request,
    id: StudyId,
    part: DraftPart,
    action: &str,
    version: i32,
    saved: Form,
) -> Result<(FormState, AnyView), AppError> {
    let mut form = request.form.of(action, saved);
    if form.is_refused() {
        // Whoever was told of somebody else's version saves on top of it the next time.
        if form.violations.iter().any(|one| one.code == "conflict") {
            form.form.set("base", version.to_string());
        }
        return Ok((form, ().into_any()));
    }
    let Some(draft) = studies::draft(&request.ctx, &request.actor, id, part).await? else {
        return Ok((form, ().into_any()));
    };
    Ok((filled(&draft), notice(id, part, &draft)))
}

fn filled(draft: &Draft) -> FormState {
    let pairs: Vec<(String, String)> = serde_json::from_str(&draft.content).unwrap_or_default();
    let mut form = Form::default();
    for (name, value) in pairs {
        form.push(&name, value);
    }
    form.set("base", draft.base.to_string());
    FormState::fresh(form)
}

fn notice(id: StudyId, part: DraftPart, draft: &Draft) -> AnyView {
    let written = draft.updated_at.format("%-d %B, %H:%M UTC");
    let words = format!("This is your draft of {written}, which is not saved yet.");
    let kind = if draft.conflict.is_some() {
        "warn"
    } else {
        "info"
    };
    let conflict = draft.conflict.clone().map(|words| {
        view! {
            " "
            {words}
            " "
            <a href=format!("/exp/studies/{id}/versions")>"Compare the versions"</a>
            "."
        }
    });
    view! {
        <div class="notice" data-kind=kind role="status">
            <p>
                <strong>{words}</strong>
                {conflict}
            </p>
            {button_form(
                format!("/exp/studies/{id}/draft/drop"),
                "button plain small",
                "Discard draft",
                "",
                vec![("part", part.to_string())],
            )}
        </div>
    }
    .into_any()
}
