//! What forms do. Each action reads a posted form, asks one verb, and says where to go; a refused
//! form is answered by its own page with everything that was typed, so it works the same without
//! scripts.

pub mod accounts;
pub mod families;
pub mod labs;
pub mod studies;

use axum::body::{Body, Bytes};
use axum::extract::FromRef;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::{HeaderValue, Request, StatusCode};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use services::accounts::{Begun, Device};
use services::{Actor, Context};

use crate::error::AppError;
use crate::form::{Form, FormState};
use crate::shell::shell;

/// What the router carries.
#[derive(Clone, Debug)]
pub struct AppState {
    /// Where the front end lies.
    pub leptos: LeptosOptions,
    /// The doors.
    pub ctx: Context,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

/// A posted form with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Post {
    /// The doors.
    pub ctx: Context,
    /// Who posts.
    pub actor: Actor,
    /// From where.
    pub device: Device,
    /// What.
    pub form: Form,
    /// The last part of the path that is an id, if the route has one.
    pub id: Option<String>,
}

impl Post {
    /// The id in the path.
    pub fn id<T: std::str::FromStr>(&self) -> Result<T, AppError> {
        self.id
            .as_deref()
            .and_then(|text| text.parse().ok())
            .ok_or(AppError::NotFound)
    }
}

/// What comes of a form.
pub enum Outcome {
    /// Done: go there.
    See(String),
    /// Done: a session began.
    SignedIn(Box<Begun>, String),
    /// Done: the session ended.
    SignedOut(String),
    /// Done, and colours are remembered.
    Themed(&'static str, String),
    /// Done: the page of this address shows something that is never shown again.
    Shown(String, ShownOnce),
}

impl Outcome {
    /// Done: go there.
    pub fn see(path: impl Into<String>) -> Self {
        Self::See(path.into())
    }
}

/// What a page shows once, right after it was made. Provided as context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownOnce(pub Vec<String>);

/// Name of the session cookie. On a real site the prefix makes browsers refuse it from other hosts
/// and without TLS.
pub fn session_cookie(is_production: bool) -> &'static str {
    if is_production {
        "__Host-lookit_session"
    } else {
        "lookit_session"
    }
}

/// A cookie that scripts can't read.
pub fn cookie(name: &str, value: &str, max_age_seconds: i64, is_secure: bool) -> HeaderValue {
    let secure = if is_secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}"
    ))
    .unwrap_or(HeaderValue::from_static(""))
}

/// Runs an action for a request. The body has been bounded by the router.
pub async fn run<F>(
    state: AppState,
    request: Request<Body>,
    path_id: Option<String>,
    device: Device,
    page: Option<String>,
    limit: usize,
    action: impl FnOnce(Post) -> F,
) -> Response
where
    F: Future<Output = Result<Outcome, AppError>>,
{
    let actor = request
        .extensions()
        .get::<Actor>()
        .cloned()
        .unwrap_or(Actor::Visitor);
    let (mut parts, body) = request.into_parts();
    let Ok(body) = read(body, limit).await else {
        return (
            StatusCode::PAYLOAD_TOO_LARGE,
            "This form is too large. Please shorten the longest text and send it again.",
        )
            .into_response();
    };
    let form = Form::parse(&body);
    let post = Post {
        ctx: state.ctx.clone(),
        actor,
        device,
        form: form.clone(),
        id: path_id,
    };
    let is_secure = state.ctx.site.is_production;
    let session = session_cookie(is_secure);
    match action(post).await {
        Ok(Outcome::See(path)) => see(&path, None),
        Ok(Outcome::SignedIn(begun, path)) => {
            let seconds = (begun.expires_at - state.ctx.now()).num_seconds();
            see(
                &path,
                Some(cookie(session, begun.token.expose(), seconds, is_secure)),
            )
        }
        Ok(Outcome::SignedOut(path)) => see(&path, Some(cookie(session, "", 0, is_secure))),
        Ok(Outcome::Themed(theme, path)) => see(
            &path,
            Some(cookie(
                crate::request::Theme::COOKIE,
                theme,
                31_536_000,
                is_secure,
            )),
        ),
        Ok(Outcome::Shown(path, shown)) => {
            if let Ok(uri) = path.parse() {
                parts.uri = uri;
            }
            let mut response = render(
                &state,
                Request::from_parts(parts, Body::empty()),
                StatusCode::OK,
                FormState::default(),
                None,
                Some(shown),
            )
            .await;
            response
                .headers_mut()
                .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(AppError::SecondFactor) => see(
            &crate::pages::accounts::second_factor_path(page.as_deref().unwrap_or("/")),
            None,
        ),
        Err(AppError::SignIn) => see(
            &crate::pages::accounts::sign_in_path(page.as_deref().unwrap_or("/")),
            None,
        ),
        Err(error) => {
            let status = error.status();
            let (violations, message) = match error {
                AppError::Invalid(violations) => (violations, None),
                AppError::Conflict(reason) => (Vec::new(), Some(reason)),
                AppError::TooMany { minutes } => (
                    Vec::new(),
                    Some(format!(
                        "There were many tries in a short time, so please wait. You can try again in {minutes} {}.",
                        if minutes == 1 { "minute" } else { "minutes" }
                    )),
                ),
                other => {
                    let shown = other.clone();
                    return render(
                        &state,
                        Request::from_parts(parts, Body::empty()),
                        status,
                        FormState::default(),
                        Some(shown),
                        None,
                    )
                    .await;
                }
            };
            if let Some(page) = page
                && let Ok(uri) = page.parse()
            {
                parts.uri = uri;
            }
            let kept = FormState {
                form: form.without(SECRET_FIELDS),
                violations,
                message,
            };
            render(
                &state,
                Request::from_parts(parts, Body::empty()),
                status,
                kept,
                None,
                None,
            )
            .await
        }
    }
}

async fn read(body: Body, limit: usize) -> Result<Bytes, axum::Error> {
    axum::body::to_bytes(body, limit).await
}

/// Fields that are never sent back.
const SECRET_FIELDS: &[&str] = &[
    "password",
    "password_again",
    "present_password",
    "change_password",
    "delete_password",
    "code",
];

/// Largest form, in bytes: the longest texts that fields take, with room for what encoding adds.
pub const LARGEST_FORM: usize = 512 * 1024;

/// Largest form with a protocol or an experiment in it, in bytes: those have 4 MB, and every sign
/// may become three.
pub const LARGEST_DESIGN: usize = 16 * 1024 * 1024;

/// Renders the page of the request with a form's state, or the page of a failure.
async fn render(
    state: &AppState,
    request: Request<Body>,
    status: StatusCode,
    form: FormState,
    failure: Option<AppError>,
    shown: Option<ShownOnce>,
) -> Response {
    let (ctx, options) = (state.ctx.clone(), state.leptos.clone());
    let render = leptos_axum::render_app_async_with_context(
        move || {
            provide_context(ctx.clone());
            provide_context(form.clone());
            if let Some(shown) = shown.clone() {
                provide_context(shown);
            }
            if let Some(failure) = failure.clone() {
                provide_context(Failure(failure));
            }
        },
        move || shell(options.clone()),
    );
    let mut response = render(request).await;
    *response.status_mut() = status;
    response
}

/// A failure of an action that has no page of its own to be shown on.
#[derive(Clone, Debug)]
pub struct Failure(pub AppError);

fn see(path: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
