//! What a page knows of the request it answers.

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

/// Colours that a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Name of the cookie that remembers.
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

/// What a page needs, gathered before anything is awaited.
#[derive(Clone)]
pub struct Request {
    /// The doors.
    pub ctx: Context,
    /// Who asks.
    pub actor: Actor,
    /// A form that was refused, or nothing.
    pub form: FormState,
    /// Parts of the path.
    pub params: ParamsMap,
    /// The query.
    pub query: ParamsMap,
    /// Path and query.
    pub here: String,
}

/// Who asks.
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

impl Request {
    /// The request that is being answered. Call it in the component, before any await.
    pub fn current() -> Self {
        let location = use_location();
        let (path, search) = (
            location.pathname.get_untracked(),
            location.search.get_untracked(),
        );
        Self {
            ctx: expect_context::<Context>(),
            actor: actor(),
            form: use_context::<FormState>().unwrap_or_default(),
            params: use_params_map().get_untracked(),
            query: use_query_map().get_untracked(),
            here: if search.is_empty() {
                path
            } else {
                format!("{path}?{search}")
            },
        }
    }

    /// A typed part of the path; what can't be one is a page that does not exist.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, AppError> {
        self.params
            .get(name)
            .and_then(|text| text.parse().ok())
            .ok_or(AppError::NotFound)
    }

    /// Which page of a list is asked for.
    pub fn paging(&self, size: u64) -> Paging {
        Paging::of(self.query("page").as_deref(), size)
    }

    /// The words that a list is searched for.
    pub fn words(&self) -> String {
        self.query("search")
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect()
    }

    /// A part of the query.
    pub fn query(&self, name: &str) -> Option<String> {
        self.query.get(name).filter(|value| !value.is_empty())
    }
}

/// A page whose content is awaited before the first byte leaves, so that its status can still be
/// chosen.
pub fn page(
    work: impl Future<Output = Result<AnyView, AppError>> + Send + 'static,
) -> impl IntoView {
    let location = use_location();
    let here = format!(
        "{}{}",
        location.pathname.get_untracked(),
        match location.search.get_untracked() {
            search if search.is_empty() => search,
            search => format!("?{search}"),
        }
    );
    // An action that failed for good and has no page of its own shows its failure in place of the
    // page at this address.
    let failure = use_context::<crate::actions::Failure>();
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
            response.set_status(error.status());
            let way = match error {
                AppError::SignIn => Some(crate::pages::accounts::sign_in_path(&here)),
                AppError::SecondFactor => Some(crate::pages::accounts::second_factor_path(&here)),
                _ => None,
            };
            if let Some(Ok(path)) = way.map(|way| HeaderValue::from_str(&way)) {
                response.set_status(StatusCode::FOUND);
                response.insert_header(LOCATION, path);
            }
        }
        error_page(&error)
    })
}
