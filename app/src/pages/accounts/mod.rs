//! Signing up and in, and the account.

use domain::accounts::{LinkPurpose, PasswordPolicy, SecondFactor};
use domain::permissions;
use leptos::prelude::*;
use leptos_meta::Title;
use services::{accounts, demo, labs, links};

use crate::actions::ShownOnce;
use crate::error::AppError;
use crate::form::local_path;
use crate::islands::PasswordMeter;
use crate::parts::{FormFaults, Notice, TextField, button_form, done};
use crate::request::{Request, page};

mod own;
mod security;
mod staff;

pub use own::{Account, Email, Leave, Settings, Tokens};
pub use security::{RecoveryCodes, Security, SetUpApp};
pub use staff::{StaffAccount, StaffAccounts, staff_tabs};

/// A path with the place to go on to.
pub fn with_next(path: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!(
            "{path}?{}",
            serde_urlencoded::to_string([("next", next)]).unwrap_or_default()
        ),
        None => path.to_owned(),
    }
}

/// Address of the page that asks for the second factor and leads back to `here`.
pub fn second_factor_path(here: &str) -> String {
    with_next("/second-factor", local_path(here))
}

/// Address of the sign-in page that leads back to `here`.
pub fn sign_in_path(here: &str) -> String {
    match local_path(here) {
        Some(here) if here != "/" => format!(
            "/login?{}",
            serde_urlencoded::to_string([("next", here)]).unwrap_or_default()
        ),
        _ => "/login".to_owned(),
    }
}

fn next_field(request: &Request) -> AnyView {
    let next = request
        .query("next")
        .unwrap_or_else(|| request.form.form.text("next"));
    local_path(&next)
        .map(|next| view! { <input type="hidden" name="next" value=next.to_owned() /> })
        .into_any()
}

/// Sign-up of a family.
#[component]
pub fn SignUp() -> impl IntoView {
    let request = Request::current();
    let next = next_field(&request);
    let form = request.form.clone();
    let minimum = PasswordPolicy::Family.minimum();
    view! {
        <Title text="Sign up" />
        <section class="narrow">
            <h1>"Make a family account"</h1>
            <p class="lead">"One account for the whole family. You add your children next."</p>
            <form method="post" action="/signup" novalidate>
                <FormFaults form=form.clone() />
                {next}
                <TextField
                    form=form.clone()
                    name="email"
                    label="E-mail address"
                    kind="email"
                    autocomplete="email"
                    required=true
                />
                <TextField
                    form=form.clone()
                    name="nickname"
                    label="What shall we call you?"
                    help="A first name or a nickname."
                    autocomplete="nickname"
                />
                <TextField
                    form=form.clone()
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    help=format!(
                        "At least {minimum} characters. Three or four words that don't belong together are easy to remember and hard to guess.",
                    )
                />
                <PasswordMeter
                    input="password".to_owned()
                    known="email".to_owned()
                    minimum=minimum
                />
                <TextField
                    form=form
                    name="password_again"
                    label="Password once more"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                />
                <button class="button" type="submit">
                    "Make the account"
                </button>
            </form>
            <p>
                "Have an account already? " <a href="/login">"Sign in"</a>". Do you work in a lab? "
                <a href="/signup/researcher">"Make a researcher's account"</a>"."
            </p>
        </section>
    }
}

/// Sign-up of a researcher.
#[component]
pub fn SignUpResearcher() -> impl IntoView {
    let request = Request::current();
    let next = next_field(&request);
    let form = request.form.clone();
    let minimum = PasswordPolicy::Researcher.minimum();
    view! {
        <Title text="Sign up as a researcher" />
        <section class="narrow">
            <h1>"Make a researcher's account"</h1>
            <p class="lead">
                "You can try everything in the sandbox at once. To run studies with families, join a lab or make one."
            </p>
            <form method="post" action="/signup/researcher" novalidate>
                <FormFaults form=form.clone() />
                {next}
                <TextField
                    form=form.clone()
                    name="email"
                    label="E-mail address"
                    kind="email"
                    autocomplete="email"
                    required=true
                    help="That of your university or institute, if you have one."
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
                <TextField
                    form=form.clone()
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    help=format!(
                        "At least {minimum} characters. Four words that don't belong together are easy to remember and hard to guess.",
                    )
                />
                <PasswordMeter
                    input="password".to_owned()
                    known="email".to_owned()
                    minimum=minimum
                />
                <TextField
                    form=form
                    name="password_again"
                    label="Password once more"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                />
                <button class="button" type="submit">
                    "Make the account"
                </button>
            </form>
            <p>
                "Looking for studies for your child? " <a href="/signup">"Make a family account"</a>
                "."
            </p>
        </section>
    }
}

/// Sign-in.
#[component]
pub fn SignIn() -> impl IntoView {
    let request = Request::current();
    let next = next_field(&request);
    let came_for_something = request.query("next").is_some();
    let said = done(
        &request,
        &[
            ("signed-out", "You are signed out."),
            (
                "new-password",
                "Your new password is saved. Please sign in with it.",
            ),
        ],
    );
    let form = request.form;
    view! {
        <Title text="Sign in" />
        <section class="narrow">
            <h1>"Sign in"</h1>
            {said}
            {came_for_something
                .then(|| {
                    view! {
                        <p class="lead">
                            "Sign in to go on. New here? "
                            <a href="/signup">"Make a family account"</a>"; it takes a minute."
                        </p>
                    }
                })}
            <form method="post" action="/login" novalidate>
                <FormFaults form=form.clone() />
                {next}
                <TextField
                    form=form.clone()
                    name="email"
                    label="E-mail address"
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
            <p>
                <a href="/forgot-password">"Forgot your password?"</a>
            </p>
            <p>
                {(!came_for_something)
                    .then(|| {
                        view! {
                            "New here? "
                            <a href="/signup">"Make a family account"</a>
                            ". "
                        }
                    })}"Do you work in a lab? "
                <a href="/signup/researcher">"Make a researcher's account"</a>"."
            </p>
        </section>
    }
}

/// A new password for those who forgot theirs.
#[component]
pub fn ForgotPassword() -> impl IntoView {
    let request = Request::current();
    let is_sent = request.query("done").as_deref() == Some("sent");
    let form = request.form;
    view! {
        <Title text="A new password" />
        <section class="narrow">
            <h1>"A new password"</h1>
            {if is_sent {
                view! {
                    <Notice kind="good">
                        <p>
                            "If there is an account with this address, a letter with a link is on its way. The link works for two hours."
                        </p>
                    </Notice>
                    <p>
                        "Nothing there after some minutes? Look into the folder for unwanted mail, or "
                        <a href="/forgot-password">"try another address"</a>"."
                    </p>
                }
                    .into_any()
            } else {
                view! {
                    <p class="lead">
                        "Tell us the address of your account, and we send you a link with which you choose a new password."
                    </p>
                    <form method="post" action="/forgot-password" novalidate>
                        <FormFaults form=form.clone() />
                        <TextField
                            form=form
                            name="email"
                            label="E-mail address"
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
            }}
        </section>
    }
}

/// Where a link in a letter leads. Opening it changes nothing: programs that read mail open links
/// too.
#[component]
pub fn FollowLink() -> impl IntoView {
    let request = Request::current();
    let said = use_context::<ShownOnce>();
    page(async move {
        if let Some(ShownOnce(words)) = said {
            return Ok(view! {
                <Title text="Done" />
                <section class="narrow">
                    <h1>"Done"</h1>
                    <Notice kind="good">
                        <p>{words.join(" ")}</p>
                    </Notice>
                    <p>
                        <a class="button" href="/account">
                            "Go to my account"
                        </a>
                    </p>
                </section>
            }
            .into_any());
        }
        let token = request.params.get("token").unwrap_or_default();
        let link = links::read(&token).ok_or(AppError::NotFound)?;
        let form = request.form.clone();
        let action = format!("/link/{token}");
        if link.purpose == LinkPurpose::AcceptInvitation {
            return invitation(&request, &link, action).await;
        }
        if !form.is_refused() {
            links::check(&request.ctx, &request.ctx.db, &link).await?;
        }
        let (title, lead, button) = match link.purpose {
            LinkPurpose::ConfirmAddress => (
                "Is this your address?",
                "Please confirm that you got our letter, so that we can write to you about studies for your child.",
                "Yes, confirm my address",
            ),
            LinkPurpose::AgreeToChange => (
                "Use another address?",
                "Your account asked to use another e-mail address from now on. It changes once both addresses have agreed.",
                "Yes, I agree",
            ),
            LinkPurpose::ConfirmNewAddress => (
                "Is this your new address?",
                "An account asked to use this address from now on. It changes once both addresses have agreed.",
                "Yes, it is mine",
            ),
            LinkPurpose::KeepAccount => (
                "Keep your account?",
                "Your account is to be deleted. You can keep it, with everything in it.",
                "Keep my account",
            ),
            LinkPurpose::ResetPassword | LinkPurpose::AcceptInvitation => (
                "Choose a new password",
                "Everybody who is signed in to your account will be signed out.",
                "Save the new password",
            ),
        };
        let fields = (link.purpose == LinkPurpose::ResetPassword).then(|| {
            view! {
                <TextField
                    form=form.clone()
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    help="At least 10 characters, 16 for researchers. Three or four words that don't belong together are easy to remember and hard to guess."
                />
                <TextField
                    form=form.clone()
                    name="password_again"
                    label="New password once more"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                />
            }
        });
        Ok(view! {
            <Title text=title />
            <section class="narrow">
                <h1>{title}</h1>
                <p class="lead">{lead}</p>
                <form method="post" action=action novalidate>
                    <FormFaults form=form.clone() />
                    {fields}
                    <button class="button" type="submit">
                        {button}
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}

async fn invitation(
    request: &Request,
    link: &links::Link,
    action: String,
) -> Result<AnyView, AppError> {
    let found = labs::invitation(&request.ctx, link).await?;
    let join = with_next("/signup/researcher", Some(&action));
    let sign_in = sign_in_path(&action);
    let person = request.actor.person().cloned();
    let is_researcher = person
        .as_ref()
        .is_some_and(|person| person.powers.is_researcher || person.powers.staff_role().is_some());
    let role = found.role;
    let body = match person {
        None => view! {
            <p>
                "To join you need a researcher's account with the address "
                <strong>{found.email.clone()}</strong>"."
            </p>
            <p>
                <a class="button" href=join>
                    "Make an account"
                </a>
                " or "
                <a href=sign_in>"sign in"</a>
            </p>
        }.into_any(),
        Some(person) if person.email != found.email => view! {
            <Notice kind="warn">
                <p>
                    {format!(
                        "This invitation is for {}. You are signed in as {}. Please sign out and come back with the other account.",
                        found.email,
                        person.email,
                    )}
                </p>
            </Notice>
        }.into_any(),
        Some(_) if !is_researcher => view! {
            <Notice kind="warn">
                <p>
                    "Your account is a family's. Labs need a researcher's account, with another address. Please ask for an invitation to that address."
                </p>
            </Notice>
        }.into_any(),
        Some(_) => view! {
            <form method="post" action=action>
                <FormFaults form=request.form.clone() />
                <button class="button" type="submit">
                    "Join the lab"
                </button>
            </form>
        }.into_any(),
    };
    Ok(view! {
        <Title text="An invitation" />
        <section class="narrow">
            <h1>{format!("Join {}", found.lab_name)}</h1>
            <p class="lead">{format!("Your role would be \u{201c}{}\u{201d}.", role.label())}</p>
            <p>{permissions::in_words(|action| role.grants(action))}</p>
            {body}
        </section>
    }
    .into_any())
}

/// Asks for the second factor, or offers to set one up.
#[component]
pub fn GiveFactor() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let (person, _) = request.actor.half_signed_in()?;
        let factors = accounts::factors(&request.ctx, &request.actor).await?;
        let wanted = request
            .query("next")
            .unwrap_or_else(|| request.form.form.text("next"));
        let next = local_path(&wanted).unwrap_or("/").to_owned();
        if person.factor == SecondFactor::None {
            return Ok(view! {
                <Title text="One more step" />
                <section class="narrow">
                    <h1>"One more step to sign in safely"</h1>
                    <p class="lead">
                        "Researchers see other people's children. So a password alone is not enough: choose a second way to show that it is you. It takes two minutes, once."
                    </p>
                    <FormFaults form=request.form.clone() />
                    <div class="card">
                        <h2>"An app on your phone"</h2>
                        <p>
                            "It shows six digits that change every half minute. Any authenticator app will do."
                        </p>
                        {button_form(
                            "/account/security/app/begin",
                            "button",
                            "Use an app",
                            "",
                            vec![("next", next.clone())],
                        )}
                    </div>
                    {passkey_card(
                        "add",
                        &next,
                        "A passkey",
                        "Your fingerprint, face, or the key with which you unlock this device; or a security key.",
                        "Use a passkey",
                    )}
                </section>
            }
            .into_any());
        }
        let demo = demo::code(&request.ctx, &request.actor).await?;
        Ok(view! {
            <Title text="Second factor" />
            <section class="narrow">
                <h1>"Is it really you?"</h1>
                {demo
                    .map(|code| {
                        view! {
                            <Notice kind="info">
                                <p>
                                    "This is a demo account. Its app would show: "
                                    <strong id="demo-code">{code}</strong>"."
                                </p>
                            </Notice>
                        }
                    })}
                <FormFaults form=request.form.clone() />
                {(!factors.passkeys.is_empty())
                    .then(|| passkey_card(
                        "ask",
                        &next,
                        "Passkey",
                        "Unlock with the passkey that you set up.",
                        "Use my passkey",
                    ))}
                <form method="post" action="/second-factor" novalidate>
                    <input type="hidden" name="next" value=next />
                    <TextField
                        form=request.form.clone()
                        name="code"
                        label=if factors.has_totp { "Code from your app" } else { "Recovery code" }
                        autocomplete="one-time-code"
                        required=true
                        help="Six digits, or one of your recovery codes."
                    />
                    <button class="button" type="submit">
                        "Go on"
                    </button>
                </form>
                <p class="quiet-text">
                    "Lost your phone? A recovery code works once in its place. Lost those too? Ask the people who run this site."
                </p>
            </section>
        }
        .into_any())
    })
}

/// A card with a passkey button. It stays hidden where the browser has none, or no scripts.
pub fn passkey_card(
    kind: &'static str,
    next: &str,
    title: &'static str,
    words: &'static str,
    button: &'static str,
) -> AnyView {
    let (begin, finish) = if kind == "add" {
        (
            "/account/security/passkeys/begin",
            "/account/security/passkeys",
        )
    } else {
        ("/second-factor/passkey/begin", "/second-factor/passkey")
    };
    view! {
        <form class="card" method="post" action=finish data-passkey=kind data-begin=begin hidden>
            <h2>{title}</h2>
            <p>{words}</p>
            <input type="hidden" name="next" value=next.to_owned() />
            <input type="hidden" name="answer" value="" />
            {(kind == "add")
                .then(|| {
                    view! {
                        <div class="field">
                            <label for="passkey-name">
                                "What to call it"<span class="optional">" (optional)"</span>
                            </label>
                            <input id="passkey-name" name="name" maxlength="60" />
                        </div>
                    }
                })}
            <p class="field-error" role="alert" hidden></p>
            <button class="button" type="submit">
                {button}
            </button>
        </form>
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
