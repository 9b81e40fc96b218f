//! What a page knows of the request it answers.

use std::str::FromStr;

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use leptos_router::params::ParamsMap;
use services::paging::Paging;
use services::{Actor, Context};

use crate::error::{AppError, error_page};
use crate::form::FormState;
use crate::paths::{local_path, second_factor_path, sign_in_path, with_query};

/// Colours that a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of the system.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const COOKIE: &'static str = "lookit_theme";

    /// The theme of a stored word.
    pub fn of(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a page shows once, right after it was made. Provided as context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownOnce(pub Vec<String>);

/// A failure of an action that has no page of its own to be shown on. Provided as context.
#[derive(Clone, Debug)]
pub struct Failure(pub AppError);

/// What a page needs, gathered before anything is awaited.
#[derive(Clone)]
pub struct Request {
    pub ctx: Context,
    pub actor: Actor,
    /// A form that was refused, or nothing.
    pub form: FormState,
    /// Parts of the path.
    pub params: ParamsMap,
    pub query: ParamsMap,
    pub here: String,
    response: Option<ResponseOptions>,
}

pub fn actor() -> Actor {
    use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Actor>().cloned())
        .unwrap_or(Actor::Visitor)
}

/// Which colours were chosen.
pub fn theme() -> Theme {
    use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Theme>().copied())
        .unwrap_or_default()
}

/// Path and query of the page.
fn here() -> String {
    let location = use_location();
    let (path, search) = (
        location.pathname.get_untracked(),
        location.search.get_untracked(),
    );
    if search.is_empty() {
        path
    } else {
        format!("{path}?{search}")
    }
}

impl Request {
    /// The request that is being answered. Call it in the component, before any await.
    pub fn current() -> Self {
        Self {
            ctx: expect_context::<Context>(),
            actor: actor(),
            form: use_context::<FormState>().unwrap_or_default(),
            params: use_params_map().get_untracked(),
            query: use_query_map().get_untracked(),
            here: here(),
            response: use_context::<ResponseOptions>(),
        }
    }

    /// A typed part of the path; what can't be one is a page that does not exist.
    pub fn id<T: FromStr>(&self, name: &str) -> Result<T, AppError> {
        self.params
            .get(name)
            .and_then(|text| text.parse().ok())
            .ok_or(AppError::NotFound)
    }

    /// Which page of a list is asked for.
    pub fn paging(&self, size: u64) -> Paging {
        Paging::of(self.query("page").as_deref(), size)
    }

    /// What a list is searched for.
    pub fn search(&self) -> String {
        self.text("search").chars().take(200).collect()
    }

    /// A part of the query.
    pub fn query(&self, name: &str) -> Option<String> {
        self.query.get(name).filter(|value| !value.is_empty())
    }

    /// A part of the query, or nothing as an empty text.
    pub fn text(&self, name: &str) -> String {
        self.query(name).unwrap_or_default()
    }

    pub fn path(&self) -> &str {
        self.here
            .split_once('?')
            .map_or(self.here.as_str(), |(path, _)| path)
    }

    /// Where to go on to after this page's form: a path of this site, from the address or from the
    /// form that was refused.
    pub fn next(&self) -> Option<String> {
        let wanted = self
            .query("next")
            .unwrap_or_else(|| self.form.form.text("next"));
        local_path(&wanted).map(str::to_owned)
    }

    /// Answers with another address instead of this page.
    pub fn lead_to(&self, path: &str) {
        if let Some(response) = &self.response {
            lead(response, path);
        }
    }

    /// This address for another page of its list. The rest of the query stays, but for the word
    /// that says what was done just now.
    pub fn page_link(&self, number: u64) -> String {
        let (path, query) = self.here.split_once('?').unwrap_or((&self.here, ""));
        let mut pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).unwrap_or_default();
        pairs.retain(|(name, _)| name != "page" && name != "done");
        pairs.push(("page".to_owned(), number.to_string()));
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        with_query(path, &pairs)
    }
}

/// A page whose content is awaited before the first byte leaves, so that its status can still be
/// chosen.
pub fn page(
    work: impl Future<Output = Result<AnyView, AppError>> + Send + 'static,
) -> impl IntoView {
    let here = here();
    // An action that failed for good and has no page of its own shows its failure in place of the
    // page at this address.
    let failure = use_context::<Failure>();
    let response = use_context::<ResponseOptions>();
    Suspend::new(async move {
        let error = match failure {
            Some(failure) => failure.0,
            None => match work.await {
                Ok(view) => return view,
                Err(error) => error,
            },
        };
        if let Some(response) = response {
            set_status(&response, &error, &here);
        }
        error_page(&error)
    })
}

/// The status of a failure; whoever has to sign in is led there.
fn set_status(response: &ResponseOptions, error: &AppError, here: &str) {
    response.set_status(error.status());
    let path = match error {
        AppError::SignIn => sign_in_path(here),
        AppError::SecondFactor => second_factor_path(here),
        _ => return,
    };
    lead(response, &path);
}

fn lead(response: &ResponseOptions, path: &str) {
    if let Ok(path) = HeaderValue::from_str(path) {
        response.set_status(StatusCode::FOUND);
        response.insert_header(LOCATION, path);
    }
}

/// The refusal of a server function, with the status of its answer.
pub fn refuse_call(error: impl Into<AppError>) -> ServerFnError {
    let error = error.into();
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(error.status());
    }
    ServerFnError::ServerError(error.to_string())
}
