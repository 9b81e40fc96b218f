//! Where a link in an email leads. Opening it changes nothing: programs that read mail open links
//! too.

use domain::accounts::LinkPurpose;
use domain::permissions;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;
use services::labs::{self, InvitationPage};
use services::links::{self, Link};

use crate::error::AppError;
use crate::form::FormState;
use crate::parts::{FormFaults, Notice, TextField};
use crate::paths::{sign_in_path, with_next};
use crate::request::{Request, ShownOnce, page};

#[component]
pub fn FollowLink() -> impl IntoView {
    let request = Request::current();
    let shown = use_context::<ShownOnce>();
    page(async move {
        if let Some(ShownOnce(words)) = shown {
            return Ok(done(words.join(" ")));
        }
        let token = request.params.get("token").unwrap_or_default();
        let link = links::read(&token).ok_or(AppError::NotFound)?;
        let action = format!("/link/{token}");
        if link.purpose == LinkPurpose::AcceptInvitation {
            return invitation(&request, &link, action).await;
        }
        if !request.form.is_refused() {
            links::check(&request.ctx, &link).await?;
        }
        let asks = accounts::asks_for_password(&request.ctx, &request.actor, &link).await?;
        let fields = match link.purpose {
            LinkPurpose::ResetPassword => Some(new_password(&request.form)),
            _ => asks.then(|| password(&request.form)),
        };
        Ok(question(link.purpose, action, &request.form, fields))
    })
}

fn done(words: String) -> AnyView {
    view! {
        <Title text="Done" />
        <section class="narrow">
            <h1>"Done"</h1>
            <Notice kind="good">
                <p>{words}</p>
            </Notice>
            <p>
                <a class="button" href="/account">
                    "Go to my account"
                </a>
            </p>
        </section>
    }
    .into_any()
}

/// Title, text and button of the page of a link.
const fn words(purpose: LinkPurpose) -> (&'static str, &'static str, &'static str) {
    match purpose {
        LinkPurpose::AgreeToChange => (
            "Use another address?",
            "We were asked to use another email address for your account. It will change once \
             both addresses have agreed.",
            "Yes, I agree",
        ),
        LinkPurpose::ConfirmNewAddress => (
            "Is this your new address?",
            "We were asked to use this address for an account. It will change once both addresses \
             have agreed. If you did not ask for this, please close this page.",
            "Yes, it is mine",
        ),
        LinkPurpose::KeepAccount => (
            "Keep your account?",
            "Your account is going to be deleted. You can keep it, with everything in it.",
            "Keep my account",
        ),
        LinkPurpose::ResetPassword | LinkPurpose::AcceptInvitation => (
            "Choose a new password",
            "Everybody who is signed in to your account will be signed out.",
            "Save the new password",
        ),
    }
}

fn question(
    purpose: LinkPurpose,
    action: String,
    form: &FormState,
    fields: Option<AnyView>,
) -> AnyView {
    let (title, lead, button) = words(purpose);
    view! {
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
    .into_any()
}

/// For somebody who is not signed in to the account.
fn password(form: &FormState) -> AnyView {
    view! {
        <TextField
            form=form.clone()
            name="password"
            label="Password of the account"
            kind="password"
            autocomplete="current-password"
            required=true
            help="It shows that you are the one who asked for this."
        />
    }
    .into_any()
}

fn new_password(form: &FormState) -> AnyView {
    let help = "At least 10 characters, 16 for researchers. Three or four words that don't belong \
                together are easy to remember and hard to guess.";
    view! {
        <TextField
            form=form.clone()
            name="password"
            label="New password"
            kind="password"
            autocomplete="new-password"
            required=true
            help=help
        />
        <TextField
            form=form.clone()
            name="password_again"
            label="Repeat the new password"
            kind="password"
            autocomplete="new-password"
            required=true
        />
    }
    .into_any()
}

async fn invitation(request: &Request, link: &Link, action: String) -> Result<AnyView, AppError> {
    let found = labs::invitation(&request.ctx, link).await?;
    let role = found.role;
    let title = format!("Join {}", found.lab_name);
    let lead = format!("Your role would be \u{201c}{}\u{201d}.", role.label());
    let words = permissions::in_words(|action| role.grants(action));
    let answer = answer_invitation(request, &found, action);
    Ok(view! {
        <Title text="An invitation" />
        <section class="narrow">
            <h1>{title}</h1>
            <p class="lead">{lead}</p>
            <p>{format!("With it you {words}.")}</p>
            {answer}
        </section>
    }
    .into_any())
}

/// The button, or what must happen before there can be one.
fn answer_invitation(request: &Request, invitation: &InvitationPage, action: String) -> AnyView {
    let Some(person) = request.actor.person() else {
        let join = with_next("/signup/researcher", Some(&action));
        return view! {
            <p>
                "To join, you need a researcher account with the address "
                <strong>{invitation.email.clone()}</strong>"."
            </p>
            <p>
                <a class="button" href=join>
                    "Create account"
                </a>
                " or "
                <a href=sign_in_path(&action)>"sign in"</a>
            </p>
        }
        .into_any();
    };
    let is_researcher = person.powers.is_researcher || person.powers.staff_role().is_some();
    if person.email != invitation.email {
        return warning(format!(
            "This invitation is for {}. You are signed in as {}. Please sign out and come back \
             with the other account.",
            invitation.email, person.email,
        ));
    }
    if !is_researcher {
        let words = "You have a family account. Labs need a researcher account, with another \
                     address. Please ask for an invitation to that address.";
        return warning(words.to_owned());
    }
    view! {
        <form method="post" action=action>
            <FormFaults form=request.form.clone() />
            <button class="button" type="submit">
                "Join the lab"
            </button>
        </form>
    }
    .into_any()
}

fn warning(words: String) -> AnyView {
    view! {
        <Notice kind="warn">
            <p>{words}</p>
        </Notice>
    }
    .into_any()
}
