//! The document around every page.

use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use crate::request::{Theme, actor, theme};
use crate::routes::App;

/// The whole document.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let path = use_context::<http::request::Parts>()
        .map(|parts| parts.uri.path().to_owned())
        .unwrap_or_default();
    let has_islands = path.starts_with("/signup");
    let has_passkeys = path == "/second-factor" || path == "/account/security";
    let has_design = path.starts_with("/exp/studies/") && path.ends_with("/design");
    let has_ad = path.starts_with("/exp/studies/") && path.ends_with("/edit");
    protect(has_design);
    let theme = theme();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta
                    name="color-scheme"
                    content=match theme {
                        Theme::System => "light dark",
                        Theme::Light => "light",
                        Theme::Dark => "dark",
                    }
                />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link
                    rel="preload"
                    href="/fonts/nunito-sans.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="stylesheet" href="/pkg/app.css" />
                {has_islands
                    .then(|| view! { <HydrationScripts options=options.clone() islands=true /> })}
                {has_design
                    .then(|| {
                        view! {
                            <link rel="stylesheet" href="/pkg/editor.css" />
                            <script type="module" src="/pkg/editor.js" nonce=use_nonce()></script>
                        }
                    })}
                {has_ad.then(|| view! { <script type="module" src="/pkg/ad.js"></script> })}
                {has_passkeys.then(|| view! { <script type="module" src="/passkeys.js"></script> })}
                {cfg!(debug_assertions).then(|| view! { <AutoReload options=options.clone() /> })}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Sets the policy for what this page may load. Scripts run only from our files and with this
/// answer's nonce.
///
/// The editor writes style sheets of its own, which this answer's nonce lets through, and shows the
/// preview in a frame.
fn protect(has_editor: bool) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    // Taking part is a form whose answer leads to the run origin.
    let run_origin = use_context::<services::Context>()
        .map(|ctx| ctx.site.run_origin.clone())
        .unwrap_or_default();
    let nonce = use_nonce()
        .map(|nonce| format!(" 'nonce-{nonce}'"))
        .unwrap_or_default();
    let (styles, frames) = if has_editor {
        (nonce.clone(), format!(" frame-src {run_origin};"))
    } else {
        (String::new(), String::new())
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'{styles};{frames} img-src 'self' https: data:; font-src 'self'; connect-src 'self'; form-action 'self' {run_origin}; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// The bar above every page.
#[component]
pub fn TopBar() -> impl IntoView {
    let actor = actor();
    let person = actor.person().cloned();
    let powers = person
        .as_ref()
        .map(|person| person.powers)
        .unwrap_or_default();
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
                <ul>
                    <li>
                        <a href="/studies">"Find a study"</a>
                    </li>
                    {person
                        .as_ref()
                        .map(|_| {
                            view! {
                                <li>
                                    <a href="/account/children">"My children"</a>
                                </li>
                                <li>
                                    <a href="/studies/history">"Past studies"</a>
                                </li>
                            }
                        })}
                    {(powers.is_researcher || powers.staff_role().is_some())
                        .then(|| {
                            view! {
                                <li>
                                    <a href="/exp/studies">"Studies"</a>
                                </li>
                                <li>
                                    <a href="/exp/labs">"Labs"</a>
                                </li>
                                <li>
                                    <a href="/exp/participants">"Families"</a>
                                </li>
                            }
                        })}
                    {powers
                        .staff_role()
                        .map(|_| {
                            view! {
                                <li>
                                    <a href="/staff/accounts">"Staff"</a>
                                </li>
                            }
                        })}
                </ul>
            </nav>
            <div class="top-bar-person">
                {match person {
                    Some(person) => {
                        view! {
                            <a href="/account">
                                {if person.nickname.is_empty() {
                                    "My account".to_owned()
                                } else {
                                    person.nickname
                                }}
                            </a>
                            <form method="post" action="/logout">
                                <button class="quiet" type="submit">
                                    "Sign out"
                                </button>
                            </form>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <a href="/login">"Sign in"</a>
                            <a class="button small" href="/signup">
                                "Sign up"
                            </a>
                        }
                            .into_any()
                    }
                }}
            </div>
        </header>
    }
}

/// The bar below every page.
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
