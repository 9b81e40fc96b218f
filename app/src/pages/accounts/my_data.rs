//! A copy of one's data, and the end of the account.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use super::tabs::{account_state, account_tabs};
use crate::form::{Form, FormState};
use crate::parts::{FormFaults, TextField, done};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
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
        let is_leaving = settings.deletion_due_at.is_some();
        Ok(view! {
            <Title text="My data" />
            <h1>"My data"</h1>
            {account_tabs(&request)}
            {done(&request, DONE)}
            {account_state(&settings)}
            {copy(&request.form)}
            {(!is_leaving).then(|| delete(&request.form))}
        }
        .into_any())
    })
}

fn copy(form: &FormState) -> AnyView {
    let form = form.of("/account/copy", Form::default());
    view! {
        <section class="narrow">
            <h2>"A copy of everything"</h2>
            <p>
                "What you told us about yourself, your household and your children, and every "
                "answer that was saved while they took part, in one file. It is made for programs "
                "(JSON), and any text editor opens it. This site keeps no videos yet, so there are "
                "none in it."
            </p>
            <p>"Please keep it as safe as you would keep a diary."</p>
            <FormFaults form=form.clone() />
            <form method="post" action="/account/copy" novalidate>
                <TextField
                    form=form
                    name="copy_password"
                    label="Your current password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <button class="button plain" type="submit">
                    "Download the copy"
                </button>
            </form>
        </section>
    }
    .into_any()
}

fn delete(form: &FormState) -> AnyView {
    let form = form.of("/account/delete", Form::default());
    let wait = domain::accounts::DELETION_WAIT.num_days();
    let words = format!(
        "{wait} days after you ask, your name, your email address and your children's names are \
         deleted, and with them everything about children who have not taken part in a study. \
         Until then you can change your mind.",
    );
    view! {
        <section class="narrow danger-zone">
            <h2>"Delete the account"</h2>
            <p>{words}</p>
            <p>
                "Answers that were saved while a child took part stay with the researchers who "
                "asked for them: without names, with what you had told us about the child and the "
                "household. Researchers may also have downloaded them before."
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
