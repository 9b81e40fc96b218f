//! Emails that the site writes to people. Rendering is pure; sending is a job.
//!
//! A [`Email`] holds what it needs to be written, and no secret: the link in it is made when it is
//! rendered.

use serde::{Deserialize, Serialize};

use self::content::Content;

pub use self::content::{EmailContext, RenderedEmail};
use crate::accounts::LinkPurpose;
use crate::labs::LabRole;
use crate::studies::{StudyRole, StudyState};

mod accounts;
mod content;
mod labs;
mod studies;
#[cfg(test)]
mod tests;

crate::id!(
    /// An email to one person.
    EmailId
);

crate::text_enum!(
    /// Whether an email has gone out.
    EmailState {
        /// To be sent.
        Waiting = "waiting",
        /// Taken by the mail server.
        Sent = "sent",
        /// Not sent: no longer needed, or too many to one mailbox.
        Withheld = "withheld",
        /// Given up after several tries; the reason is kept.
        Failed = "failed",
    }
);

/// Every email that the site writes. What a variant holds are the words that it mentions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "email", rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are the names that the email mentions")]
pub enum Email {
    /// To somebody who signs up: the code that shows that the address is theirs.
    SignUpCode,
    /// To the owner of an address with which somebody signed up again.
    AddressTaken,
    /// A link for a new password.
    ResetPassword,
    /// The password was changed.
    PasswordChanged,
    /// To the old address: do you agree to the new one?
    AgreeToChange { new: String },
    /// To the new address: is it yours? It names nobody, since it may have been mistyped.
    ConfirmNewAddress,
    /// To the old address: it was changed.
    AddressChanged { new: String },
    /// A second factor was added or removed by the owner.
    FactorChanged { what: String },
    /// Staff removed all second factors.
    FactorReset,
    /// An invitation to a lab. Anybody can make a lab: until one is approved, its invitations
    /// carry nothing that its people wrote.
    LabInvitation {
        lab: String,
        role: LabRole,
        by: String,
        #[serde(default = "yes")]
        is_approved: bool,
    },
    /// To a lab's admins: somebody asks to join.
    LabJoinRequest {
        lab: String,
        lab_id: String,
        person: String,
    },
    /// A role in a lab.
    LabRole {
        lab: String,
        lab_id: String,
        role: LabRole,
    },
    /// No longer in a lab.
    LabRemoved { lab: String },
    /// To staff: a lab waits for approval.
    LabCreated {
        lab: String,
        lab_id: String,
        person: String,
    },
    /// To a lab's admins: it may submit studies now.
    LabApproved { lab: String, lab_id: String },
    /// To a lab's admins and the people of its studies: these studies stop.
    LabUnapproved {
        lab: String,
        lab_id: String,
        /// Names of the studies that are paused with it.
        paused: Vec<String>,
    },
    /// A role in a study.
    StudyRole {
        study: String,
        study_id: String,
        lab: String,
        role: StudyRole,
    },
    /// No longer in a study.
    StudyRemoved { study: String },
    /// To staff: a study waits for review.
    StudySubmitted {
        study: String,
        study_id: String,
        lab: String,
        person: String,
        comment: String,
    },
    /// To staff: a study came into another state by its own people.
    StudyMoved {
        study: String,
        study_id: String,
        lab: String,
        person: String,
        state: StudyState,
    },
    /// To a study's people: it was approved.
    StudyApproved {
        study: String,
        study_id: String,
        comment: String,
    },
    /// To a study's people: it needs changes.
    StudyChangesRequested {
        study: String,
        study_id: String,
        comment: String,
    },
    /// To a study's people: an approval was taken back.
    StudyApprovalRescinded {
        study: String,
        study_id: String,
        comment: String,
    },
    /// To a study's people and staff: an edit took the approval, or the place in the queue, away.
    StudyEdited {
        study: String,
        study_id: String,
        person: String,
        fields: String,
        state: StudyState,
    },
    /// To a researcher of another lab who was asked for a peer review.
    StudyPeer {
        study: String,
        study_id: String,
        lab: String,
        person: String,
    },
    /// The account will be deleted.
    DeletionRequested { on: String },
    /// The account is gone.
    Deleted,
}

/// Invitations that were written before labs without approval had their own wording.
const fn yes() -> bool {
    true
}

/// Each knows some of the emails; a test sees to it that each email is known to one.
const WRITERS: &[fn(&Email, &EmailContext) -> Option<Content>] = &[
    accounts::about_addresses,
    accounts::about_signing_in,
    labs::about_labs,
    studies::about_members,
    studies::about_review,
    studies::about_changes,
];

impl Email {
    /// What the link in it is for.
    pub const fn link(&self) -> Option<LinkPurpose> {
        match self {
            Self::ResetPassword => Some(LinkPurpose::ResetPassword),
            Self::AgreeToChange { .. } => Some(LinkPurpose::AgreeToChange),
            Self::ConfirmNewAddress => Some(LinkPurpose::ConfirmNewAddress),
            Self::LabInvitation { .. } => Some(LinkPurpose::AcceptInvitation),
            Self::DeletionRequested { .. } => Some(LinkPurpose::KeepAccount),
            _ => None,
        }
    }

    /// Whether it warns the owner of an account. Such an email goes out however many others the
    /// mailbox got, or else a flood of others would hide it.
    pub const fn is_warning(&self) -> bool {
        matches!(
            self,
            Self::PasswordChanged
                | Self::AgreeToChange { .. }
                | Self::AddressChanged { .. }
                | Self::FactorChanged { .. }
                | Self::FactorReset
                | Self::DeletionRequested { .. }
                | Self::Deleted
        )
    }

    /// Subject, text and HTML.
    pub fn render(&self, frame: &EmailContext) -> RenderedEmail {
        self.content(frame).render(frame)
    }

    fn content(&self, frame: &EmailContext) -> Content {
        WRITERS
            .iter()
            .find_map(|write| write(self, frame))
            .unwrap_or_default()
    }
}
