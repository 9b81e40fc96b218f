//! A posted form: read, handed to its action, and answered.

use std::str::FromStr;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, REFERER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri};
use services::accounts::{Client, NewSession};
use services::{Actor, Context};

use crate::cookies::{cookie, session_cookie};
use crate::error::{AppError, BUSY};
use crate::form::{Form, FormState};
use crate::paths::{is_local, local_path, second_factor_path, sign_in_path};
use crate::render::{Given, render};
use crate::request::{ShownOnce, Theme};
use crate::state::AppState;

/// Fields that are never sent back.
const SECRET_FIELDS: &[&str] = &[
    "password",
    "password_again",
    "present_password",
    "change_password",
    "delete_password",
    "copy_password",
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
    pub form: Arc<Form>,
    /// The last part of the path that is an id, if the route has one.
    pub id: Option<String>,
    /// The page of this site on which the form stood, as the browser says.
    pub from: Option<String>,
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

/// A form as it came in.
pub struct Posted {
    pub parts: Parts,
    pub path_id: Option<String>,
    pub client: Client,
    /// The page that shows the form again when it is refused.
    pub page: Option<String>,
    /// What was posted, or why it was not read.
    pub form: Result<Form, AppError>,
    /// Largest form that is acted on, in characters of names and values. A larger one that could
    /// still be read comes back with what was typed.
    pub most: usize,
}

/// How a form that was accepted is answered.
pub enum Answer {
    /// To a path of this site; anything else leads to the start page.
    Redirect(String),
    /// To the origin where runs are played.
    Run(String),
    SignedIn(Box<NewSession>, String),
    /// The same, and the page at this address shows something that is never shown again.
    SignedInAndShown(Box<NewSession>, String, ShownOnce),
    SignedOut(String),
    /// Colours are remembered.
    Themed(Theme, String),
    /// A file to keep.
    File(Response),
    /// The page at this address shows something that is never shown again.
    ShownOnce(String, ShownOnce),
}

impl Answer {
    pub fn redirect(path: impl Into<String>) -> Self {
        Self::Redirect(path.into())
    }
}

/// Runs an action. A refused form is answered by its page, with everything that was typed.
pub async fn run<F>(state: AppState, posted: Posted, action: impl FnOnce(Post) -> F) -> Response
where
    F: Future<Output = Result<Answer, AppError>>,
{
    let Posted { parts, page, .. } = posted;
    let form = match posted.form {
        Ok(form) => Arc::new(form),
        Err(error) => return refuse(&state, parts, page, None, error).await,
    };
    if let Err(error) = form.check_size(posted.most) {
        return refuse(&state, parts, page, Some(form), error).await;
    }
    let actor = parts.extensions.get::<Actor>().cloned();
    let post = Post {
        ctx: state.ctx.clone(),
        actor: actor.unwrap_or(Actor::Visitor),
        client: posted.client,
        form: form.clone(),
        id: posted.path_id,
        from: came_from(&parts),
    };
    match action(post).await {
        Ok(answer) => accept(&state, parts, answer).await,
        Err(error) => refuse(&state, parts, page, Some(form), error).await,
    }
}

/// The path of the page that posted. Browsers name it to the site itself.
fn came_from(parts: &Parts) -> Option<String> {
    let referer = parts.headers.get(REFERER)?.to_str().ok()?;
    let uri: Uri = referer.parse().ok()?;
    let path = uri.path_and_query()?.as_str();
    local_path(path).map(str::to_owned)
}

async fn accept(state: &AppState, parts: Parts, answer: Answer) -> Response {
    let is_secure = state.ctx.site.is_production;
    let session = session_cookie(is_secure);
    match answer {
        Answer::Redirect(path) => redirect(&path, None),
        Answer::Run(address) => lead(&address, None),
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
        Answer::File(file) => file,
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
    render(state, at(parts, Some(path)), StatusCode::OK, given).await
}

async fn refuse(
    state: &AppState,
    parts: Parts,
    page: Option<String>,
    form: Option<Arc<Form>>,
    error: AppError,
) -> Response {
    let here = page.as_deref().unwrap_or("/");
    let status = error.status();
    let failed = async |parts, error| {
        let given = Given {
            failure: Some(error),
            ..Given::default()
        };
        render(state, parts, status, given).await
    };
    let (form, (violations, message)) = match (form, error) {
        (_, AppError::SecondFactor) => return redirect(&second_factor_path(here), None),
        (_, AppError::SignIn) => return redirect(&sign_in_path(here), None),
        // There is nothing to fill the page's form with.
        (None, error) => return failed(parts, error).await,
        (Some(form), error) => match error {
            AppError::Invalid(violations) => (form, (violations, None)),
            AppError::Conflict(reason) => (form, (Vec::new(), Some(reason))),
            AppError::TooMany { minutes } => (form, (Vec::new(), Some(AppError::wait(minutes)))),
            AppError::Busy => (form, (Vec::new(), Some(BUSY.to_owned()))),
            error => return failed(parts, error).await,
        },
    };
    let given = Given {
        form: FormState {
            action: parts.uri.path().to_owned(),
            form: Arc::unwrap_or_clone(form).without(SECRET_FIELDS),
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

/// Leads to a page of this site. What is no path of it would lead wherever somebody else wrote.
fn redirect(path: &str, cookie: Option<HeaderValue>) -> Response {
    lead(if is_local(path) { path } else { "/" }, cookie)
}

fn lead(address: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
