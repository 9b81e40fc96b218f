//! Who did what to whom, when and from where. Each entry carries the hash of the one before it, so
//! that a changed, removed or inserted entry breaks the chain.
//!
//! Hashes are keyed with the site's secret: whoever can write into the database but does not know
//! the secret can't write the chain anew. Entries from before that have plain ones.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

crate::text_enum!(
    /// What happened.
    AuditAction {
        /// An account was made.
        AccountCreated = "account_created",
        /// Its owner proved that the address is theirs.
        AddressConfirmed = "address_confirmed",
        /// Its address was changed.
        AddressChanged = "address_changed",
        /// Its password was changed.
        PasswordChanged = "password_changed",
        /// A second factor was added.
        FactorAdded = "factor_added",
        /// A second factor was removed by its owner.
        FactorRemoved = "factor_removed",
        /// All second factors were removed by staff.
        FactorReset = "factor_reset",
        /// A recovery code was used.
        RecoveryCodeUsed = "recovery_code_used",
        /// New recovery codes were made.
        RecoveryCodesMade = "recovery_codes_made",
        /// A token for programs was made.
        TokenCreated = "token_created",
        /// A token for programs was revoked.
        TokenRevoked = "token_revoked",
        /// Rights on the whole site were changed.
        PowersChanged = "powers_changed",
        /// An account was marked as spam.
        MarkedAsSpam = "marked_as_spam",
        /// An account is no longer marked as spam.
        UnmarkedAsSpam = "unmarked_as_spam",
        /// An account was switched off.
        Deactivated = "deactivated",
        /// An account was switched on again.
        Reactivated = "reactivated",
        /// The owner asked for deletion.
        DeletionRequested = "deletion_requested",
        /// The owner keeps the account.
        DeletionCancelled = "deletion_cancelled",
        /// The account is gone.
        AccountDeleted = "account_deleted",
        /// The owner took a copy of its data.
        ExportRequested = "export_requested",
        /// A lab was made.
        LabCreated = "lab_created",
        /// What a lab tells about itself was changed.
        LabEdited = "lab_edited",
        /// A lab was approved.
        LabApproved = "lab_approved",
        /// A lab's approval was taken back.
        LabUnapproved = "lab_unapproved",
        /// Somebody asked to join a lab.
        LabJoinRequested = "lab_join_requested",
        /// A request was taken back or turned down.
        LabJoinDeclined = "lab_join_declined",
        /// Somebody was invited to a lab.
        LabInvited = "lab_invited",
        /// An invitation was taken back.
        LabInvitationRevoked = "lab_invitation_revoked",
        /// Somebody has a role in a lab, or another one.
        LabRoleSet = "lab_role_set",
        /// Somebody left a lab or was removed.
        LabMemberRemoved = "lab_member_removed",
        /// Somebody has a role in a study, or another one.
        StudyRoleSet = "study_role_set",
        /// Somebody left a study or was removed.
        StudyMemberRemoved = "study_member_removed",
        /// A study was made.
        StudyCreated = "study_created",
        /// A study was made from another one.
        StudyCloned = "study_cloned",
        /// A version of a study was saved.
        StudySaved = "study_saved",
        /// A study changed its state.
        StudyMoved = "study_moved",
        /// Somebody commented on a study.
        StudyCommented = "study_commented",
        /// Somebody was asked to be a peer reviewer, or is one no longer.
        StudyPeerSet = "study_peer_set",
        /// Data of previews were deleted.
        PreviewsDeleted = "previews_deleted",
        /// Responses were downloaded.
        ResponsesDownloaded = "responses_downloaded",
        /// Somebody read a single response, the first time on that day.
        ResponseRead = "response_read",
        /// Somebody read about a family, the first time on that day.
        FamilyRead = "family_read",
        /// Somebody noted that a family is done with a response elsewhere.
        ResponseCompleted = "response_completed",
    }
);

impl AuditAction {
    /// What happened, in words that follow a name.
    pub fn words(self) -> String {
        self.as_str().replace('_', " ")
    }
}

/// What an entry says; everything that is hashed, but for the entry before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Place in the chain, counted from 1.
    pub number: i64,
    /// When, in whole microseconds.
    pub at: DateTime<Utc>,
    /// The account that did it; none where the program did it by itself.
    pub actor: Option<Uuid>,
    /// What was done.
    pub action: AuditAction,
    /// The account that it was done to.
    pub account: Option<Uuid>,
    /// The lab that it concerns.
    pub lab: Option<Uuid>,
    /// The study that it concerns.
    pub study: Option<Uuid>,
    /// More, in words, such as the new role; never a secret.
    pub detail: String,
    /// Network address from which it was asked for.
    pub address: String,
}

/// The hash that stands before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Length of a plain hash; a keyed one is shorter.
const PLAIN: usize = 64;

/// Whether the site's secret was needed to make a hash.
pub fn is_keyed(hash: &str) -> bool {
    hash.len() != PLAIN
}

impl AuditRecord {
    /// What is hashed: the hash before it and every field, each with its length, so that no two
    /// entries have the same text.
    pub fn text(&self, previous: &str) -> String {
        let uuid = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let fields = [
            previous.to_owned(),
            self.number.to_string(),
            self.at.timestamp_micros().to_string(),
            uuid(self.actor),
            self.action.as_str().to_owned(),
            uuid(self.account),
            uuid(self.lab),
            uuid(self.study),
            self.detail.clone(),
            self.address.clone(),
        ];
        let fields = fields.map(|field| format!("{}:{field}", field.len()));
        fields.concat()
    }

    /// The hash of an entry from before hashes were keyed: SHA-256 in lower-case hexadecimal.
    pub fn plain_hash(&self, previous: &str) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.text(previous)))
    }
}

/// Why an entry does not follow the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainFault {
    /// The next entry has a later number.
    Missing,
    /// It carries another hash than that of the entry before it.
    Detached,
    /// Its own hash does not fit what it says.
    Changed,
    /// It has a plain hash, and entries before it have keyed ones.
    Unkeyed,
    /// The chain ends before the place that is remembered as its end.
    CutOff,
    /// The chain does not have the hash that was written down outside the database.
    NotAnchored,
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it is missing",
            Self::Detached => "it does not follow the entry before it",
            Self::Changed => "it was changed",
            Self::Unkeyed => "it was written without the site's secret",
            Self::CutOff => "the last entries are missing",
            Self::NotAnchored => "it is not the entry that was written down",
        })
    }
}

/// A place in the chain that is kept outside the database: entries up to it can be neither changed
/// nor cut off unnoticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Number of an entry; 0 stands before the first.
    pub number: i64,
    /// Its hash.
    pub hash: String,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.hash)
    }
}

impl Anchor {
    /// Reads a line that [`Display`](fmt::Display) wrote.
    pub fn read(line: &str) -> Option<Self> {
        let (number, hash) = line.trim().split_once(' ')?;
        let number = number.parse().ok().filter(|number| *number >= 0)?;
        let is_hash = !hash.is_empty() && !hash.contains(char::is_whitespace);
        is_hash.then(|| Self {
            number,
            hash: hash.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> AuditRecord {
        AuditRecord {
            number: 1,
            at: DateTime::from_timestamp(1_790_000_000, 5000).unwrap(),
            actor: Some(Uuid::from_u128(1)),
            action: AuditAction::LabRoleSet,
            account: Some(Uuid::from_u128(2)),
            lab: None,
            study: None,
            detail: "admin".into(),
            address: "127.0.0.1".into(),
        }
    }

    #[test]
    fn every_field_and_the_entry_before_change_the_hash() {
        let hash = record().plain_hash(GENESIS);
        assert_eq!(hash.len(), 64);
        let changed: Vec<AuditRecord> = vec![
            AuditRecord {
                number: 2,
                ..record()
            },
            AuditRecord {
                at: record().at + chrono::Duration::microseconds(1),
                ..record()
            },
            AuditRecord {
                actor: None,
                ..record()
            },
            AuditRecord {
                action: AuditAction::LabMemberRemoved,
                ..record()
            },
            AuditRecord {
                account: None,
                lab: record().account,
                ..record()
            },
            AuditRecord {
                study: Some(Uuid::from_u128(3)),
                ..record()
            },
            AuditRecord {
                detail: "admin1".into(),
                address: "27.0.0.1".into(),
                ..record()
            },
        ];
        for other in changed {
            assert_ne!(other.plain_hash(GENESIS), hash);
        }
        assert_ne!(record().plain_hash(&hash), hash);
        assert_eq!(record().plain_hash(GENESIS), hash);
    }
    #[test]
    fn hashes_of_before_stay_what_they_were() {
        assert_eq!(
            record().plain_hash(GENESIS),
            "66c31154812af8dd40d08933b3d82020062dc7f13a4991ef5fbe89fff988de17"
        );
        assert!(!is_keyed(GENESIS) && !is_keyed(&record().plain_hash(GENESIS)));
    }

    #[test]
    fn an_anchor_is_read_as_it_was_written() {
        let anchor = Anchor {
            number: 12,
            hash: "abc_-9".into(),
        };
        assert_eq!(Anchor::read(&format!(" {anchor}\n")), Some(anchor));
        for line in ["", "12", "12 ", "x abc", "-1 abc", "12 abc def"] {
            assert_eq!(Anchor::read(line), None, "{line}");
        }
    }
}
