//! Every form of the site: its path, the page that shows it again when it is refused, and the
//! action of `app` that it calls.

use app::actions::{accounts, families, labs, studies};
use app::error::AppError;
use app::post::{self, Answer, LARGEST_DESIGN, LARGEST_FORM, Post};
use app::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use http::Uri;
use http::header::REFERER;
use services::accounts::Client;

/// A path that takes a form, and its route.
type FormRoute = (&'static str, fn() -> MethodRouter<AppState>);

/// The router is made from this list, and so is the walk over all routes in the tests.
pub const FORMS: &[FormRoute] = &[
    ("/signup", || form("/signup", accounts::sign_up)),
    ("/signup/researcher", || {
        form("/signup/researcher", accounts::sign_up_researcher)
    }),
    ("/signup/code/{pending}", || {
        form("/signup/code/{pending}", accounts::finish_sign_up)
    }),
    ("/login", || form("/login", accounts::sign_in)),
    ("/forgot-password", || {
        form("/forgot-password", accounts::forget_password)
    }),
    ("/link/{token}", || {
        form("/link/{token}", accounts::follow_link)
    }),
    ("/second-factor", || {
        form("/second-factor", accounts::give_code)
    }),
    ("/second-factor/passkey", || {
        form("/second-factor", accounts::give_passkey)
    }),
    ("/logout", || form("", accounts::sign_out)),
    ("/theme", theme_form),
    ("/account/sign-out-everywhere", || {
        form("/account/security", accounts::sign_out_everywhere)
    }),
    ("/account/sessions/{session}/end", || {
        form("/account/security", accounts::end_session)
    }),
    ("/account/settings", || {
        form("/account/settings", accounts::save_profile)
    }),
    ("/account/password", || {
        form("/account/settings", accounts::change_password)
    }),
    ("/account/address", || {
        form("/account/settings", accounts::change_address)
    }),
    ("/account/address/keep", || {
        form("/account/settings", accounts::keep_address)
    }),
    ("/account/email", || {
        form("/account/email", accounts::save_preferences)
    }),
    ("/account/security/app/begin", || {
        form("/account/security", accounts::begin_totp)
    }),
    ("/account/security/app", || {
        form("/account/security/app", accounts::activate_totp)
    }),
    ("/account/security/app/remove", || {
        form("/account/security", accounts::remove_totp)
    }),
    ("/account/security/passkeys", || {
        form("/account/security", accounts::add_passkey)
    }),
    ("/account/security/passkeys/{passkey}/remove", || {
        form("/account/security", accounts::remove_passkey)
    }),
    ("/account/security/recovery-codes", || {
        form("/account/security", accounts::make_recovery_codes)
    }),
    ("/account/tokens", || {
        form("/account/tokens", accounts::create_token)
    }),
    ("/account/tokens/{token}/revoke", || {
        form("/account/tokens", accounts::revoke_token)
    }),
    ("/account/export", || {
        form("/account/leave", accounts::request_export)
    }),
    ("/account/delete", || {
        form("/account/leave", accounts::request_deletion)
    }),
    ("/account/keep", || {
        form("/account/leave", accounts::cancel_deletion)
    }),
    ("/account/children/add", || {
        form("/account/children/add", families::add_child)
    }),
    ("/account/children/{child}", || {
        form("/account/children/{child}", families::update_child)
    }),
    ("/account/children/{child}/delete", || {
        form("/account/children/{child}/delete", families::delete_child)
    }),
    ("/account/demographics", || {
        form("/account/demographics", families::save_demographics)
    }),
    ("/studies/{study}/start", || {
        form("/studies/{study}", studies::start_run)
    }),
    ("/exp/studies/{study}/preview", || {
        form("/exp/studies/{study}", studies::preview_study)
    }),
    ("/exp/studies/create", || {
        form("/exp/studies/create", studies::create_study)
    }),
    ("/exp/studies/{study}/edit", || {
        form("/exp/studies/{study}/edit", studies::save_ad)
    }),
    ("/exp/studies/{study}/design", || {
        large_form("/exp/studies/{study}/design", studies::save_design)
    }),
    ("/exp/studies/{study}/draft/drop", || {
        form("/exp/studies/{study}", studies::drop_draft)
    }),
    ("/exp/studies/{study}/state", || {
        form("/exp/studies/{study}", studies::change_state)
    }),
    ("/exp/studies/{study}/verdict", || {
        form("/exp/studies/{study}/review", studies::change_state)
    }),
    ("/exp/studies/{study}/restore", || {
        form("/exp/studies/{study}/versions", studies::restore_version)
    }),
    ("/exp/studies/{study}/clone", || {
        form("/exp/studies/{study}", studies::clone_study)
    }),
    ("/exp/studies/{study}/previews/delete", || {
        form("/exp/studies/{study}", studies::delete_previews)
    }),
    ("/exp/studies/{study}/comments", || {
        form("/exp/studies/{study}/review", studies::comment_study)
    }),
    ("/exp/studies/{study}/comments/resolve", || {
        form("/exp/studies/{study}/review", studies::resolve_comment)
    }),
    ("/exp/studies/{study}/peers", || {
        form("/exp/studies/{study}/review", studies::change_peers)
    }),
    ("/exp/studies/{study}/people", || {
        form("/exp/studies/{study}/people", labs::change_study_people)
    }),
    ("/exp/labs/create", || {
        form("/exp/labs/create", labs::create_lab)
    }),
    ("/exp/labs/{lab}/edit", || {
        form("/exp/labs/{lab}/edit", labs::edit_lab)
    }),
    ("/exp/labs/{lab}/pictures/remove", || {
        form("/exp/labs/{lab}/edit", labs::remove_picture)
    }),
    ("/exp/labs/{lab}/approval", || {
        form("/exp/labs/{lab}", labs::approve_lab)
    }),
    ("/exp/labs/{lab}/join", || {
        form("/exp/labs/{lab}", labs::join_lab)
    }),
    ("/exp/labs/{lab}/withdraw", || {
        form("/exp/labs/{lab}", labs::withdraw_request)
    }),
    ("/exp/labs/{lab}/leave", || {
        form("/exp/labs/{lab}", labs::leave_lab)
    }),
    ("/exp/labs/{lab}/members", || {
        form("/exp/labs/{lab}/members", labs::change_member)
    }),
    ("/exp/labs/{lab}/invite", || {
        form("/exp/labs/{lab}/members", labs::invite)
    }),
    ("/exp/labs/{lab}/invitations/revoke", || {
        form("/exp/labs/{lab}/members", labs::revoke_invitation)
    }),
    ("/staff/accounts/{account}", || {
        form("/staff/accounts/{account}", accounts::staff_act)
    }),
];

/// A route for a form. A page with `{…}` in its path has the id of the form's own path there; ""
/// where there is no page to come back to.
fn form<F, R>(page: &'static str, action: F) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, AppError>> + Send + 'static,
{
    form_within(LARGEST_FORM, page, action)
}

/// The same for forms with a protocol or an experiment in them.
fn large_form<F, R>(page: &'static str, action: F) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, AppError>> + Send + 'static,
{
    form_within(LARGEST_DESIGN, page, action)
}

fn form_within<F, R>(limit: usize, page: &'static str, action: F) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, AppError>> + Send + 'static,
{
    post(
        async move |State(state): State<AppState>, id: Option<Path<String>>, request: Request| {
            let id = id.map(|Path(id)| id);
            act(state, request, id, page, limit, action).await
        },
    )
}

/// Runs an action of `app` for a request whose path has this id.
pub(super) async fn act<R>(
    state: AppState,
    request: Request,
    id: Option<String>,
    page: &str,
    limit: usize,
    action: impl FnOnce(Post) -> R,
) -> Response
where
    R: Future<Output = Result<Answer, AppError>>,
{
    let client = request
        .extensions()
        .get::<Client>()
        .cloned()
        .unwrap_or_default();
    let page = (!page.is_empty()).then(|| with_id(page, id.as_deref().unwrap_or_default()));
    post::run(state, request, id, client, page, limit, action).await
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

/// Colours can be changed on every page, so the way back is the page that asked.
fn theme_form() -> MethodRouter<AppState> {
    post(async |State(state): State<AppState>, request: Request| {
        let back = request
            .headers()
            .get(REFERER)
            .and_then(|value| value.to_str().ok())
            .and_then(|referer| referer.parse::<Uri>().ok())
            .and_then(|uri| uri.path_and_query().map(ToString::to_string))
            .filter(|path| app::paths::local_path(path).is_some())
            .unwrap_or_else(|| "/".to_owned());
        act(state, request, None, "", LARGEST_FORM, move |mut post| {
            post.form.push("here", back);
            accounts::choose_theme(post)
        })
        .await
    })
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
