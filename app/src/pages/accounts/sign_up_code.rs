//! The code that finishes signing up.

use domain::accounts::PendingAccountId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts::{self, PendingSignUp};

use crate::form::FormState;
use crate::parts::{FormFaults, Notice, TextField, next_field};
use crate::request::{Request, page};

#[component]
pub fn SignUpCode() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: PendingAccountId = request.id("pending")?;
        let pending = accounts::pending_sign_up(&request.ctx, id).await?;
        Ok(ask(&request, id, pending))
    })
}

fn ask(request: &Request, id: PendingAccountId, pending: PendingSignUp) -> AnyView {
    let action = format!("/signup/code/{id}");
    view! {
        <Title text="Enter the code" />
        <section class="narrow">
            <h1>"Enter the code"</h1>
            <p class="lead">
                "We have sent an email to " <strong>{pending.email}</strong>
                ". Please enter the six digits in it, so that we know that the address is yours."
            </p>
            {pending.code.map(development_code)}
            <form method="post" action=action novalidate>
                <FormFaults form=request.form.clone() />
                {next_field(request)}
                {code(&request.form)}
                <button class="button" type="submit">
                    "Continue"
                </button>
            </form>
            <p class="quiet-text">
                "Nothing there after a few minutes? Please look in your spam folder, or "
                <a href="/signup">"start again"</a> ". The code works for an hour."
            </p>
        </section>
    }
    .into_any()
}

fn code(form: &FormState) -> AnyView {
    view! {
        <TextField
            form=form.clone()
            name="code"
            label="Six digits"
            autocomplete="one-time-code"
            required=true
        />
    }
    .into_any()
}

fn development_code(code: String) -> AnyView {
    view! {
        <Notice kind="info">
            <p>
                "This site is for development, so here is what the email says: "
                <strong id="sign-up-code">{code}</strong>"."
            </p>
        </Notice>
    }
    .into_any()
}
