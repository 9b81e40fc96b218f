//! What a person may read about a failure.

use domain::error::Violation;
use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

/// A failure in the words of the screens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// There is no such page or thing.
    #[error("not found")]
    NotFound,
    /// Sign in first.
    #[error("sign in")]
    SignIn,
    /// Give the second factor first, or set one up.
    #[error("second factor")]
    SecondFactor,
    /// Not allowed.
    #[error("denied")]
    Denied,
    /// The input has faults.
    #[error("invalid")]
    Invalid(Vec<Violation>),
    /// Not possible now; the sentence says why.
    #[error("{0}")]
    Conflict(String),
    /// Too many tries.
    #[error("too many tries")]
    TooMany {
        /// Minutes to wait.
        minutes: i64,
    },
    /// Our fault. The reference finds the reason in the log.
    #[error("internal, reference {reference}")]
    Internal {
        /// Short code that a person can read out.
        reference: String,
    },
}

impl AppError {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn | Self::SecondFactor => StatusCode::UNAUTHORIZED,
            Self::Denied => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The one place where a failure is logged and its inner text dropped.
impl From<services::Error> for AppError {
    fn from(error: services::Error) -> Self {
        match error {
            services::Error::NotFound(_) => Self::NotFound,
            services::Error::SignIn => Self::SignIn,
            services::Error::SecondFactor => Self::SecondFactor,
            services::Error::Denied => Self::Denied,
            services::Error::Invalid(violations) => Self::Invalid(violations.entries().to_vec()),
            services::Error::Conflict(reason) => Self::Conflict(reason),
            services::Error::TooMany { minutes } => Self::TooMany { minutes },
            services::Error::Internal(reason) => {
                let reference = reference();
                tracing::error!(%reference, %reason, "request failed");
                Self::Internal { reference }
            }
        }
    }
}

fn reference() -> String {
    services::context::secret_uuid().map_or_else(
        |_| "unknown".to_owned(),
        |id| id.simple().to_string().chars().take(8).collect(),
    )
}

/// The words of a failure. [`crate::request::page`] sets the status.
pub fn error_page(error: &AppError) -> AnyView {
    let (title, text) = match error {
        AppError::NotFound => ("We can't find this page", "The address may have a typing error, or what was here is gone.".to_owned()),
        AppError::SignIn => ("Please sign in", "This page is for people who are signed in.".to_owned()),
        AppError::SecondFactor => ("One more step", "This page needs your second factor.".to_owned()),
        AppError::Denied => ("This page is not for you", "Your account has no right to see it. If you think that it should, ask the person who runs your lab.".to_owned()),
        AppError::Invalid(violations) => ("Something needs another look", violations.iter().map(|violation| violation.message.clone()).collect::<Vec<_>>().join(" ")),
        AppError::Conflict(reason) => ("This is not possible now", reason.clone()),
        AppError::TooMany { minutes } => ("Please wait a little", format!("There were many tries in a short time. You can try again in {minutes} minutes.")),
        AppError::Internal { reference } => ("Something went wrong on our side", format!("Nothing that you entered before is lost. Please try again in a moment. If it happens again, tell us this code: {reference}.")),
    };
    view! {
        <Title text=title />
        <section class="narrow page-error">
            <h1>{title}</h1>
            <p class="lead">{text}</p>
            <p>
                <a class="button" href="/">
                    "To the start page"
                </a>
                " "
                <a href="/studies">"Find a study"</a>
            </p>
        </section>
    }
    .into_any()
}
