//! The bars above and below every page.

use leptos::prelude::*;
use services::actor::Person;

use crate::request::{Theme, actor, theme};

#[component]
pub fn TopBar() -> impl IntoView {
    let actor = actor();
    let person = actor.person().cloned();
    view! {
        <a class="skip-link" href="#main">
            "Skip to the content"
        </a>
        <header class="top-bar">
            <a class="brand" href="/">
                <img src="/favicon.svg" alt="" width="28" height="28" />
                "Lookit"
            </a>
            <nav aria-label="Main">
                <ul>{link("/studies", "Find a study")} {person.as_ref().map(links_of)}</ul>
            </nav>
            <div class="top-bar-person">
                {match person {
                    Some(person) => signed_in(person),
                    None => signed_out(),
                }}
            </div>
        </header>
    }
}

fn link(path: &'static str, label: &'static str) -> AnyView {
    view! {
        <li>
            <a href=path>{label}</a>
        </li>
    }
    .into_any()
}

/// The parts of the site that a person may use.
fn links_of(person: &Person) -> AnyView {
    let is_staff = person.powers.staff_role().is_some();
    let is_researcher = person.powers.is_researcher || is_staff;
    view! {
        {link("/account/children", "My children")}
        {link("/studies/history", "Past studies")}
        {is_researcher
            .then(|| {
                [
                    link("/exp/studies", "Studies"),
                    link("/exp/labs", "Labs"),
                    link("/exp/participants", "Families"),
                ]
            })}
        {is_staff.then(|| link("/staff/accounts", "Staff"))}
    }
    .into_any()
}

fn signed_in(person: Person) -> AnyView {
    let name = if person.nickname.is_empty() {
        "My account".to_owned()
    } else {
        person.nickname
    };
    view! {
        <a href="/account">{name}</a>
        <form method="post" action="/logout">
            <button class="quiet" type="submit">
                "Sign out"
            </button>
        </form>
    }
    .into_any()
}

fn signed_out() -> AnyView {
    view! {
        <a href="/login">"Sign in"</a>
        <a class="button small" href="/signup">
            "Sign up"
        </a>
    }
    .into_any()
}

#[component]
pub fn BottomBar() -> impl IntoView {
    let theme = theme();
    let choice = |of: Theme, label: &'static str| {
        view! {
            <button
                class="quiet"
                name="theme"
                value=of.as_str()
                aria-pressed=if of == theme { "true" } else { "false" }
            >
                {label}
            </button>
        }
    };
    view! {
        <footer class="bottom-bar">
            <p>"Lookit: families and researchers find out together how children think."</p>
            <form
                method="post"
                action="/theme"
                class="theme-switch"
                role="group"
                aria-label="Colours"
            >
                {choice(Theme::System, "Automatic")}
                {choice(Theme::Light, "Light")}
                {choice(Theme::Dark, "Dark")}
            </form>
        </footer>
    }
}
