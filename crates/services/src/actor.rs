//! Who is asking.

use domain::accounts::{AccountId, Powers, SessionId};
use domain::responses::ResponseId;
use domain::studies::StudyId;

use crate::error::Error;

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
    /// A run in a browser: it knows one response and nothing else.
    Run(Run),
    /// The house itself: commands and jobs.
    System,
}

/// What a run in a browser may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// One response of a family.
    Response(ResponseId),
    /// A look at a study that stores nothing.
    Preview(StudyId),
}

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The session by which it is known.
    pub session: SessionId,
    /// What to call the person; may be empty.
    pub nickname: String,
    /// The address with which it signs in.
    pub email: String,
    /// Rights beyond one lab.
    pub powers: Powers,
}

impl Actor {
    /// The actor of a signed-in person.
    pub fn of(person: Person) -> Self {
        match person.powers {
            Powers { is_staff: true, .. } => Self::Staff(person),
            Powers { is_researcher: true, .. } => Self::Researcher(person),
            _ => Self::Family(person),
        }
    }

    /// The person, if one is signed in.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Family(person) | Self::Researcher(person) | Self::Staff(person) => Some(person),
            Self::Visitor | Self::Run(_) | Self::System => None,
        }
    }

    /// The person, or the request to sign in.
    pub fn signed_in(&self) -> Result<&Person, Error> {
        self.person().ok_or(Error::SignIn)
    }

    /// A person who works in labs, or a refusal. A second factor will be asked for here.
    pub fn researcher(&self) -> Result<&Person, Error> {
        match self {
            Self::Researcher(person) | Self::Staff(person) => Ok(person),
            Self::Family(_) => Err(Error::Denied),
            Self::Visitor | Self::Run(_) | Self::System => Err(Error::SignIn),
        }
    }
}
