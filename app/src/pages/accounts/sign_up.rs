//! Signing up, as a family or as a researcher.

use domain::accounts::PasswordPolicy;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::form::FormState;
use crate::islands::PasswordMeter;
use crate::parts::{FormFaults, TextField, next_field};
use crate::request::Request;

/// The pages with an island, the password meter. Only they load the front end's wasm.
pub const SIGN_UP_PATHS: &[&str] = &["/signup", "/signup/researcher"];

#[component]
pub fn SignUp() -> impl IntoView {
    let request = Request::current();
    let form = request.form.clone();
    view! {
        <Title text="Sign up" />
        <section class="narrow">
            <h1>"Create a family account"</h1>
            <p class="lead">"One account for the whole family. You add your children next."</p>
            <form method="post" action="/signup" novalidate>
                <FormFaults form=form.clone() />
                {next_field(&request)}
                <TextField
                    form=form.clone()
                    name="email"
                    label="Email address"
                    kind="email"
                    autocomplete="email"
                    required=true
                />
                <TextField
                    form=form.clone()
                    name="nickname"
                    label="What should we call you?"
                    help="A first name or a nickname."
                    autocomplete="nickname"
                />
                {new_password(&form, PasswordPolicy::Family)}
                <button class="button" type="submit">
                    "Create account"
                </button>
            </form>
            <p>
                "Already have an account? " <a href="/login">"Sign in"</a>". Do you work in a lab? "
                <a href="/signup/researcher">"Create a researcher account"</a>"."
            </p>
        </section>
    }
}

#[component]
pub fn SignUpResearcher() -> impl IntoView {
    let request = Request::current();
    let form = request.form.clone();
    view! {
        <Title text="Sign up as a researcher" />
        <section class="narrow">
            <h1>"Create a researcher account"</h1>
            <p class="lead">
                "You can try everything in the sandbox right away. "
                "To run studies with families, join a lab or create one."
            </p>
            <form method="post" action="/signup/researcher" novalidate>
                <FormFaults form=form.clone() />
                {next_field(&request)}
                <TextField
                    form=form.clone()
                    name="email"
                    label="Email address"
                    kind="email"
                    autocomplete="email"
                    required=true
                    help="Preferably the one at your university or institute."
                />
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
                {new_password(&form, PasswordPolicy::Researcher)}
                <button class="button" type="submit">
                    "Create account"
                </button>
            </form>
            <p>
                "Looking for studies for your child? "
                <a href="/signup">"Create a family account"</a>"."
            </p>
        </section>
    }
}

/// The password, twice, and the meter that rates it while it is typed.
fn new_password(form: &FormState, policy: PasswordPolicy) -> AnyView {
    let minimum = policy.minimum();
    let words = if policy == PasswordPolicy::Family {
        "Three or four words"
    } else {
        "Four words"
    };
    let help = format!(
        "At least {minimum} characters. {words} that don't belong together are easy to remember \
         and hard to guess."
    );
    view! {
        <TextField
            form=form.clone()
            name="password"
            label="Password"
            kind="password"
            autocomplete="new-password"
            required=true
            help=help
        />
        <PasswordMeter input="password".to_owned() known="email".to_owned() minimum=minimum />
        <TextField
            form=form.clone()
            name="password_again"
            label="Repeat the password"
            kind="password"
            autocomplete="new-password"
            required=true
        />
    }
    .into_any()
}
