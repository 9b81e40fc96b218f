//! The page that asks for the second factor, or offers to set one up.

use domain::accounts::SecondFactor;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts::{self, Factors};
use services::demo;

use super::passkey::{PasskeyScript, PasskeyUse, passkey_card};
use crate::form::FormState;
use crate::parts::{FormFaults, Notice, TextField, button_form};
use crate::request::{Request, page};

#[component]
pub fn GiveFactor() -> impl IntoView {
    let request = Request::current();
    let content = page(async move {
        let (person, _) = request.actor.half_signed_in()?;
        let factors = accounts::factors(&request.ctx, &request.actor).await?;
        let next = request.next().unwrap_or_else(|| "/".to_owned());
        if person.factor == SecondFactor::None {
            return Ok(offer(&request.form, &next));
        }
        let demo = demo::code(&request.ctx, &request.actor).await?;
        Ok(ask(&request.form, &factors, &next, demo))
    });
    view! {
        <PasskeyScript />
        {content}
    }
}

fn offer(form: &FormState, next: &str) -> AnyView {
    view! {
        <Title text="One more step" />
        <section class="narrow">
            <h1>"One more step to sign in safely"</h1>
            <p class="lead">
                "Researchers see other people's children, so a password alone is not enough. "
                "Please choose a second way to show that it is you. It takes two minutes, and \
                 only once."
            </p>
            <FormFaults form=form.clone() />
            <div class="card">
                <h2>"An app on your phone"</h2>
                <p>
                    "It shows six digits that change every half minute. "
                    "Any authenticator app will do."
                </p>
                {button_form(
                    "/account/security/app/begin",
                    "button",
                    "Use an app",
                    "",
                    vec![("next", next.to_owned())],
                )}
            </div>
            {passkey_card(
                PasskeyUse::Add,
                next,
                "A passkey",
                "Your fingerprint, your face, a security key, or whatever unlocks this device.",
                "Use a passkey",
            )}
        </section>
    }
    .into_any()
}

fn ask(form: &FormState, factors: &Factors, next: &str, demo: Option<String>) -> AnyView {
    let passkey = (!factors.passkeys.is_empty()).then(|| {
        passkey_card(
            PasskeyUse::Ask,
            next,
            "Passkey",
            "Unlock with the passkey that you set up.",
            "Use my passkey",
        )
    });
    let label = if factors.has_totp {
        "Code from your app"
    } else {
        "Recovery code"
    };
    view! {
        <Title text="Second factor" />
        <section class="narrow">
            <h1>"Is it really you?"</h1>
            {demo.map(demo_code)}
            <FormFaults form=form.clone() />
            {passkey}
            <form method="post" action="/second-factor" novalidate>
                <input type="hidden" name="next" value=next.to_owned() />
                <TextField
                    form=form.clone()
                    name="code"
                    label=label
                    autocomplete="one-time-code"
                    required=true
                    help="Six digits, or one of your recovery codes."
                />
                <button class="button" type="submit">
                    "Continue"
                </button>
            </form>
            <p class="quiet-text">
                "Lost your phone? Each of your recovery codes works once in its place. "
                "Lost those too? Ask the people who run this site."
            </p>
        </section>
    }
    .into_any()
}

fn demo_code(code: String) -> AnyView {
    view! {
        <Notice kind="info">
            <p>
                "This is a demo account. Its app would show: "
                <strong id="demo-code">{code}</strong>"."
            </p>
        </Notice>
    }
    .into_any()
}
