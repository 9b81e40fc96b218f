//! Turns a failure into an answer, in the shape that the route speaks.
//!
//! Pages and forms are refused by `app`, which draws the failure. What everybody else asks, be it a
//! script of ours, the player, a program or another site, is refused here. Both start from
//! [`AppError`], and making one of a [`services::Error`] is what writes a failure of ours into the
//! log.

use app::error::{AppError, BUSY, SLOW};
use axum::Json;
use axum::response::{IntoResponse, Redirect, Response};
use domain::responses::wire::{ErrorBody, ErrorCode};
use http::StatusCode;
use services::Error;

/// What whoever is refused gets to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    /// For programs.
    code: ErrorCode,
    /// A sentence for people.
    message: String,
    shape: Shape,
}

/// What a route speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `{ "error": code, "message": sentence }`.
    Json,
    /// The sentence alone, where a file was asked for.
    Text,
}

impl Refusal {
    /// For what is refused before a verb is asked.
    pub fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            shape: Shape::Json,
        }
    }

    /// A refusal on the run origin, where nobody signs in: the player ends a run on this word.
    pub fn of_run(error: impl Into<Self>) -> Self {
        let refusal = error.into();
        if refusal.status == StatusCode::UNAUTHORIZED {
            return Self {
                code: ErrorCode::RunEnded,
                ..refusal
            };
        }
        refusal
    }

    /// Something that this answer can't do without is away.
    pub fn unavailable(error: impl Into<Error>, message: &str) -> Self {
        // Only for the log.
        let _ = AppError::from(error.into());
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Unavailable,
            message,
        )
        .in_words()
    }

    pub fn in_words(self) -> Self {
        Self {
            shape: Shape::Text,
            ..self
        }
    }
}

/// For an address that people follow: whoever is not known is led to sign in and back to `next`,
/// and everybody else reads why not.
pub(super) fn sign_in_or_text(error: impl Into<AppError>, next: &str) -> Response {
    use app::paths::{second_factor_path, sign_in_path};
    match error.into() {
        AppError::SignIn => Redirect::to(&sign_in_path(next)).into_response(),
        AppError::SecondFactor => Redirect::to(&second_factor_path(next)).into_response(),
        error => Refusal::from(error).in_words().into_response(),
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        AppError::from(error).into()
    }
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        let status = error.status();
        let (code, message) = match error {
            AppError::NotFound => (ErrorCode::NotFound, "There is nothing here.".to_owned()),
            AppError::SignIn | AppError::SecondFactor => {
                (ErrorCode::SignIn, "Please sign in again.".to_owned())
            }
            AppError::Denied => (
                ErrorCode::Denied,
                "You are not allowed to do this.".to_owned(),
            ),
            AppError::Invalid(violations) => {
                let first = violations.into_iter().next();
                (
                    ErrorCode::Invalid,
                    first.map(|violation| violation.message).unwrap_or_default(),
                )
            }
            AppError::Conflict(reason) => (ErrorCode::Conflict, reason),
            AppError::TooMany { minutes } => (ErrorCode::TooMany, AppError::wait(minutes)),
            AppError::Busy => (ErrorCode::Unavailable, BUSY.to_owned()),
            AppError::Slow => (ErrorCode::Unavailable, SLOW.to_owned()),
            AppError::TooLarge { most } => (ErrorCode::TooLarge, AppError::too_large(most)),
            AppError::Internal { reference } => (
                ErrorCode::Internal,
                format!("Something went wrong on our side. Please try again. Code: {reference}."),
            ),
        };
        Self::new(status, code, message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self.shape {
            Shape::Json => {
                let body = ErrorBody::new(self.code, self.message);
                (self.status, Json(body)).into_response()
            }
            Shape::Text => (self.status, self.message).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use services::Noun;

    use super::*;

    #[test]
    fn nobody_reads_what_failed_inside() {
        let refusal = Refusal::from(Error::internal("the disk is full"));
        assert_eq!(
            (refusal.status.as_u16(), refusal.code),
            (500, ErrorCode::Internal)
        );
        assert!(!refusal.message.contains("disk"), "{}", refusal.message);
        let away = Refusal::unavailable(Error::internal("the disk is full"), "Later, please.");
        assert_eq!(
            (away.status.as_u16(), away.message.as_str()),
            (503, "Later, please.")
        );
    }

    #[test]
    fn the_player_is_told_that_its_run_is_over() {
        let words = |error| Refusal::of_run(error).code;
        assert_eq!(words(Error::SignIn), ErrorCode::RunEnded);
        assert_eq!(words(Error::NotFound(Noun::Run)), ErrorCode::NotFound);
        assert_eq!(words(Error::Denied), ErrorCode::Denied);
        assert_eq!(Refusal::from(Error::SignIn).code, ErrorCode::SignIn);
    }

    #[test]
    fn a_fault_of_the_input_says_what_is_wrong() {
        let refusal = Refusal::from(Error::field(
            "part",
            "unknown",
            "The part must be ad or \
                                                                     design.",
        ));
        assert_eq!(
            (refusal.status.as_u16(), refusal.message.as_str()),
            (422, "The part must be ad or design.")
        );
    }
}
