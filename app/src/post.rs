//! A posted form: read, handed to its action, and answered.

use std::str::FromStr;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};
use services::accounts::{Client, NewSession};
use services::{Actor, Context};

use crate::cookies::{cookie, session_cookie};
use crate::error::{AppError, BUSY};
use crate::form::{Form, FormState};
use crate::paths::{second_factor_path, sign_in_path};
use crate::render::{Given, render};
use crate::request::{ShownOnce, Theme};
use crate::state::AppState;

/// Largest form, in bytes: the longest texts that fields take, with room for what encoding adds.
pub const LARGEST_FORM: usize = 512 * 1024;

/// Largest form with a protocol or an experiment in it, in bytes: those may have 4 MB, and encoding
/// may turn every character into three.
pub const LARGEST_DESIGN: usize = 16 * 1024 * 1024;

/// Fields that are never sent back.
const SECRET_FIELDS: &[&str] = &[
    "password",
    "password_again",
    "present_password",
    "change_password",
    "delete_password",
    "code",
];

/// One year.
const THEME_SECONDS: i64 = 31_536_000;

/// A posted form with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Post {
    pub ctx: Context,
    pub actor: Actor,
    pub client: Client,
    pub form: Form,
    /// The last part of the path that is an id, if the route has one.
    pub id: Option<String>,
}

impl Post {
    /// The id in the path; what can't be one is a page that does not exist.
    pub fn id<T: FromStr>(&self) -> Result<T, AppError> {
        self.id
            .as_deref()
            .and_then(|text| text.parse().ok())
            .ok_or(AppError::NotFound)
    }

    pub fn text(&self, name: &str) -> String {
        self.form.text(name)
    }

    /// A field that holds an id or a stored word.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }
}

/// How a form that was accepted is answered.
pub enum Answer {
    Redirect(String),
    SignedIn(Box<NewSession>, String),
    /// The same, and the page at this address shows something that is never shown again.
    SignedInAndShown(Box<NewSession>, String, ShownOnce),
    SignedOut(String),
    /// Colours are remembered.
    Themed(Theme, String),
    /// The page at this address shows something that is never shown again.
    ShownOnce(String, ShownOnce),
}

impl Answer {
    pub fn redirect(path: impl Into<String>) -> Self {
        Self::Redirect(path.into())
    }
}

/// Runs an action. A refused form is answered by `page`, with everything that was typed.
pub async fn run<F>(
    state: AppState,
    request: Request<Body>,
    path_id: Option<String>,
    client: Client,
    page: Option<String>,
    limit: usize,
    action: impl FnOnce(Post) -> F,
) -> Response
where
    F: Future<Output = Result<Answer, AppError>>,
{
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, limit).await else {
        let words = "This form is too large. Please shorten the longest text and send it again.";
        return (StatusCode::PAYLOAD_TOO_LARGE, words).into_response();
    };
    let form = Form::parse(&body);
    let actor = parts.extensions.get::<Actor>().cloned();
    let post = Post {
        ctx: state.ctx.clone(),
        actor: actor.unwrap_or(Actor::Visitor),
        client,
        form: form.clone(),
        id: path_id,
    };
    match action(post).await {
        Ok(answer) => accept(&state, parts, answer).await,
        Err(error) => refuse(&state, parts, page, form, error).await,
    }
}

async fn accept(state: &AppState, parts: Parts, answer: Answer) -> Response {
    let is_secure = state.ctx.site.is_production;
    let session = session_cookie(is_secure);
    match answer {
        Answer::Redirect(path) => redirect(&path, None),
        Answer::SignedIn(begun, path) => redirect(&path, Some(cookie_of(state, &begun))),
        Answer::SignedInAndShown(begun, path, shown) => {
            let mut response = show_once(state, parts, &path, shown).await;
            let cookie = cookie_of(state, &begun);
            response.headers_mut().append(SET_COOKIE, cookie);
            response
        }
        Answer::SignedOut(path) => redirect(&path, Some(cookie(session, "", 0, is_secure))),
        Answer::Themed(theme, path) => {
            let cookie = cookie(Theme::COOKIE, theme.as_str(), THEME_SECONDS, is_secure);
            redirect(&path, Some(cookie))
        }
        Answer::ShownOnce(path, shown) => show_once(state, parts, &path, shown).await,
    }
}

fn cookie_of(state: &AppState, begun: &NewSession) -> HeaderValue {
    let is_secure = state.ctx.site.is_production;
    let seconds = (begun.expires_at - state.ctx.now()).num_seconds();
    let name = session_cookie(is_secure);
    cookie(name, begun.token.expose(), seconds, is_secure)
}

async fn show_once(state: &AppState, parts: Parts, path: &str, shown: ShownOnce) -> Response {
    let given = Given {
        shown: Some(shown),
        ..Given::default()
    };
    let parts = at(parts, Some(path));
    let mut response = render(state, parts, StatusCode::OK, given).await;
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

async fn refuse(
    state: &AppState,
    parts: Parts,
    page: Option<String>,
    form: Form,
    error: AppError,
) -> Response {
    let here = page.as_deref().unwrap_or("/");
    let status = error.status();
    let (violations, message) = match error {
        AppError::SecondFactor => return redirect(&second_factor_path(here), None),
        AppError::SignIn => return redirect(&sign_in_path(here), None),
        AppError::Invalid(violations) => (violations, None),
        AppError::Conflict(reason) => (Vec::new(), Some(reason)),
        AppError::TooMany { minutes } => (Vec::new(), Some(AppError::wait(minutes))),
        AppError::Busy => (Vec::new(), Some(BUSY.to_owned())),
        AppError::NotFound | AppError::Denied | AppError::Internal { .. } => {
            let given = Given {
                failure: Some(error),
                ..Given::default()
            };
            return render(state, parts, status, given).await;
        }
    };
    let given = Given {
        form: FormState {
            action: parts.uri.path().to_owned(),
            form: form.without(SECRET_FIELDS),
            violations,
            message,
        },
        ..Given::default()
    };
    render(state, at(parts, page.as_deref()), status, given).await
}

/// The request as if it had been for another page.
fn at(mut parts: Parts, page: Option<&str>) -> Parts {
    if let Some(Ok(uri)) = page.map(str::parse) {
        parts.uri = uri;
    }
    parts
}

fn redirect(path: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
