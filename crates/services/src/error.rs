//! What can become of a request, without a word about HTTP.

use domain::Violations;
use domain::error::Violation;

/// What was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the nouns of the house")]
pub enum Noun {
    Account,
    Child,
    Invitation,
    Lab,
    Letter,
    Passkey,
    Response,
    Run,
    Study,
    Version,
    Token,
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
    /// Too many tries; how many minutes to wait.
    #[error("too many tries, wait {minutes} minutes")]
    TooMany {
        /// Whole minutes until the next try is possible.
        minutes: i64,
    },
    /// Something of ours failed; the source is for operators only.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A failure of ours, with what caused it or a sentence that says what is wrong.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// A violation of one field.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Violations::one(field, code, message))
    }

    /// A failure of ours.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into().to_string())
    }

    /// The violations, where the input was at fault.
    pub fn violations(&self) -> &[Violation] {
        match self {
            Self::Invalid(violations) => violations.entries(),
            _ => &[],
        }
    }
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

internal!(
    sea_orm::DbErr,
    entities::Corrupt,
    adapters::secrets::SecretError,
    adapters::queue::QueueError,
    adapters::storage::StorageError,
    serde_json::Error
);
