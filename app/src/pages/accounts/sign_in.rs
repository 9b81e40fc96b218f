//! Signing in, and what to do about a forgotten password.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::form::FormState;
use crate::parts::{FormFaults, Notice, TextField, done, next_field};
use crate::request::Request;

#[component]
pub fn SignIn() -> impl IntoView {
    let request = Request::current();
    let came_for_something = request.query("next").is_some();
    let done = done(
        &request,
        &[
            ("signed-out", "You are signed out."),
            (
                "new-password",
                "Your new password is saved. Please sign in with it.",
            ),
        ],
    );
    let lead = came_for_something.then(|| {
        view! {
            <p class="lead">
                "Please sign in to continue. New here? "
                <a href="/signup">"Create a family account"</a>"; it takes a minute."
            </p>
        }
    });
    let join = (!came_for_something).then(|| {
        view! {
            "New here? "
            <a href="/signup">"Create a family account"</a>
            ". "
        }
    });
    view! {
        <Title text="Sign in" />
        <section class="narrow">
            <h1>"Sign in"</h1>
            {done}
            {lead}
            {credentials(&request)}
            <p>
                <a href="/forgot-password">"Forgot your password?"</a>
            </p>
            <p>
                {join}"Do you work in a lab? "
                <a href="/signup/researcher">"Create a researcher account"</a>"."
            </p>
        </section>
    }
}

fn credentials(request: &Request) -> AnyView {
    let form = request.form.clone();
    view! {
        <form method="post" action="/login" novalidate>
            <FormFaults form=form.clone() />
            {next_field(request)}
            <TextField
                form=form.clone()
                name="email"
                label="Email address"
                kind="email"
                autocomplete="username"
                required=true
            />
            <TextField
                form=form
                name="password"
                label="Password"
                kind="password"
                autocomplete="current-password"
                required=true
            />
            <button class="button" type="submit">
                "Sign in"
            </button>
        </form>
    }
    .into_any()
}

#[component]
pub fn ForgotPassword() -> impl IntoView {
    let request = Request::current();
    let is_sent = request.text("done") == "sent";
    view! {
        <Title text="Reset your password" />
        <section class="narrow">
            <h1>"Reset your password"</h1>
            {if is_sent { link_sent() } else { ask_for_link(request.form) }}
        </section>
    }
}

fn link_sent() -> AnyView {
    view! {
        <Notice kind="good">
            <p>
                "If there is an account with this address, an email with a link is on its way. "
                "The link works for two hours."
            </p>
        </Notice>
        <p>
            "Nothing there after a few minutes? Please look in your spam folder, or "
            <a href="/forgot-password">"try another address"</a>"."
        </p>
    }
    .into_any()
}

fn ask_for_link(form: FormState) -> AnyView {
    view! {
        <p class="lead">
            "Tell us the email address of your account. "
            "We will send you a link with which you can choose a new password."
        </p>
        <form method="post" action="/forgot-password" novalidate>
            <FormFaults form=form.clone() />
            <TextField
                form=form
                name="email"
                label="Email address"
                kind="email"
                autocomplete="username"
                required=true
            />
            <button class="button" type="submit">
                "Send me a link"
            </button>
        </form>
    }
    .into_any()
}
