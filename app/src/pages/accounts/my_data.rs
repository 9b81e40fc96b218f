//! A copy of one's data, and the end of the account.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use super::tabs::{account_state, account_tabs};
use crate::form::FormState;
use crate::parts::{FormFaults, TextField, button_form, done};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
    (
        "export-asked",
        "We have received your request. We will email you when the copy is ready.",
    ),
    (
        "deletion-asked",
        "Your account will be deleted. We have sent you an email with a link, \
         in case you change your mind.",
    ),
    ("kept", "Your account stays as it is."),
];

#[component]
pub fn MyData() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let has_asked = accounts::has_export_request(&request.ctx, &request.actor).await?;
        let is_leaving = settings.deletion_due_at.is_some();
        Ok(view! {
            <Title text="My data" />
            <h1>"My data"</h1>
            {account_tabs(&request)}
            {done(&request, DONE)}
            {account_state(&settings)}
            {copy(has_asked)}
            {(!is_leaving).then(|| delete(request.form.clone()))}
        }
        .into_any())
    })
}

fn copy(has_asked: bool) -> AnyView {
    let request = if has_asked {
        view! {
            <p>
                <strong>"You have asked for a copy."</strong>
                " We will email you when it is ready."
            </p>
        }
        .into_any()
    } else {
        let class = "button plain";
        button_form("/account/export", class, "Ask for a copy", "", vec![])
    };
    view! {
        <section class="narrow">
            <h2>"A copy of everything"</h2>
            <p>
                "Everything that you told us about your family, your answers, and your videos, "
                "in one file."
            </p>
            {request}
        </section>
    }
    .into_any()
}

fn delete(form: FormState) -> AnyView {
    let wait = domain::accounts::DELETION_WAIT.num_days();
    let words = format!(
        "Your name, your address and what you told us about your family are deleted {wait} days \
         after you ask. Until then you can change your mind.",
    );
    view! {
        <section class="narrow danger-zone">
            <h2>"Delete the account"</h2>
            <p>{words}</p>
            <p>
                "Answers that you agreed to share stay with the researchers, "
                "without your name and your children's names."
            </p>
            <FormFaults form=form.clone() />
            <form method="post" action="/account/delete" novalidate>
                <TextField
                    form=form
                    name="delete_password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <button class="button danger" type="submit">
                    "Delete my account"
                </button>
            </form>
        </section>
    }
    .into_any()
}
