//! What can become of a request, without a word about HTTP.

use std::error::Error as StdError;

use adapters::PoolError;
use adapters::secrets::SecretError;
use domain::Violations;
use domain::error::Violation;

use crate::busy::is_busy;

/// What was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    Account,
    Child,
    Email,
    Invitation,
    Lab,
    Passkey,
    Response,
    Run,
    Study,
    Token,
    Version,
}

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the actor may not know that there is.
    #[error("no such {0:?}")]
    NotFound(Noun),
    /// The actor must sign in first.
    #[error("sign in first")]
    SignIn,
    /// The actor must give its second factor first, or set one up.
    #[error("a second factor is needed")]
    SecondFactor,
    /// The actor may not do this.
    #[error("not allowed")]
    Denied,
    /// The input breaks rules, field by field.
    #[error("invalid: {0}")]
    Invalid(Violations),
    /// The thing is not in a state in which this can be done; the sentence says why and what to do.
    #[error("{0}")]
    Conflict(String),
    #[error("too many attempts, wait {minutes} minutes")]
    TooMany {
        /// Whole minutes until the next try is possible.
        minutes: i64,
    },
    /// Too much is going on; the same may work in a moment.
    #[error("busy")]
    Busy,
    /// Something of ours failed. The source is for operators only: log it with [`causes`].
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// A failure of ours, with what caused it or a sentence that says what is wrong.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// A violation of one field.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Violations::one(field, code, message))
    }

    /// What is wrong with the input, field by field; nothing where the input was not at fault.
    pub fn violations(&self) -> &[Violation] {
        match self {
            Self::Invalid(violations) => violations.entries(),
            _ => &[],
        }
    }
}

/// An error and everything that caused it, in one line for a log: each cause after a colon, unless
/// what stands before it says it already.
pub fn causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

macro_rules! internal {
    ($($source:ty),+) => {
        $(impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self::internal(error)
            }
        })+
    };
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        if is_busy(&error) {
            tracing::warn!(error = causes(&error), "the database is busy");
            return Self::Busy;
        }
        Self::internal(error)
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        if matches!(error, PoolError::Full(_)) {
            tracing::warn!(%error, "a pool is full");
            return Self::Busy;
        }
        Self::internal(error)
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Pool(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

internal!(
    entities::Corrupt,
    adapters::queue::QueueError,
    adapters::storage::StorageError,
    serde_json::Error
);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{words}")]
    struct Layer {
        words: &'static str,
        source: Option<Box<Layer>>,
    }

    fn layer(words: &'static str, source: Option<Layer>) -> Layer {
        Layer {
            words,
            source: source.map(Box::new),
        }
    }

    #[test]
    fn a_log_names_every_cause_once() {
        let disk = layer("disk full", None);
        let storage = layer("storage: disk full", Some(disk));
        let export = layer("the export stopped", Some(storage));
        assert_eq!(
            causes(&Error::internal(export)),
            "internal error: the export stopped: storage: disk full"
        );
        assert_eq!(causes(&Error::Denied), "not allowed");
        let sentence = Error::internal("the audit has no head");
        assert_eq!(causes(&sentence), "internal error: the audit has no head");
    }
}
