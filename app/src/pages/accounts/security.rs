//! How one signs in: second factors, and the browsers where one is signed in.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts::{self, Factors, PasskeyRow, SessionRow};

use super::passkey::{PasskeyScript, PasskeyUse, passkey_card};
use super::tabs::account_tabs;
use crate::parts::{FormFaults, When, button_form, done};
use crate::request::{Request, page};
use crate::words::count;

const DONE: &[(&str, &str)] = &[
    ("added", "Added."),
    ("removed", "Removed."),
    ("session-ended", "That browser is signed out."),
];

#[component]
pub fn Security() -> impl IntoView {
    let request = Request::current();
    let content = page(async move {
        let sessions = accounts::sessions(&request.ctx, &request.actor).await?;
        let factors = accounts::factors(&request.ctx, &request.actor).await?;
        Ok(view! {
            <Title text="Sign-in" />
            <h1>"Sign-in"</h1>
            {account_tabs(&request)}
            {done(&request, DONE)}
            <FormFaults form=request.form.clone() />
            {second_factor(&factors)}
            {browsers(sessions)}
        }
        .into_any())
    });
    view! {
        <PasskeyScript />
        {content}
    }
}

fn second_factor(factors: &Factors) -> AnyView {
    let has_any = factors.has_totp || !factors.passkeys.is_empty();
    view! {
        <section>
            <h2>"Second factor"</h2>
            <p class="narrow">
                "A second way to show that it is you: with it, a stolen password is not enough. "
                "Researchers need one; for families it is a good idea."
            </p>
            {app(factors.has_totp)}
            {(!factors.passkeys.is_empty()).then(|| passkeys(&factors.passkeys))}
            {passkey_card(
                PasskeyUse::Add,
                "/account/security?done=added",
                "Add a passkey",
                "Your fingerprint, your face, a security key, or whatever unlocks this device.",
                "Add a passkey",
            )}
            {has_any.then(|| recovery_codes(factors.recovery_codes))}
        </section>
    }
    .into_any()
}

fn app(has_one: bool) -> AnyView {
    let (words, action, button) = if has_one {
        (
            "An app makes codes for this account.",
            "/account/security/app/remove",
            "Remove the app",
        )
    } else {
        (
            "It shows six digits that change every half minute.",
            "/account/security/app/begin",
            "Use an app",
        )
    };
    view! {
        <div class="card">
            <h3>"An app on your phone"</h3>
            <p>{words}</p>
            {button_form(action, "button plain small", button, "", vec![])}
        </div>
    }
    .into_any()
}

fn passkeys(passkeys: &[PasskeyRow]) -> AnyView {
    view! {
        <div class="card">
            <h3>"Your passkeys"</h3>
            <ul class="session-list">{passkeys.iter().map(passkey).collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn passkey(passkey: &PasskeyRow) -> AnyView {
    let action = format!("/account/security/passkeys/{}/remove", passkey.id);
    let (class, name) = ("quiet danger-link", passkey.name.clone());
    let used = passkey.used_at.map(|at| {
        view! {
            ", last used "
            <When at />
        }
    });
    view! {
        <li>
            <span>{name.clone()}</span>
            <span class="quiet-text">"added " <When at=passkey.created_at /> {used}</span>
            {button_form(action, class, "Remove", name, vec![])}
        </li>
    }
    .into_any()
}

fn recovery_codes(left: u64) -> AnyView {
    let left = count(left, "code", "codes");
    let words = format!("{left} left. Each can stand in once for a lost app or passkey.");
    view! {
        <div class="card">
            <h3>"Recovery codes"</h3>
            <p>{words}</p>
            {button_form(
                "/account/security/recovery-codes",
                "button plain small",
                "Make new codes",
                "",
                vec![],
            )}
        </div>
    }
    .into_any()
}

fn browsers(sessions: Vec<SessionRow>) -> AnyView {
    view! {
        <section>
            <h2>"Where you are signed in"</h2>
            <ul class="session-list">{sessions.into_iter().map(browser).collect_view()}</ul>
            <form method="post" action="/account/sign-out-everywhere">
                <button class="button plain" type="submit">
                    "Sign out everywhere"
                </button>
            </form>
        </section>
    }
    .into_any()
}

fn browser(session: SessionRow) -> AnyView {
    let name = browser_name(&session.user_agent);
    let sign_out = (!session.is_current).then(|| {
        let action = format!("/account/sessions/{}/end", session.id);
        let class = "quiet danger-link";
        button_form(action, class, "Sign out", name.clone(), vec![])
    });
    view! {
        <li>
            <span>{name} {session.is_current.then_some(" (this browser)")}</span>
            <span class="quiet-text">"since " <When at=session.created_at /></span>
            {sign_out}
        </li>
    }
    .into_any()
}

/// A browser's name out of what it calls itself, well enough to recognise one's own.
fn browser_name(user_agent: &str) -> String {
    let names = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |table: &[(&str, &'static str)]| {
        table
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&names), find(&systems)) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ => "Another browser".to_owned(),
    }
}
