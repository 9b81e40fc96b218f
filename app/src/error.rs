//! What a person may read about a failure.

use domain::error::Violation;
use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;
use services::error::causes;

use crate::words::count;

/// What somebody reads who came when too much was going on.
pub const BUSY: &str = "Many people are here right now, and this could not be done. \
    Nothing was changed. Please try again in a moment.";

/// What somebody reads whose connection was too slow.
pub const SLOW: &str = "What you sent took too long to reach us, so nothing was saved. \
    Please check your connection and try again.";

/// A failure in the words of the screens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    #[error("not found")]
    NotFound,
    #[error("sign in")]
    SignIn,
    /// Give the second factor first, or set one up.
    #[error("second factor")]
    SecondFactor,
    #[error("denied")]
    Denied,
    /// The input has faults.
    #[error("invalid")]
    Invalid(Vec<Violation>),
    /// Not possible now; the sentence says why.
    #[error("{0}")]
    Conflict(String),
    #[error("too many tries")]
    TooMany { minutes: i64 },
    /// Too much is going on.
    #[error("busy")]
    Busy,
    /// What was sent has more bytes than fit here.
    #[error("larger than {most} bytes")]
    TooLarge { most: usize },
    /// What was sent did not arrive in time, or not whole.
    #[error("did not arrive in time")]
    Slow,
    /// Our fault. The reference finds the reason in the log.
    #[error("internal, reference {reference}")]
    Internal {
        /// Short code that a person can read out.
        reference: String,
    },
}

impl AppError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn | Self::SecondFactor => StatusCode::UNAUTHORIZED,
            Self::Denied => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Why somebody has to wait.
    pub fn wait(minutes: i64) -> String {
        let wait = count(minutes, "minute", "minutes");
        format!("There were too many attempts in a short time. Please try again in {wait}.")
    }

    /// Why somebody has to send less.
    pub fn too_large(most: usize) -> String {
        let most = match most {
            0..1_048_576 => format!("{} kB", most / 1024),
            most => format!("{} MB", most / 1_048_576),
        };
        format!(
            "You sent more than the {most} that we can take here, so nothing was saved. \
                 Please shorten the longest text and send it again."
        )
    }

    /// Title and text of the page that shows it.
    fn words(&self) -> (&'static str, String) {
        let (title, text) = match self {
            Self::NotFound => (
                "We can't find this page",
                "There may be a typo in the address, or the page no longer exists.",
            ),
            Self::SignIn => (
                "Please sign in",
                "This page is for people who are signed in.",
            ),
            Self::SecondFactor => ("One more step", "This page needs your second factor."),
            Self::Denied => (
                "You don't have access to this page",
                "If you think you should have access, ask the person who runs your lab.",
            ),
            Self::Invalid(violations) => {
                let messages: Vec<_> = violations.iter().map(|one| one.message.clone()).collect();
                return ("Please check what you entered", messages.join(" "));
            }
            Self::Conflict(reason) => return ("This is not possible right now", reason.clone()),
            Self::TooMany { minutes } => return ("Please wait a little", Self::wait(*minutes)),
            Self::Busy => ("We are very busy", BUSY),
            Self::TooLarge { most } => return ("This is too large", Self::too_large(*most)),
            Self::Slow => ("This did not arrive", SLOW),
            Self::Internal { reference } => {
                let text = format!(
                    "Nothing that you saved is lost. Please try again in a moment. \
                     If it happens again, tell us this code: {reference}."
                );
                return ("Something went wrong on our side", text);
            }
        };
        (title, text.to_owned())
    }
}

/// A failure is logged here, and its inner text dropped.
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
            services::Error::Busy => Self::Busy,
            services::Error::Internal(source) => {
                let (reference, reason) = (reference(), causes(source.as_ref()));
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

/// The page of a failure. Its status is set by whoever shows it.
pub fn error_page(error: &AppError) -> AnyView {
    let (title, text) = error.words();
    view! {
        <Title text=title />
        <section class="narrow page-error">
            <h1>{title}</h1>
            <p class="lead">{text}</p>
            <p>
                <a class="button" href="/">
                    "Go to the start page"
                </a>
                " "
                <a href="/studies">"Find a study"</a>
            </p>
        </section>
    }
    .into_any()
}
