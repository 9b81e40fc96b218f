//! The life of a study: which state follows which, and who may bring it about.

use serde::{Deserialize, Serialize};

use super::StudyState;
use crate::permissions::{Action, Roles};

crate::text_enum!(
    /// What people do to a study's state.
    Transition {
        /// Asks for the first review.
        Submit = "submit",
        /// Asks for another review.
        Resubmit = "resubmit",
        /// Takes a submission back.
        Retract = "retract",
        /// Staff: may be run.
        Approve = "approve",
        /// Staff: must be changed first.
        Reject = "reject",
        /// Begins or goes on collecting.
        Activate = "activate",
        /// Stops collecting for a while.
        Pause = "pause",
        /// Ends collecting.
        Deactivate = "deactivate",
        /// Takes the study out of all lists.
        Archive = "archive",
    }
);

/// What speaks for and against a transition, besides the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransitionContext {
    /// The roles of the person.
    pub roles: Roles,
    /// Whether the study is the person's own in a way that roles don't tell: they made it or
    /// submitted it.
    pub is_own: bool,
    /// Whether the study's lab may run studies.
    pub is_lab_approved: bool,
    /// Whether nothing is missing that a run needs.
    pub is_ready: bool,
}

/// Why a study can't go where somebody wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// The state does not lead there.
    #[error("a study that is {from} can't be changed by {transition}")]
    InvalidTransition {
        /// Where it is.
        from: StudyState,
        /// What was asked for.
        transition: Transition,
    },
    /// No role of the person allows it.
    #[error("not allowed")]
    NotAllowed,
    /// Whoever made, submitted or works on a study may not approve it.
    #[error("a second person is needed")]
    OwnStudy,
    /// The lab is not approved.
    #[error("the lab is not approved")]
    LabNotApproved,
    /// Something is missing that a run needs.
    #[error("the study is not complete")]
    NotReady,
}

impl Transition {
    /// Where it leads from a state; nothing where it makes no sense.
    pub const fn from(self, state: StudyState) -> Option<StudyState> {
        use StudyState as S;
        match (self, state) {
            (Self::Submit, S::Created) | (Self::Resubmit, S::Rejected | S::Retracted) => {
                Some(S::Submitted)
            }
            (Self::Retract, S::Submitted) => Some(S::Retracted),
            (Self::Approve, S::Submitted) => Some(S::Approved),
            (Self::Reject, S::Submitted | S::Approved | S::Active | S::Paused | S::Deactivated) => {
                Some(S::Rejected)
            }
            (Self::Activate, S::Approved | S::Paused) => Some(S::Active),
            (Self::Pause, S::Active) => Some(S::Paused),
            (Self::Deactivate, S::Active | S::Paused) => Some(S::Deactivated),
            (
                Self::Archive,
                S::Created
                | S::Submitted
                | S::Rejected
                | S::Retracted
                | S::Approved
                | S::Active
                | S::Paused
                | S::Deactivated,
            ) => Some(S::Archived),
            _ => None,
        }
    }

    /// What a role must allow.
    pub const fn action(self) -> Action {
        match self {
            Self::Approve | Self::Reject => Action::ApproveOrRejectStudy,
            _ => Action::ChangeStudyStatus,
        }
    }

    /// Whether only a lab that is approved may have it.
    pub const fn needs_approved_lab(self) -> bool {
        matches!(
            self,
            Self::Submit | Self::Resubmit | Self::Approve | Self::Activate
        )
    }

    /// Whether the study must be complete.
    pub const fn needs_ready_study(self) -> bool {
        matches!(
            self,
            Self::Submit | Self::Resubmit | Self::Approve | Self::Activate
        )
    }

    /// Whether somebody must do it who does not work on the study.
    pub const fn needs_second_person(self) -> bool {
        matches!(self, Self::Approve)
    }

    /// Whether peer reviewers have no more to say then: staff decided, or the study is over.
    pub const fn ends_peer_review(self) -> bool {
        matches!(self, Self::Approve | Self::Reject | Self::Archive)
    }

    /// Whether words come with it that the other side reads.
    pub const fn has_comment(self) -> bool {
        matches!(
            self,
            Self::Submit | Self::Resubmit | Self::Approve | Self::Reject
        )
    }

    /// The word on the button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submit => "Submit for review",
            Self::Resubmit => "Submit again",
            Self::Retract => "Withdraw from review",
            Self::Approve => "Approve",
            Self::Reject => "Ask for changes",
            Self::Activate => "Start collecting",
            Self::Pause => "Pause",
            Self::Deactivate => "Finish",
            Self::Archive => "Archive",
        }
    }

    /// What happens then, for the person who is about to press the button.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Submit => {
                "The study goes to the site's reviewers as it is now. You will hear from them by \
                 email."
            }
            Self::Resubmit => {
                "The study goes back to the reviewers. They see what has changed since the \
                 version they last approved."
            }
            Self::Retract => {
                "The study leaves the queue of the reviewers. You can submit it again at any time."
            }
            Self::Approve => {
                "The lab may start collecting data with the version that is shown here."
            }
            Self::Reject => {
                "The study can't collect data until it is changed and submitted again. The lab \
                 gets your comment by email."
            }
            Self::Activate => "Families can take part from now on.",
            Self::Pause => {
                "Families can't begin the study until you start it again, which needs no new \
                 review. Families who have already begun can finish."
            }
            Self::Deactivate => {
                "Collecting ends. To collect again, the study needs another review."
            }
            Self::Archive => {
                "The study disappears from every list. Its responses are kept. This can't be \
                 undone."
            }
        }
    }

    /// Whether this may happen now, and where it leads. The one rule that pages and verbs both ask.
    pub fn check(
        self,
        state: StudyState,
        about: TransitionContext,
    ) -> Result<StudyState, StudyError> {
        let next = self.from(state).ok_or(StudyError::InvalidTransition {
            from: state,
            transition: self,
        })?;
        if !about.roles.grants(self.action()) {
            return Err(StudyError::NotAllowed);
        }
        if self.needs_second_person() && (about.is_own || about.roles.is_member()) {
            return Err(StudyError::OwnStudy);
        }
        if self.needs_approved_lab() && !about.is_lab_approved {
            return Err(StudyError::LabNotApproved);
        }
        if self.needs_ready_study() && !about.is_ready {
            return Err(StudyError::NotReady);
        }
        Ok(next)
    }

    /// What a person may do in a state. Things that only a gap in the study or the lab forbids are
    /// among them, so that a page can say what is missing.
    pub fn offered(state: StudyState, roles: Roles, is_own: bool) -> Vec<Self> {
        let about = TransitionContext {
            roles,
            is_own,
            is_lab_approved: true,
            is_ready: true,
        };
        let all = Self::ALL.iter().copied();
        all.filter(|transition| transition.check(state, about).is_ok())
            .collect()
    }
}

impl StudyState {
    /// Where an edit that needs a review leads. A study that waits for review leaves the queue, so
    /// that reviewers never approve what they have not seen; one that was approved must be
    /// submitted again.
    pub const fn after_edit(self) -> Self {
        match self {
            Self::Submitted => Self::Retracted,
            Self::Approved | Self::Active | Self::Paused | Self::Deactivated => Self::Rejected,
            other => other,
        }
    }

    /// Whether staff have approved what the study holds now.
    pub const fn is_approved(self) -> bool {
        matches!(
            self,
            Self::Approved | Self::Active | Self::Paused | Self::Deactivated
        )
    }

    /// What it means, in one sentence for the people of the study.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Created => "Write it, try it out, and submit it for review when it is ready.",
            Self::Submitted => "It is waiting for the site's reviewers.",
            Self::Rejected => {
                "It needs changes, or has been changed, and must be submitted again before it can \
                 collect data."
            }
            Self::Retracted => "It was withdrawn from review. Submit it again when it is ready.",
            Self::Approved => "It may collect data. Start it when you are ready.",
            Self::Active => "Families can take part.",
            Self::Paused => "Families can't begin it. It can be started again without a review.",
            Self::Deactivated => "Collecting has ended.",
            Self::Archived => "It no longer appears in any list.",
        }
    }
}

/// What a lab declares with a submission: key as it is stored, and its words.
pub const DECLARATIONS: &[(&str, &str)] = &[
    (
        "issue_deception",
        "Families or children are deceived, or something is held back from them",
    ),
    ("issue_length", "Taking part takes longer than 30 minutes"),
    (
        "issue_consent",
        "Consent is asked for in a different way from the standard consent frame",
    ),
    (
        "issue_externaldata",
        "Information about participants comes from other sources, such as a school",
    ),
    (
        "issue_personaldata",
        "The study asks for data that identify people, such as addresses",
    ),
    ("issue_sensitive", "The study is about a sensitive topic"),
    ("collecting_data", "Data are already being collected"),
];

/// Declarations of one submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declarations {
    /// Keys that were ticked, in the order of [`DECLARATIONS`].
    #[serde(default)]
    pub keys: Vec<String>,
    /// More about them.
    #[serde(default)]
    pub issues_description: String,
}

impl Declarations {
    /// Declarations of the ticked keys; unknown ones are left out.
    pub fn of(ticked: &[String], description: &str) -> Self {
        Self {
            keys: DECLARATIONS
                .iter()
                .map(|(key, _)| (*key).to_owned())
                .filter(|key| ticked.contains(key))
                .collect(),
            issues_description: description.to_owned(),
        }
    }

    /// The words of what was ticked.
    pub fn words(&self) -> Vec<&'static str> {
        DECLARATIONS
            .iter()
            .filter(|(key, _)| self.keys.iter().any(|ticked| ticked == key))
            .map(|(_, words)| *words)
            .collect()
    }
}

#[cfg(test)]
mod tests;
