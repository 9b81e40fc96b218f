//! One's own account: names, address, password, letters, tokens, and leaving.

use domain::accounts::TokenScope;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use crate::actions::ShownOnce;
use crate::form::{Form, FormState};
use crate::parts::{
    ChoiceField, FormFaults, Notice, TextField, When, button_form, day, done, tabs,
};
use crate::request::{Request, page};

/// Links between the pages of the account.
pub(super) fn account_tabs(request: &Request) -> AnyView {
    let path = request
        .here
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    let is_researcher = request.actor.researcher().is_ok();
    let mut links = vec![
        ("Overview", "/account".to_owned()),
        ("Name and password", "/account/settings".to_owned()),
        ("Letters", "/account/email".to_owned()),
        ("Sign-in", "/account/security".to_owned()),
    ];
    if is_researcher {
        links.push(("Tokens", "/account/tokens".to_owned()));
    }
    links.push(("My data", "/account/leave".to_owned()));
    tabs("Account", &path, links)
}

/// What stands on every page of an account that is not confirmed, or is to be deleted.
fn account_state(settings: &accounts::Settings) -> AnyView {
    let confirm = (!settings.is_confirmed).then(|| {
        view! {
            <Notice kind="info">
                <p>
                    "Please confirm your address: we have sent you a letter with a link. Until then we don't write to you about studies."
                </p>
                {button_form(
                    "/account/address/confirm",
                    "button plain small",
                    "Send the letter again",
                    "",
                    vec![],
                )}
            </Notice>
        }
    });
    let deletion = settings.deletion_due_at.map(|due| {
        view! {
            <Notice kind="warn">
                <p>{format!("Your account will be deleted on {}.", day(due.date_naive()))}</p>
                {button_form("/account/keep", "button small", "Keep my account", "", vec![])}
            </Notice>
        }
    });
    view! {
        {confirm}
        {deletion}
    }
    .into_any()
}

/// The account.
#[component]
pub fn Account() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let is_researcher = request
            .actor
            .person()
            .is_some_and(|person| person.powers.is_researcher);
        Ok(view! {
            <Title text="My account" />
            <h1>"My account"</h1>
            {account_tabs(&request)}
            {account_state(&settings)}
            <dl class="facts-list">
                <div>
                    <dt>"E-mail address"</dt>
                    <dd>{settings.email}</dd>
                </div>
                <div>
                    <dt>"Name"</dt>
                    <dd>
                        {if settings.nickname.is_empty() {
                            "not given".to_owned()
                        } else {
                            settings.nickname
                        }}
                    </dd>
                </div>
            </dl>
            <ul class="door-list">
                <li>
                    <a href="/account/children">
                        <strong>"My children"</strong>
                        <span>"Add a child, or change what you told about one."</span>
                    </a>
                </li>
                <li>
                    <a href="/account/demographics">
                        <strong>"About our family"</strong>
                        <span>"Answers that help researchers describe who takes part."</span>
                    </a>
                </li>
                <li>
                    <a href="/studies/history">
                        <strong>"Past studies"</strong>
                        <span>"What your family has taken part in."</span>
                    </a>
                </li>
                {is_researcher
                    .then(|| {
                        view! {
                            <li>
                                <a href="/exp/labs">
                                    <strong>"My labs"</strong>
                                    <span>"The labs that you belong to, and the sandbox."</span>
                                </a>
                            </li>
                        }
                    })}
            </ul>
        }
        .into_any())
    })
}

/// Names, address, password.
#[component]
pub fn Settings() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let person = request.actor.signed_in()?.clone();
        let form = request.form.clone();
        let own = Form::of([
            ("nickname", settings.nickname.clone()),
            ("given_name", settings.given_name.clone()),
            ("family_name", settings.family_name.clone()),
        ]);
        // A refused form keeps what was typed in it; the others on this page show what is stored.
        let names =
            if form.form.text("nickname").is_empty() && form.form.text("given_name").is_empty() {
                FormState {
                    form: own,
                    ..form.clone()
                }
            } else {
                form.clone()
            };
        let minimum = person.powers.password_policy().minimum();
        let said = done(
            &request,
            &[
                ("saved", "The changes are saved."),
                (
                    "new-password",
                    "Your new password is saved. All other browsers are signed out.",
                ),
                (
                    "address-asked",
                    "We have written to both addresses. The change happens once both have agreed.",
                ),
                ("address-kept", "Your address stays as it is."),
                ("link-sent", "The letter is on its way."),
            ],
        );
        Ok(view! {
            <Title text="Name and password" />
            <h1>"Name and password"</h1>
            {account_tabs(&request)}
            {said}
            {account_state(&settings)}
            <FormFaults form=form.clone() />
            <section class="narrow">
                <h2>"Name"</h2>
                <form method="post" action="/account/settings" novalidate>
                    <TextField
                        form=names.clone()
                        name="nickname"
                        label="What shall we call you?"
                        autocomplete="nickname"
                    />
                    {person
                        .powers
                        .is_researcher
                        .then(|| {
                            view! {
                                <TextField
                                    form=names.clone()
                                    name="given_name"
                                    label="Given name"
                                    autocomplete="given-name"
                                    required=true
                                />
                                <TextField
                                    form=names.clone()
                                    name="family_name"
                                    label="Family name"
                                    autocomplete="family-name"
                                    required=true
                                />
                            }
                        })}
                    <button class="button" type="submit">
                        "Save"
                    </button>
                </form>
            </section>
            <section class="narrow">
                <h2>"E-mail address"</h2>
                <p>"You sign in with " <strong>{settings.email.clone()}</strong> "."</p>
                {settings
                    .change
                    .clone()
                    .map(|(new, old_agreed, new_confirmed)| {
                        view! {
                            <Notice kind="info">
                                <p>
                                    {format!(
                                        "Waiting for the change to {new}: the present address {}, the new one {}.",
                                        if old_agreed { "has agreed" } else { "has not answered" },
                                        if new_confirmed {
                                            "has agreed"
                                        } else {
                                            "has not answered"
                                        },
                                    )}
                                </p>
                                {button_form(
                                    "/account/address/keep",
                                    "button plain small",
                                    "Keep the present address",
                                    "",
                                    vec![],
                                )}
                            </Notice>
                        }
                    })}
                <form method="post" action="/account/address" novalidate>
                    <TextField
                        form=form.clone()
                        name="new_email"
                        label="New e-mail address"
                        kind="email"
                        autocomplete="email"
                        required=true
                    />
                    <TextField
                        form=form.clone()
                        name="change_password"
                        label="Your password"
                        kind="password"
                        autocomplete="current-password"
                        required=true
                    />
                    <button class="button plain" type="submit">
                        "Change the address"
                    </button>
                </form>
            </section>
            <section class="narrow">
                <h2>"Password"</h2>
                <form method="post" action="/account/password" novalidate>
                    <TextField
                        form=form.clone()
                        name="present_password"
                        label="Present password"
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
                        label="New password once more"
                        kind="password"
                        autocomplete="new-password"
                        required=true
                    />
                    <button class="button plain" type="submit">
                        "Change the password"
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}

/// Which letters to get.
#[component]
pub fn Email() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let mut form = FormState::default();
        for (name, is_on) in [
            ("email_next_session", settings.email_next_session),
            ("email_new_studies", settings.email_new_studies),
            ("email_study_updates", settings.email_study_updates),
            (
                "email_response_questions",
                settings.email_response_questions,
            ),
        ] {
            if is_on {
                form.form.push("letters", name);
            }
        }
        let options = [
            (
                "email_new_studies",
                "There is a new study for one of my children.",
            ),
            (
                "email_next_session",
                "It is time for the next part of a study that we began.",
            ),
            (
                "email_study_updates",
                "There is news about a study that we took part in.",
            ),
            (
                "email_response_questions",
                "Researchers have a question about something that we sent.",
            ),
        ];
        Ok(view! {
            <Title text="Letters" />
            <h1>"Letters"</h1>
            {account_tabs(&request)}
            {done(&request, &[("saved", "Your choice is saved.")])}
            {account_state(&settings)}
            <form method="post" action="/account/email" class="narrow">
                <ChoiceField
                    form
                    name="letters"
                    legend="Write to me when"
                    is_many=true
                    options=options
                        .iter()
                        .map(|(value, label)| ((*value).to_owned(), (*label).to_owned()))
                        .collect()
                />
                <button class="button" type="submit">
                    "Save"
                </button>
                <p class="help">
                    "Letters about your account itself, such as a new password, always come."
                </p>
            </form>
        }
        .into_any())
    })
}

/// Personal tokens for programs.
#[component]
pub fn Tokens() -> impl IntoView {
    let request = Request::current();
    let fresh = use_context::<ShownOnce>();
    page(async move {
        let tokens = accounts::tokens(&request.ctx, &request.actor).await?;
        let mut form = request.form.clone();
        if form.form.text("days").is_empty() && !form.is_refused() {
            form.form.push("days", "90");
        }
        let scopes = TokenScope::ALL
            .iter()
            .map(|scope| (scope.as_str().to_owned(), scope.words().to_owned()))
            .collect();
        Ok(view! {
            <Title text="Tokens" />
            <h1>"Tokens for programs"</h1>
            {account_tabs(&request)}
            {done(&request, &[("revoked", "The token is revoked.")])}
            {fresh
                .and_then(|ShownOnce(shown)| shown.into_iter().next())
                .map(|token| {
                    view! {
                        <Notice kind="good">
                            <p>
                                <strong>
                                    "Here is your token. Copy it now: it is not shown again."
                                </strong>
                            </p>
                            <pre class="code" tabindex="0" id="new-token">
                                {token}
                            </pre>
                        </Notice>
                    }
                })}
            <p class="lead">
                "A token lets a program of yours do what you may do, and of that only what you choose here. Send it as "
                <code>"Authorization: Bearer \u{2026}"</code> "."
            </p>
            {if tokens.is_empty() {
                view! {
                    <div class="empty">
                        <p>"No token yet."</p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="region" aria-label="Tokens">
                        <table class="dense">
                            <thead>
                                <tr>
                                    <th scope="col">"Name"</th>
                                    <th scope="col">"May"</th>
                                    <th scope="col">"Made"</th>
                                    <th scope="col">"Works until"</th>
                                    <th scope="col">"Last used"</th>
                                    <th scope="col">
                                        <span class="visually-hidden">"Revoke"</span>
                                    </th>
                                </tr>
                            </thead>
                            <tbody>
                                {tokens
                                    .into_iter()
                                    .map(|token| {
                                        view! {
                                            <tr>
                                                <th scope="row">{token.name.clone()}</th>
                                                <td>
                                                    {token
                                                        .scopes
                                                        .iter()
                                                        .map(|scope| scope.words())
                                                        .collect::<Vec<_>>()
                                                        .join(", ")}
                                                </td>
                                                <td>
                                                    <When at=token.created_at />
                                                </td>
                                                <td>
                                                    <When at=token.expires_at />
                                                </td>
                                                <td>
                                                    {match token.last_used_at {
                                                        Some(at) => view! { <When at /> }.into_any(),
                                                        None => "never".into_any(),
                                                    }}
                                                </td>
                                                <td>
                                                    {if token.is_working {
                                                        button_form(
                                                            format!("/account/tokens/{}/revoke", token.id),
                                                            "quiet danger-link",
                                                            "Revoke",
                                                            token.name,
                                                            vec![],
                                                        )
                                                    } else {
                                                        "no longer works".into_any()
                                                    }}
                                                </td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                }
                    .into_any()
            }}
            <section class="narrow">
                <h2>"Make a token"</h2>
                <form method="post" action="/account/tokens" novalidate>
                    <FormFaults form=form.clone() />
                    <TextField
                        form=form.clone()
                        name="name"
                        label="Name"
                        required=true
                        help="Where you will use it, such as \u{201c}analysis laptop\u{201d}."
                    />
                    <ChoiceField
                        form=form.clone()
                        name="scopes"
                        legend="It may"
                        is_many=true
                        options=scopes
                    />
                    <TextField
                        form=form
                        name="days"
                        label="Days that it works"
                        kind="number"
                        required=true
                    />
                    <button class="button" type="submit">
                        "Make the token"
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}

/// A copy of one's data, and the end of the account.
#[component]
pub fn Leave() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let has_export = accounts::has_export_request(&request.ctx, &request.actor).await?;
        let is_leaving = settings.deletion_due_at.is_some();
        let wait = domain::accounts::DELETION_WAIT.num_days();
        let said = done(
            &request,
            &[
                (
                    "export-asked",
                    "Your wish is noted. We write to you when the copy is ready.",
                ),
                (
                    "deletion-asked",
                    "Your account will be deleted. We have sent you a letter with a link, in case you change your mind.",
                ),
                ("kept", "Your account stays as it is."),
            ],
        );
        Ok(view! {
            <Title text="My data" />
            <h1>"My data"</h1>
            {account_tabs(&request)}
            {said}
            {account_state(&settings)}
            <section class="narrow">
                <h2>"A copy of everything"</h2>
                <p>
                    "Everything that you told us about your family, your answers, and your videos, in one file."
                </p>
                {if has_export {
                    view! {
                        <p>
                            <strong>"You have asked for a copy."</strong>
                            " We write to you when it is ready."
                        </p>
                    }
                        .into_any()
                } else {
                    button_form("/account/export", "button plain", "Ask for a copy", "", vec![])
                }}
            </section>
            {(!is_leaving)
                .then(|| {
                    view! {
                        <section class="narrow danger-zone">
                            <h2>"Delete the account"</h2>
                            <p>
                                {format!(
                                    "Your name, your address and what you told us about your family are deleted {wait} days after you ask. Until then you can change your mind.",
                                )}
                            </p>
                            <p>
                                "Answers that you agreed to share stay with the researchers, without your name and your children's names."
                            </p>
                            <FormFaults form=request.form.clone() />
                            <form method="post" action="/account/delete" novalidate>
                                <TextField
                                    form=request.form.clone()
                                    name="delete_password"
                                    label="Your password"
                                    kind="password"
                                    autocomplete="current-password"
                                    required=true
                                />
                                <button class="button danger" type="submit">
                                    "Delete my account"
                                </button>
                            </form>
                        </section>
                    }
                })}
        }
        .into_any())
    })
}
