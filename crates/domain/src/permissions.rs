//! Who may do what: one table of roles and actions for labs, studies and the site.
//!
//! Only `services::permissions` asks it; `docs/PERMISSIONS.md` is made from it.

use crate::accounts::{Powers, TokenScope};
use crate::labs::LabRole;
use crate::studies::StudyRole;

mod document;

pub use self::document::document;

crate::text_enum!(
    /// Something that a role may allow. Pages, programs and verbs use these names.
    Action {
        /// Reads a study's ad, protocol and log.
        ReadStudyDetails = "read_study_details",
        /// Changes a study's ad and protocol.
        WriteStudyDetails = "write_study_details",
        /// Submits, starts, pauses and ends a study.
        ChangeStudyStatus = "change_study_status",
        /// Adds people to a study, changes their roles, removes them.
        ManageStudyResearchers = "manage_study_researchers",
        /// Reads what children answered.
        ReadStudyResponseData = "read_study_response_data",
        /// Reads what previews stored.
        ReadStudyPreviewData = "read_study_preview_data",
        /// Accepts or rejects the consent that families gave.
        CodeStudyConsent = "code_study_consent",
        /// The same in previews.
        CodeStudyPreviewConsent = "code_study_preview_consent",
        /// Writes to families.
        ContactStudyParticipants = "contact_study_participants",
        /// Writes feedback that a family reads beside its response.
        EditStudyFeedback = "edit_study_feedback",
        /// Moves a study to another lab.
        ChangeStudyLab = "change_study_lab",
        /// Deletes what previews stored.
        DeleteAllPreviewData = "delete_all_preview_data",
        /// Approves a study or asks for changes.
        ApproveOrRejectStudy = "approve_or_reject_study",
        /// Makes a study in a lab.
        CreateLabAssociatedStudy = "create_lab_associated_study",
        /// Sees who belongs to a lab.
        ReadLabResearchers = "read_lab_researchers",
        /// Invites people to a lab, changes their roles, removes them.
        ManageLabResearchers = "manage_lab_researchers",
        /// Changes what a lab tells about itself.
        EditLabMetadata = "edit_lab_metadata",
        /// Approves a lab, so that it may submit studies, or takes the approval back.
        EditLabApproval = "edit_lab_approval",
        /// Looks after accounts: finds them, marks spam, resets second factors.
        ManageAccounts = "manage_accounts",
        /// Reads the whole audit.
        ReadAudit = "read_audit",
        /// Comments on a study for its people.
        CommentOnStudy = "comment_on_study",
    }
);

crate::text_enum!(
    /// What a member of staff may do on the whole site.
    StaffRole {
        /// Reviews studies, approves labs, looks after accounts. Sees no family's answers.
        SiteAdmin = "site_admin",
        /// May do everything.
        Superuser = "superuser",
    }
);

impl StaffRole {
    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::SiteAdmin => "Site admin",
            Self::Superuser => "Superuser",
        }
    }

    /// Whether the role allows it, on every lab and every study.
    pub const fn grants(self, action: Action) -> bool {
        match self {
            Self::Superuser => true,
            // They must be able to read what they approve.
            Self::SiteAdmin => matches!(
                action,
                Action::ApproveOrRejectStudy
                    | Action::ChangeStudyStatus
                    | Action::EditLabApproval
                    | Action::EditLabMetadata
                    | Action::ReadLabResearchers
                    | Action::ManageLabResearchers
                    | Action::ReadStudyDetails
                    | Action::ManageAccounts
                    | Action::ReadAudit
                    | Action::CommentOnStudy
            ),
        }
    }
}

impl LabRole {
    /// Whether the role allows it, in the lab and in each of its studies. No role of a lab reads
    /// what children answered: an admin can appoint somebody to a study, and that is recorded.
    pub const fn grants(self, action: Action) -> bool {
        match action {
            Action::CreateLabAssociatedStudy => {
                matches!(self, Self::Guest | Self::Member | Self::Admin)
            }
            Action::ReadLabResearchers | Action::CodeStudyPreviewConsent => {
                matches!(self, Self::Member | Self::Admin)
            }
            Action::ReadStudyDetails | Action::ReadStudyPreviewData | Action::CommentOnStudy => {
                matches!(self, Self::ReadOnly | Self::Member | Self::Admin)
            }
            Action::ManageLabResearchers
            | Action::EditLabMetadata
            | Action::DeleteAllPreviewData
            | Action::WriteStudyDetails
            | Action::ChangeStudyStatus
            | Action::ManageStudyResearchers => matches!(self, Self::Admin),
            _ => false,
        }
    }
}

impl StudyRole {
    /// Whether the role allows it in its study.
    pub const fn grants(self, action: Action) -> bool {
        match action {
            Action::ReadStudyDetails
            | Action::ReadStudyPreviewData
            | Action::CodeStudyPreviewConsent
            | Action::CommentOnStudy => true,
            Action::DeleteAllPreviewData => !matches!(self, Self::Preview),
            Action::WriteStudyDetails => matches!(self, Self::Design | Self::Manager | Self::Admin),
            Action::ChangeStudyStatus => matches!(
                self,
                Self::SubmissionProcessor | Self::Researcher | Self::Manager | Self::Admin
            ),
            Action::ManageStudyResearchers => matches!(self, Self::Manager | Self::Admin),
            Action::ReadStudyResponseData => {
                matches!(self, Self::Analysis | Self::Researcher | Self::Admin)
            }
            Action::CodeStudyConsent
            | Action::ContactStudyParticipants
            | Action::EditStudyFeedback => matches!(
                self,
                Self::SubmissionProcessor | Self::Researcher | Self::Admin
            ),
            Action::ChangeStudyLab => matches!(self, Self::Admin),
            _ => false,
        }
    }
}

/// What a peer reviewer, whom the study's members asked to look at it before its review, may do:
/// read it, try it out and comment on it.
pub const fn peer_reviewer_grants(action: Action) -> bool {
    matches!(action, Action::ReadStudyDetails | Action::CommentOnStudy)
}

/// The roles that a person has where they want to do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Role on the site.
    pub staff: Option<StaffRole>,
    /// Role in the lab, or in the study's lab.
    pub lab: Option<LabRole>,
    /// Role in the study.
    pub study: Option<StudyRole>,
    /// Whether the study's people asked this person for a peer review.
    pub is_peer_reviewer: bool,
}

impl Roles {
    /// Whether any of the roles allows it.
    pub fn grants(self, action: Action) -> bool {
        self.staff.is_some_and(|role| role.grants(action))
            || self.lab.is_some_and(|role| role.grants(action))
            || self.study.is_some_and(|role| role.grants(action))
            || (self.is_peer_reviewer && peer_reviewer_grants(action))
    }

    /// Whether somebody who may choose who works on a study may give or take this role in it. Staff
    /// and the lab's admins may deal with every role, though they don't hold all of its rights:
    /// somebody must be able to appoint. Everybody else grants at most what they may do themselves.
    pub fn may_appoint(self, role: StudyRole) -> bool {
        let mut granted = Action::ALL.iter().filter(|action| role.grants(**action));
        self.staff.is_some()
            || self.lab == Some(LabRole::Admin)
            || granted.all(|action| self.grants(*action))
    }

    /// Whether the person belongs to the study or to its lab, by whatever role.
    pub const fn is_member(self) -> bool {
        self.lab.is_some() || self.study.is_some()
    }
}

impl Action {
    /// What it is, in words that follow "may".
    pub const fn words(self) -> &'static str {
        match self {
            Self::ReadStudyDetails => "read studies: ad, protocol and log",
            Self::WriteStudyDetails => "change a study's ad and protocol",
            Self::ChangeStudyStatus => "submit, start, pause and end studies",
            Self::ManageStudyResearchers => "choose who works on a study",
            Self::ReadStudyResponseData => "read what children answered",
            Self::ReadStudyPreviewData => "read preview data",
            Self::CodeStudyConsent => "judge consent",
            Self::CodeStudyPreviewConsent => "judge consent in previews",
            Self::ContactStudyParticipants => "write to families",
            Self::EditStudyFeedback => "give families feedback",
            Self::ChangeStudyLab => "move a study to another lab",
            Self::DeleteAllPreviewData => "delete preview data",
            Self::ApproveOrRejectStudy => "approve studies or ask for changes",
            Self::CreateLabAssociatedStudy => "create studies in the lab",
            Self::ReadLabResearchers => "see who belongs to the lab",
            Self::ManageLabResearchers => "choose who belongs to the lab",
            Self::EditLabMetadata => "change the lab's description",
            Self::EditLabApproval => "approve labs",
            Self::ManageAccounts => "look after accounts",
            Self::ReadAudit => "read the audit of the whole site",
            Self::CommentOnStudy => "comment on a study",
        }
    }
}

/// What a role may do, each action in words that follow "may".
pub fn granted_words(grants: impl Fn(Action) -> bool) -> Vec<&'static str> {
    Action::ALL
        .iter()
        .copied()
        .filter(|action| grants(*action))
        .map(Action::words)
        .collect()
}

/// What a role may do, in words that follow its name or "you".
pub fn in_words(grants: impl Fn(Action) -> bool) -> String {
    match granted_words(grants).split_last() {
        None => "may do nothing yet".to_owned(),
        Some((only, [])) => format!("may {only}"),
        Some((last, rest)) => format!("may {}, and {last}", rest.join(", ")),
    }
}

impl Powers {
    /// The role on the whole site.
    pub const fn staff_role(self) -> Option<StaffRole> {
        match self {
            Self {
                is_superuser: true, ..
            } => Some(StaffRole::Superuser),
            Self { is_staff: true, .. } => Some(StaffRole::SiteAdmin),
            _ => None,
        }
    }
}

impl TokenScope {
    /// Whether a token of this scope may be used for an action that its owner is allowed.
    pub const fn covers(self, action: Action) -> bool {
        match self {
            // Responses can't be read without the study that they belong to.
            Self::ReadStudies => matches!(action, Action::ReadStudyDetails),
            Self::ReadResponses => matches!(
                action,
                Action::ReadStudyDetails
                    | Action::ReadStudyResponseData
                    | Action::ReadStudyPreviewData
            ),
            Self::WriteFeedback => matches!(action, Action::EditStudyFeedback),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table once more, written out by hand: Guest, Read-only, Member, Admin.
    #[test]
    fn roles_in_a_lab_grant_what_the_table_says() {
        use Action as A;
        let table: &[(A, &str)] = &[
            (A::CreateLabAssociatedStudy, "g.ma"),
            (A::ReadLabResearchers, "..ma"),
            (A::ManageLabResearchers, "...a"),
            (A::EditLabMetadata, "...a"),
            (A::ReadStudyDetails, ".rma"),
            (A::CommentOnStudy, ".rma"),
            (A::ReadStudyPreviewData, ".rma"),
            (A::CodeStudyPreviewConsent, "..ma"),
            (A::DeleteAllPreviewData, "...a"),
            (A::WriteStudyDetails, "...a"),
            (A::ChangeStudyStatus, "...a"),
            (A::ManageStudyResearchers, "...a"),
        ];
        for action in A::ALL {
            let expected = table
                .iter()
                .find(|(known, _)| known == action)
                .map_or("....", |(_, cells)| cells);
            for (role, cell) in LabRole::ALL.iter().zip(expected.chars()) {
                assert_eq!(role.grants(*action), cell != '.', "{role} {action}");
            }
        }
    }

    /// Preview, Design, Analysis, Submission processor, Researcher, Manager, Admin.
    #[test]
    fn roles_in_a_study_grant_what_the_table_says() {
        use Action as A;
        let table: &[(A, &str)] = &[
            (A::ReadStudyDetails, "xxxxxxx"),
            (A::CommentOnStudy, "xxxxxxx"),
            (A::ReadStudyPreviewData, "xxxxxxx"),
            (A::CodeStudyPreviewConsent, "xxxxxxx"),
            (A::DeleteAllPreviewData, ".xxxxxx"),
            (A::WriteStudyDetails, ".x...xx"),
            (A::ChangeStudyStatus, "...xxxx"),
            (A::ManageStudyResearchers, ".....xx"),
            (A::ReadStudyResponseData, "..x.x.x"),
            (A::CodeStudyConsent, "...xx.x"),
            (A::ContactStudyParticipants, "...xx.x"),
            (A::EditStudyFeedback, "...xx.x"),
            (A::ChangeStudyLab, "......x"),
        ];
        for action in A::ALL {
            let expected = table
                .iter()
                .find(|(known, _)| known == action)
                .map_or(".......", |(_, cells)| cells);
            for (role, cell) in StudyRole::ALL.iter().zip(expected.chars()) {
                assert_eq!(role.grants(*action), cell == 'x', "{role} {action}");
            }
        }
    }

    #[test]
    fn roles_add_up_and_nobody_starts_with_a_right() {
        for action in Action::ALL {
            assert!(!Roles::default().grants(*action));
            assert!(
                Roles {
                    staff: Some(StaffRole::Superuser),
                    ..Roles::default()
                }
                .grants(*action)
            );
        }
        let both = Roles {
            lab: Some(LabRole::Guest),
            study: Some(StudyRole::Analysis),
            ..Roles::default()
        };
        assert!(
            both.grants(Action::CreateLabAssociatedStudy)
                && both.grants(Action::ReadStudyResponseData)
                && !both.grants(Action::WriteStudyDetails)
        );
        let admin = Roles {
            staff: Some(StaffRole::SiteAdmin),
            ..Roles::default()
        };
        assert!(
            admin.grants(Action::ReadStudyDetails)
                && !admin.grants(Action::ReadStudyResponseData)
                && !admin.grants(Action::ContactStudyParticipants)
        );
    }

    /// Who may appoint whom in a study, written out by hand, in the order of the roles.
    #[test]
    fn nobody_but_staff_and_admins_of_labs_gives_more_than_they_have() {
        let of_study = |role| Roles {
            study: Some(role),
            ..Roles::default()
        };
        let table = [
            (of_study(StudyRole::Preview), "x......"),
            (of_study(StudyRole::Design), "xx....."),
            (of_study(StudyRole::Analysis), "x.x...."),
            (of_study(StudyRole::SubmissionProcessor), "x..x..."),
            (of_study(StudyRole::Researcher), "x.xxx.."),
            (of_study(StudyRole::Manager), "xx...x."),
            (of_study(StudyRole::Admin), "xxxxxxx"),
        ];
        for (roles, cells) in table {
            for (role, cell) in StudyRole::ALL.iter().zip(cells.chars()) {
                assert_eq!(roles.may_appoint(*role), cell == 'x', "{roles:?} {role}");
            }
        }
        let of_lab = |role| Roles {
            lab: Some(role),
            ..Roles::default()
        };
        let site_admin = Roles {
            staff: Some(StaffRole::SiteAdmin),
            ..Roles::default()
        };
        for role in StudyRole::ALL {
            assert!(of_lab(LabRole::Admin).may_appoint(*role) && site_admin.may_appoint(*role));
            assert!(!of_lab(LabRole::Guest).may_appoint(*role));
        }
    }

    #[test]
    fn rights_are_said_in_words() {
        assert_eq!(
            in_words(|action| LabRole::Guest.grants(action)),
            "may create studies in the lab"
        );
        assert!(
            in_words(|action| LabRole::ReadOnly.grants(action))
                .ends_with(", and comment on a study")
        );
    }

    #[test]
    fn the_document_says_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/PERMISSIONS.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        if written != document() {
            let made = std::env::temp_dir().join("PERMISSIONS.md");
            std::fs::write(&made, document()).unwrap();
            panic!(
                "docs/PERMISSIONS.md differs from the table. \
                 What it should be is in {}; copy it over.",
                made.display()
            );
        }
    }
}
