//! Setting up an authenticator app: shows it the secret, and takes its first code.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts::{self, TotpSetup};

use crate::error::AppError;
use crate::form::FormState;
use crate::parts::{FormFaults, TextField};
use crate::request::{Request, page};

#[component]
pub fn SetUpApp() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let setup = accounts::totp_setup(&request.ctx, &request.actor).await?;
        let Some(setup) = setup else {
            // Set up already, or never begun: the secret is not shown twice.
            let words = "There is nothing to set up here. Your account's sign-in page shows the \
                         app that you already use.";
            return Err(AppError::Conflict(words.to_owned()));
        };
        let next = request.next().unwrap_or_default();
        Ok(view! {
            <Title text="Set up an app" />
            <section class="narrow">
                <h1>"Set up an app"</h1>
                <ol>
                    <li>
                        "Open an authenticator app on your phone. "
                        "If you have none, install one from your phone's store."
                    </li>
                    <li>"Add an account there, and point the camera at this picture."</li>
                    <li>"Type the six digits that the app shows."</li>
                </ol>
                {secret(setup)}
                {first_code(&request.form, next)}
            </section>
        }
        .into_any())
    })
}

fn secret(setup: TotpSetup) -> AnyView {
    view! {
        <div
            class="qr"
            role="img"
            aria-label="QR code for your authenticator app"
            inner_html=setup.picture
        ></div>
        <details>
            <summary>"Can't point a camera at it?"</summary>
            <p>"Type this into the app instead: " <code id="totp-secret">{setup.typed}</code></p>
        </details>
    }
    .into_any()
}

fn first_code(form: &FormState, next: String) -> AnyView {
    view! {
        <form method="post" action="/account/security/app" novalidate>
            <FormFaults form=form.clone() />
            <input type="hidden" name="next" value=next />
            <TextField
                form=form.clone()
                name="code"
                label="Six digits"
                autocomplete="one-time-code"
                required=true
            />
            <button class="button" type="submit">
                "Check the code"
            </button>
        </form>
    }
    .into_any()
}
