//! How one signs in: second factors and sessions.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use super::own::account_tabs;
use super::{browser_name, passkey_card};
use crate::actions::ShownOnce;
use crate::error::AppError;
use crate::form::local_path;
use crate::parts::{FormFaults, Notice, TextField, When, button_form, done};
use crate::request::{Request, page};

/// Second factors and sessions.
#[component]
pub fn Security() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let sessions = accounts::sessions(&request.ctx, &request.actor).await?;
        let factors = accounts::factors(&request.ctx, &request.actor).await?;
        let has_any = factors.has_totp || !factors.passkeys.is_empty();
        let said = done(
            &request,
            &[
                ("added", "It is added."),
                ("removed", "It is removed."),
                ("session-ended", "That browser is signed out."),
            ],
        );
        Ok(view! {
            <Title text="Sign-in" />
            <h1>"Sign-in"</h1>
            {account_tabs(&request)}
            {said}
            <FormFaults form=request.form.clone() />
            <section>
                <h2>"Second factor"</h2>
                <p class="narrow">
                    "A second way to show that it is you. With one, a stolen password is not enough. Researchers need one; for families it is a good idea."
                </p>
                <div class="card">
                    <h3>"An app on your phone"</h3>
                    {if factors.has_totp {
                        view! {
                            <p>"An app makes codes for this account."</p>
                            {button_form(
                                "/account/security/app/remove",
                                "button plain small",
                                "Remove the app",
                                "",
                                vec![],
                            )}
                        }
                            .into_any()
                    } else {
                        view! {
                            <p>"It shows six digits that change every half minute."</p>
                            {button_form(
                                "/account/security/app/begin",
                                "button plain small",
                                "Use an app",
                                "",
                                vec![],
                            )}
                        }
                            .into_any()
                    }}
                </div>
                {(!factors.passkeys.is_empty())
                    .then(|| {
                        view! {
                            <div class="card">
                                <h3>"Your passkeys"</h3>
                                <ul class="session-list">
                                    {factors
                                        .passkeys
                                        .iter()
                                        .map(|passkey| {
                                            view! {
                                                <li>
                                                    <span>{passkey.name.clone()}</span>
                                                    <span class="quiet-text">
                                                        "added " <When at=passkey.created_at />
                                                        {passkey
                                                            .used_at
                                                            .map(|at| {
                                                                view! {
                                                                    ", last used "
                                                                    <When at />
                                                                }
                                                            })}
                                                    </span>
                                                    {button_form(
                                                        format!("/account/security/passkeys/{}/remove", passkey.id),
                                                        "quiet danger-link",
                                                        "Remove",
                                                        passkey.name.clone(),
                                                        vec![],
                                                    )}
                                                </li>
                                            }
                                        })
                                        .collect_view()}
                                </ul>
                            </div>
                        }
                    })}
                {passkey_card(
                    "add",
                    "/account/security?done=added",
                    "Add a passkey",
                    "Your fingerprint, face, or the key with which you unlock this device; or a security key.",
                    "Add a passkey",
                )}
                {has_any
                    .then(|| {
                        view! {
                            <div class="card">
                                <h3>"Recovery codes"</h3>
                                <p>
                                    {format!(
                                        "{} left. Each stands in once for a lost app or passkey.",
                                        factors.recovery_codes,
                                    )}
                                </p>
                                {button_form(
                                    "/account/security/recovery-codes",
                                    "button plain small",
                                    "Make new codes",
                                    "",
                                    vec![],
                                )}
                            </div>
                        }
                    })}
            </section>
            <section>
                <h2>"Where you are signed in"</h2>
                <ul class="session-list">
                    {sessions
                        .into_iter()
                        .map(|session| {
                            let name = browser_name(&session.user_agent);
                            view! {
                                <li>
                                    <span>
                                        {name.clone()}
                                        {session.is_current.then_some(" (this browser)")}
                                    </span>
                                    <span class="quiet-text">
                                        "since " <When at=session.created_at />
                                    </span>
                                    {(!session.is_current)
                                        .then(|| button_form(
                                            format!("/account/sessions/{}/end", session.id),
                                            "quiet danger-link",
                                            "Sign out",
                                            name,
                                            vec![],
                                        ))}
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <form method="post" action="/account/sign-out-everywhere">
                    <button class="button plain" type="submit">
                        "Sign out everywhere"
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}

/// Shows an app the secret, and takes its first code.
#[component]
pub fn SetUpApp() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let setup = accounts::totp_setup(&request.ctx, &request.actor).await?;
        let wanted = request
            .query("next")
            .unwrap_or_else(|| request.form.form.text("next"));
        let next = local_path(&wanted).unwrap_or_default().to_owned();
        let Some(setup) = setup else {
            // Set up already, or never begun: nothing to show, and the secret is never shown again.
            return Err(AppError::Conflict("There is no app to set up here. On the sign-in page of your account you see which you have.".to_owned()));
        };
        Ok(view! {
            <Title text="Set up an app" />
            <section class="narrow">
                <h1>"Set up an app"</h1>
                <ol>
                    <li>
                        "Open an authenticator app on your phone. If you have none, install one from your phone's store."
                    </li>
                    <li>"Add an account there, and point the camera at this picture."</li>
                    <li>"Type the six digits that the app shows."</li>
                </ol>
                <div
                    class="qr"
                    role="img"
                    aria-label="QR code for your authenticator app"
                    inner_html=setup.picture
                ></div>
                <details>
                    <summary>"Can't point a camera at it?"</summary>
                    <p>
                        "Type this into the app instead: "
                        <code id="totp-secret">{setup.typed}</code>
                    </p>
                </details>
                <form method="post" action="/account/security/app" novalidate>
                    <FormFaults form=request.form.clone() />
                    <input type="hidden" name="next" value=next />
                    <TextField
                        form=request.form.clone()
                        name="code"
                        label="Six digits"
                        autocomplete="one-time-code"
                        required=true
                    />
                    <button class="button" type="submit">
                        "Check the code"
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}

/// Shows new recovery codes, once.
#[component]
pub fn RecoveryCodes() -> impl IntoView {
    let request = Request::current();
    let fresh = use_context::<ShownOnce>();
    page(async move {
        request.actor.signed_in()?;
        let wanted = request.query("next").unwrap_or_default();
        let next = local_path(&wanted)
            .unwrap_or("/account/security")
            .to_owned();
        let Some(ShownOnce(codes)) = fresh else {
            return Err(AppError::Conflict("Recovery codes are shown once, right after they are made. You can make new ones; the old ones stop working then.".to_owned()));
        };
        Ok(view! {
            <Title text="Recovery codes" />
            <section class="narrow">
                <h1>"Keep these codes"</h1>
                <p class="lead">
                    "If you lose your phone or your passkey, one of these lets you in, once each. Print them, or keep them where you keep your passwords. They are not shown again."
                </p>
                <ul class="recovery-codes">
                    {codes
                        .into_iter()
                        .map(|code| {
                            view! {
                                <li>
                                    <code>{code}</code>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <Notice kind="info">
                    <p>"Your second factor is on."</p>
                </Notice>
                <p>
                    <a class="button" href=next>
                        "I have kept them"
                    </a>
                </p>
            </section>
        }
        .into_any())
    })
}
