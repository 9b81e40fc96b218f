//! What reviewers and the people of a study wrote about it.

use domain::studies::{Section, StudyId};
use leptos::prelude::*;
use services::studies::{Comment, ReviewPage};

use crate::form::{Form, FormState};
use crate::parts::{FieldError, When, button_form, paragraphs, textarea_text};

pub(super) fn comments(id: StudyId, found: &ReviewPage, form: &FormState) -> AnyView {
    let none = found
        .comments
        .is_empty()
        .then(|| view! { <p class="quiet-text">"None yet."</p> });
    let sections = Section::ALL.iter().map(|section| {
        let comments = found.comments.iter();
        let comments: Vec<_> = comments
            .filter(|comment| comment.section == *section)
            .map(|one| comment(id, one.clone(), found.may_write))
            .collect();
        (!comments.is_empty()).then(|| {
            view! {
                <h3>{section.label()}</h3>
                <ol class="log">{comments}</ol>
            }
        })
    });
    view! {
        <section id="comments" class="card">
            <h2>"Comments"</h2>
            {none}
            {sections.collect_view()}
            {found.may_comment.then(|| new_comment(id, form))}
        </section>
    }
    .into_any()
}

fn comment(id: StudyId, comment: Comment, may_resolve: bool) -> AnyView {
    let is_resolved = comment.resolved_at.is_some();
    let resolve = may_resolve.then(|| {
        let (label, resolved) = if is_resolved {
            ("Reopen", "")
        } else {
            ("Resolve", "1")
        };
        button_form(
            format!("/exp/studies/{id}/comments/resolve"),
            "button plain small",
            label,
            "",
            vec![
                ("comment", comment.id.to_string()),
                ("resolved", resolved.to_owned()),
            ],
        )
    });
    view! {
        <li data-resolved=is_resolved.then_some("yes")>
            <p>
                <strong>{comment.by}</strong>
                ", "
                <When at=comment.at />
                <span class="quiet-text">
                    {format!(" on version {}", comment.version)}
                    {is_resolved.then_some(", resolved")}
                </span>
            </p>
            {paragraphs(&comment.body)}
            {resolve}
        </li>
    }
    .into_any()
}

fn new_comment(id: StudyId, form: &FormState) -> AnyView {
    let action = format!("/exp/studies/{id}/comments");
    let form = form.of(&action, Form::default());
    let error = form.error("body");
    let chosen = form.form.text("section");
    let sections = Section::ALL.iter().map(|section| {
        let selected = chosen == section.as_str();
        view! {
            <option value=section.as_str() selected=selected>
                {section.label()}
            </option>
        }
    });
    view! {
        <form method="post" action=action>
            <div class="field">
                <label for="section">"About"</label>
                <select id="section" name="section">
                    {sections.collect_view()}
                </select>
            </div>
            <div class="field">
                <label for="body">"Comment"</label>
                <textarea
                    id="body"
                    name="body"
                    rows="3"
                    aria-invalid=error.as_ref().map(|_| "true")
                >
                    {textarea_text(&form.form.text("body"))}
                </textarea>
                <FieldError name="body" error />
            </div>
            <button class="button plain" type="submit">
                "Add comment"
            </button>
        </form>
    }
    .into_any()
}
