//! Who is asking.

use adapters::Token;
use chrono::{DateTime, Duration, Utc};
use domain::accounts::{AccountId, ApiTokenId, Powers, SecondFactor, SessionId, TokenScope};
use domain::responses::RunSessionId;

use crate::error::Error;

/// How long a second factor counts as just given, where somebody changes how it signs in.
const FRESH: Duration = Duration::minutes(15);

/// Whoever asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who has not signed in.
    Visitor,
    /// A signed-in parent.
    Family(Person),
    /// A signed-in researcher, who may have children too.
    Researcher(Person),
    /// A signed-in member of staff.
    Staff(Person),
    /// A run in a browser: its key opens one response and nothing else.
    Run(Run),
    /// The platform itself: commands of operators, and jobs.
    System,
}

/// A run in a browser, by the key that it holds out. Whether the key opens anything is asked
/// together with the response, so that a frame costs no statement for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub(crate) session: RunSessionId,
    pub(crate) key: RunKeyDigest,
}

/// Digest of a run's key, and which of its two keys it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunKeyDigest {
    /// Plays the run.
    Play(String),
    /// Only adds what was left behind.
    Append(String),
}

/// By what a person is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    Session(SessionId),
    /// A program, with what it may do.
    Token(ApiTokenId, Vec<TokenScope>),
}

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub account: AccountId,
    pub via: Credential,
    /// What to call the person; may be empty.
    pub nickname: String,
    pub email: String,
    /// Rights beyond one lab.
    pub powers: Powers,
    /// Where this session stands with the second factor.
    pub factor: SecondFactor,
    /// When the second factor was given.
    pub factor_at: Option<DateTime<Utc>>,
    /// When the account will be deleted, if its owner asked for it.
    pub deletion_due_at: Option<DateTime<Utc>>,
    /// Network address of the request.
    pub address: String,
}

impl Actor {
    pub fn of(person: Person) -> Self {
        match person.powers {
            powers if powers.staff_role().is_some() => Self::Staff(person),
            Powers {
                is_researcher: true,
                ..
            } => Self::Researcher(person),
            _ => Self::Family(person),
        }
    }

    /// Whoever holds the key with which a run is played.
    pub fn playing(session: RunSessionId, key: &Token) -> Self {
        Self::Run(Run {
            session,
            key: RunKeyDigest::Play(key.digest()),
        })
    }

    /// Whoever holds the key with which a run adds what was left behind.
    pub fn appending(session: RunSessionId, key: &Token) -> Self {
        Self::Run(Run {
            session,
            key: RunKeyDigest::Append(key.digest()),
        })
    }

    /// The person, if one is known, even without its second factor: for the bar above a page, and
    /// for signing out.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Family(person) | Self::Researcher(person) | Self::Staff(person) => Some(person),
            Self::Visitor | Self::Run(_) | Self::System => None,
        }
    }

    /// The person in a browser, even without its second factor: for the page that asks for it.
    pub fn half_signed_in(&self) -> Result<(&Person, SessionId), Error> {
        let person = self.person().ok_or(Error::SignIn)?;
        match person.via {
            Credential::Session(session) => Ok((person, session)),
            Credential::Token(..) => Err(Error::Denied),
        }
    }

    /// The person in a browser, or the request to sign in. Who has a second factor must have given
    /// it.
    pub fn signed_in(&self) -> Result<&Person, Error> {
        let (person, _) = self.half_signed_in()?;
        if person.factor == SecondFactor::Pending {
            Err(Error::SecondFactor)
        } else {
            Ok(person)
        }
    }

    /// The person, if they gave their second factor lately, or have none: for changes to how they
    /// sign in.
    pub fn fresh(&self, now: DateTime<Utc>) -> Result<&Person, Error> {
        let person = self.signed_in()?;
        let is_fresh = person.factor == SecondFactor::None
            || person.factor_at.is_some_and(|at| now - at <= FRESH);
        if is_fresh {
            Ok(person)
        } else {
            Err(Error::SecondFactor)
        }
    }

    /// A person who works in labs or looks after the site, with a second factor, or a refusal.
    pub fn researcher(&self) -> Result<&Person, Error> {
        match self {
            Self::Researcher(person) | Self::Staff(person)
                if person.factor == SecondFactor::Given =>
            {
                Ok(person)
            }
            Self::Researcher(_) | Self::Staff(_) => Err(Error::SecondFactor),
            Self::Family(_) => Err(Error::Denied),
            Self::Visitor | Self::Run(_) | Self::System => Err(Error::SignIn),
        }
    }

    /// The same, in a browser: what a program must not do with a token.
    pub fn researcher_in_person(&self) -> Result<&Person, Error> {
        let person = self.researcher()?;
        if matches!(person.via, Credential::Session(_)) {
            Ok(person)
        } else {
            Err(Error::Denied)
        }
    }

    /// Refuses all but the platform itself.
    pub fn system(&self) -> Result<(), Error> {
        if matches!(self, Self::System) {
            Ok(())
        } else {
            Err(Error::Denied)
        }
    }
}
