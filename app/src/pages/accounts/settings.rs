//! Names, address and password of an account.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use super::tabs::{account_state, account_tabs};
use crate::form::{Form, FormState};
use crate::parts::{FormFaults, Notice, TextField, button_form, done};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
    ("saved", "Your changes are saved."),
    (
        "new-password",
        "Your new password is saved. You are signed out everywhere else.",
    ),
    (
        "address-asked",
        "We have written to both addresses. The change happens once both have agreed.",
    ),
    ("address-kept", "Your address stays as it is."),
];

#[component]
pub fn Settings() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let powers = request.actor.signed_in()?.powers;
        let form = &request.form;
        let minimum = powers.password_policy().minimum();
        Ok(view! {
            <Title text="Name and password" />
            <h1>"Name and password"</h1>
            {account_tabs(&request)}
            {done(&request, DONE)}
            {account_state(&settings)}
            <FormFaults form=form.clone() />
            {names(form, &settings, powers.is_researcher)}
            {address(form, &settings)}
            {password(form, minimum)}
        }
        .into_any())
    })
}

fn names(form: &FormState, settings: &accounts::Settings, is_researcher: bool) -> AnyView {
    let stored = Form::of([
        ("nickname", settings.nickname.clone()),
        ("given_name", settings.given_name.clone()),
        ("family_name", settings.family_name.clone()),
    ]);
    let form = form.of("/account/settings", stored);
    let real_name = is_researcher.then(|| {
        view! {
            <TextField
                form=form.clone()
                name="given_name"
                label="Given name"
                autocomplete="given-name"
                required=true
            />
            <TextField
                form=form.clone()
                name="family_name"
                label="Family name"
                autocomplete="family-name"
                required=true
            />
        }
    });
    view! {
        <section class="narrow">
            <h2>"Name"</h2>
            <form method="post" action="/account/settings" novalidate>
                <TextField
                    form=form.clone()
                    name="nickname"
                    label="What should we call you?"
                    autocomplete="nickname"
                />
                {real_name}
                <button class="button" type="submit">
                    "Save"
                </button>
            </form>
        </section>
    }
    .into_any()
}

fn address(form: &FormState, settings: &accounts::Settings) -> AnyView {
    let form = form.of("/account/address", Form::default());
    let change = settings
        .change
        .as_ref()
        .map(|(new, old_agreed, new_confirmed)| pending_change(new, *old_agreed, *new_confirmed));
    view! {
        <section class="narrow">
            <h2>"Email address"</h2>
            <p>"You sign in with " <strong>{settings.email.clone()}</strong> "."</p>
            {change}
            <form method="post" action="/account/address" novalidate>
                <TextField
                    form=form.clone()
                    name="new_email"
                    label="New email address"
                    kind="email"
                    autocomplete="email"
                    required=true
                />
                <TextField
                    form=form
                    name="change_password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <button class="button plain" type="submit">
                    "Change address"
                </button>
            </form>
        </section>
    }
    .into_any()
}

/// A change of address that not everybody has agreed to yet.
fn pending_change(new: &str, old_agreed: bool, new_confirmed: bool) -> AnyView {
    let answer = |has_agreed| {
        if has_agreed {
            "has agreed"
        } else {
            "has not answered yet"
        }
    };
    let words = format!(
        "Waiting for the change to {new}: your current address {}, the new one {}.",
        answer(old_agreed),
        answer(new_confirmed),
    );
    view! {
        <Notice kind="info">
            <p>{words}</p>
            {button_form(
                "/account/address/keep",
                "button plain small",
                "Keep my current address",
                "",
                vec![],
            )}
        </Notice>
    }
    .into_any()
}

fn password(form: &FormState, minimum: usize) -> AnyView {
    let form = form.of("/account/password", Form::default());
    view! {
        <section class="narrow">
            <h2>"Password"</h2>
            <form method="post" action="/account/password" novalidate>
                <TextField
                    form=form.clone()
                    name="present_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <TextField
                    form=form.clone()
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    help=format!("At least {minimum} characters.")
                />
                <TextField
                    form=form
                    name="password_again"
                    label="Repeat the new password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                />
                <button class="button plain" type="submit">
                    "Change password"
                </button>
            </form>
        </section>
    }
    .into_any()
}
