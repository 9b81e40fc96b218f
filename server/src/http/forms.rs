//! Every form of the site: its path, the page that shows it again when it is refused, and the
//! action of `app` that it calls.

use app::actions::{accounts, families, labs, studies};
use app::error::AppError;
use app::form::Form;
use app::post::{self, Answer, Post, Posted};
use app::state::AppState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::routing::{MethodRouter, post};
use domain::permissions::Action;
use http::request::Parts;
use services::accounts::Client;

use super::bodies::{Bodies, DESIGN, FORM, OPEN, READ_FORM, Sender};

/// A path that takes a form, and its route.
type FormRoute = (&'static str, fn() -> MethodRouter<AppState>);

/// The router is made from this list, and so is the walk over all routes in the tests.
pub const FORMS: &[FormRoute] = &[
    ("/signup", || {
        form(OPEN_TO_ALL, "/signup", accounts::sign_up)
    }),
    ("/signup/researcher", || {
        form(
            OPEN_TO_ALL,
            "/signup/researcher",
            accounts::sign_up_researcher,
        )
    }),
    ("/signup/code/{pending}", || {
        form(
            OPEN_TO_ALL,
            "/signup/code/{pending}",
            accounts::finish_sign_up,
        )
    }),
    ("/login", || form(OPEN_TO_ALL, "/login", accounts::sign_in)),
    ("/forgot-password", || {
        form(OPEN_TO_ALL, "/forgot-password", accounts::forget_password)
    }),
    ("/link/{token}", || {
        form(OPEN_TO_ALL, "/link/{token}", accounts::follow_link)
    }),
    ("/second-factor", || {
        form(OPEN_TO_ALL, "/second-factor", accounts::give_code)
    }),
    ("/second-factor/passkey", || {
        form(OPEN_TO_ALL, "/second-factor", accounts::give_passkey)
    }),
    ("/logout", || form(OPEN_TO_ALL, "", accounts::sign_out)),
    ("/theme", || form(OPEN_TO_ALL, "", accounts::choose_theme)),
    ("/account/sign-out-everywhere", || {
        form(
            SIGNED_IN,
            "/account/security",
            accounts::sign_out_everywhere,
        )
    }),
    ("/account/sessions/{session}/end", || {
        form(SIGNED_IN, "/account/security", accounts::end_session)
    }),
    ("/account/settings", || {
        form(SIGNED_IN, "/account/settings", accounts::save_profile)
    }),
    ("/account/password", || {
        form(SIGNED_IN, "/account/settings", accounts::change_password)
    }),
    ("/account/address", || {
        form(SIGNED_IN, "/account/settings", accounts::change_address)
    }),
    ("/account/address/keep", || {
        form(SIGNED_IN, "/account/settings", accounts::keep_address)
    }),
    ("/account/email", || {
        form(SIGNED_IN, "/account/email", accounts::save_preferences)
    }),
    ("/account/security/app/begin", || {
        form(SIGNED_IN, "/account/security", accounts::begin_totp)
    }),
    ("/account/security/app", || {
        form(SIGNED_IN, "/account/security/app", accounts::activate_totp)
    }),
    ("/account/security/app/remove", || {
        form(SIGNED_IN, "/account/security", accounts::remove_totp)
    }),
    ("/account/security/passkeys", || {
        form(SIGNED_IN, "/account/security", accounts::add_passkey)
    }),
    ("/account/security/passkeys/{passkey}/remove", || {
        form(SIGNED_IN, "/account/security", accounts::remove_passkey)
    }),
    ("/account/security/recovery-codes", || {
        form(
            SIGNED_IN,
            "/account/security",
            accounts::make_recovery_codes,
        )
    }),
    ("/account/tokens", || {
        form(SIGNED_IN, "/account/tokens", accounts::create_token)
    }),
    ("/account/tokens/{token}/revoke", || {
        form(SIGNED_IN, "/account/tokens", accounts::revoke_token)
    }),
    ("/account/copy", || {
        form(SIGNED_IN, "/account/leave", accounts::copy_data)
    }),
    ("/account/delete", || {
        form(SIGNED_IN, "/account/leave", accounts::request_deletion)
    }),
    ("/account/keep", || {
        form(SIGNED_IN, "/account/leave", accounts::cancel_deletion)
    }),
    ("/account/children/add", || {
        form(SIGNED_IN, "/account/children/add", families::add_child)
    }),
    ("/account/children/{child}", || {
        form(
            SIGNED_IN,
            "/account/children/{child}",
            families::update_child,
        )
    }),
    ("/account/children/{child}/delete", || {
        form(
            SIGNED_IN,
            "/account/children/{child}/delete",
            families::delete_child,
        )
    }),
    ("/account/demographics", || {
        form(
            SIGNED_IN,
            "/account/demographics",
            families::save_demographics,
        )
    }),
    ("/studies/{study}/start", || {
        form(SIGNED_IN, "/studies/{study}", studies::start_run)
    }),
    ("/exp/studies/{study}/preview", || {
        form(OF_DESK, "/exp/studies/{study}", studies::preview_study)
    }),
    ("/exp/studies/create", || {
        form(OF_DESK, "/exp/studies/create", studies::create_study)
    }),
    ("/exp/studies/{study}/edit", || {
        form(OF_DESK, "/exp/studies/{study}/edit", studies::save_ad)
    }),
    ("/exp/studies/{study}/design", || {
        form(
            OF_DESIGN,
            "/exp/studies/{study}/design",
            studies::save_design,
        )
    }),
    ("/exp/studies/{study}/secret", || {
        form(
            OF_DESK,
            "/exp/studies/{study}/design",
            studies::renew_webhook_secret,
        )
    }),
    ("/exp/studies/{study}/draft/drop", || {
        form(OF_DESK, "/exp/studies/{study}", studies::drop_draft)
    }),
    ("/exp/studies/{study}/state", || {
        form(OF_DESK, "/exp/studies/{study}", studies::change_state)
    }),
    ("/exp/studies/{study}/verdict", || {
        form(
            OF_DESK,
            "/exp/studies/{study}/review",
            studies::change_state,
        )
    }),
    ("/exp/studies/{study}/restore", || {
        form(
            OF_DESK,
            "/exp/studies/{study}/versions",
            studies::restore_version,
        )
    }),
    ("/exp/studies/{study}/clone", || {
        form(OF_DESK, "/exp/studies/{study}", studies::clone_study)
    }),
    ("/exp/studies/{study}/previews/delete", || {
        form(OF_DESK, "/exp/studies/{study}", studies::delete_previews)
    }),
    ("/exp/responses/{response}/complete", || {
        form(
            OF_DESK,
            "/exp/responses/{response}",
            studies::complete_response,
        )
    }),
    ("/exp/studies/{study}/comments", || {
        form(
            OF_DESK,
            "/exp/studies/{study}/review",
            studies::comment_study,
        )
    }),
    ("/exp/studies/{study}/comments/resolve", || {
        form(
            OF_DESK,
            "/exp/studies/{study}/review",
            studies::resolve_comment,
        )
    }),
    ("/exp/studies/{study}/peers", || {
        form(
            OF_DESK,
            "/exp/studies/{study}/review",
            studies::change_peers,
        )
    }),
    ("/exp/studies/{study}/people", || {
        form(
            OF_DESK,
            "/exp/studies/{study}/people",
            labs::change_study_people,
        )
    }),
    ("/exp/labs/create", || {
        form(OF_DESK, "/exp/labs/create", labs::create_lab)
    }),
    ("/exp/labs/{lab}/edit", || {
        form(OF_DESK, "/exp/labs/{lab}/edit", labs::edit_lab)
    }),
    ("/exp/labs/{lab}/pictures/remove", || {
        form(OF_DESK, "/exp/labs/{lab}/edit", labs::remove_picture)
    }),
    ("/exp/labs/{lab}/approval", || {
        form(OF_DESK, "/exp/labs/{lab}", labs::approve_lab)
    }),
    ("/exp/labs/{lab}/join", || {
        form(OF_DESK, "/exp/labs/{lab}", labs::join_lab)
    }),
    ("/exp/labs/{lab}/withdraw", || {
        form(OF_DESK, "/exp/labs/{lab}", labs::withdraw_request)
    }),
    ("/exp/labs/{lab}/leave", || {
        form(OF_DESK, "/exp/labs/{lab}", labs::leave_lab)
    }),
    ("/exp/labs/{lab}/members", || {
        form(OF_DESK, "/exp/labs/{lab}/members", labs::change_member)
    }),
    ("/exp/labs/{lab}/invite", || {
        form(OF_DESK, "/exp/labs/{lab}/members", labs::invite)
    }),
    ("/exp/labs/{lab}/invitations/revoke", || {
        form(OF_DESK, "/exp/labs/{lab}/members", labs::revoke_invitation)
    }),
    ("/staff/accounts/{account}", || {
        form(OF_DESK, "/staff/accounts/{account}", accounts::staff_act)
    }),
];

/// What a form may be: who may send it, how much of it is read, and how much of that is acted on.
#[derive(Clone, Copy)]
pub(super) struct Allowance {
    pub sender: Sender,
    pub read: usize,
    pub most: usize,
}

/// A form that everybody may send.
const OPEN_TO_ALL: Allowance = Allowance {
    sender: Sender::Anybody,
    read: OPEN,
    most: OPEN,
};
/// One for whoever is signed in.
const SIGNED_IN: Allowance = Allowance {
    sender: Sender::SignedIn,
    read: READ_FORM,
    most: FORM,
};
/// One for people who work in labs or look after the site.
const OF_DESK: Allowance = Allowance {
    sender: Sender::Researcher,
    read: READ_FORM,
    most: FORM,
};
/// One with a protocol or an experiment in it.
const OF_DESIGN: Allowance = Allowance {
    sender: Sender::InStudy(Action::WriteStudyDetails),
    read: DESIGN,
    most: DESIGN,
};

/// A route for a form. A page with `{…}` in its path has the id of the form's own path there; ""
/// where there is no page to come back to.
fn form<F, R>(allowance: Allowance, page: &'static str, action: F) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, AppError>> + Send + 'static,
{
    post(
        async move |State(state): State<AppState>,
                    Extension(bodies): Extension<Bodies>,
                    id: Option<Path<String>>,
                    request: Request| {
            let id = id.map(|Path(id)| id);
            let (parts, body) = request.into_parts();
            let Allowance { sender, read, most } = allowance;
            let received = bodies
                .receive(&state.ctx, &parts, id.as_deref(), (sender, read), body)
                .await;
            let form = match &received {
                Ok(received) => Ok(Form::parse(&received.bytes)),
                Err(error) => Err(error.clone()),
            };
            post::run(state, posted(parts, id, page, form, most), action).await
        },
    )
}

/// A form that came to a path with this id.
pub(super) fn posted(
    parts: Parts,
    path_id: Option<String>,
    page: &str,
    form: Result<Form, AppError>,
    most: usize,
) -> Posted {
    let client = parts.extensions.get::<Client>().cloned();
    Posted {
        page: (!page.is_empty()).then(|| with_id(page, path_id.as_deref().unwrap_or_default())),
        client: client.unwrap_or_default(),
        parts,
        path_id,
        form,
        most,
    }
}

fn with_id(page: &str, id: &str) -> String {
    match page
        .split_once('{')
        .map(|(before, rest)| (before, rest.split_once('}')))
    {
        Some((before, Some((_, after)))) => format!("{before}{id}{after}"),
        _ => page.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_form_is_shown_again_on_its_page() {
        assert_eq!(with_id("/login", ""), "/login");
        assert_eq!(
            with_id("/exp/studies/{study}/edit", "7"),
            "/exp/studies/7/edit"
        );
        assert_eq!(with_id("/exp/labs/{lab}", "7"), "/exp/labs/7");
    }
}
