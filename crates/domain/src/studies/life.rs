//! The life of a study: which state follows which, and who may bring it about (`domain.md` §2.1 to
//! §2.5).

use serde::{Deserialize, Serialize};

use super::StudyState;
use crate::permissions::{Action, Standing};

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
pub struct Circumstances {
    /// The roles of the person.
    pub standing: Standing,
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
                "The study goes to the site's reviewers as it is now. You hear from them by e-mail."
            }
            Self::Resubmit => {
                "The study goes back to the reviewers. They see what changed since the version that they approved last."
            }
            Self::Retract => {
                "The study leaves the queue of the reviewers. You can submit it again at any time."
            }
            Self::Approve => {
                "The lab may start collecting data with the version that is shown here."
            }
            Self::Reject => {
                "The study can't collect data until it was changed and submitted again. Your words go to the lab by e-mail."
            }
            Self::Activate => "Families can take part from now on.",
            Self::Pause => {
                "Families can't begin the study until you start it again. No new review is needed. Visits that have begun go on."
            }
            Self::Deactivate => {
                "Collecting ends. To collect again, the study needs another review."
            }
            Self::Archive => {
                "The study leaves all lists. Its responses stay. This can't be taken back."
            }
        }
    }

    /// Whether this may happen now, and where it leads. The one rule that pages and verbs both ask.
    pub fn check(self, state: StudyState, about: Circumstances) -> Result<StudyState, StudyError> {
        let next = self.from(state).ok_or(StudyError::InvalidTransition {
            from: state,
            transition: self,
        })?;
        if !about.standing.grants(self.action()) {
            return Err(StudyError::NotAllowed);
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
    pub fn offered(state: StudyState, standing: Standing) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|transition| {
                transition.from(state).is_some() && standing.grants(transition.action())
            })
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
            Self::Created => "Write it, try it, and submit it for review when it is ready.",
            Self::Submitted => "It waits for the site's reviewers.",
            Self::Rejected => {
                "It needs changes, or was changed, and has to be submitted again before it can collect data."
            }
            Self::Retracted => "It was withdrawn from review. Submit it again when it is ready.",
            Self::Approved => "It may collect data. Start it when you are ready.",
            Self::Active => "Families can take part.",
            Self::Paused => "Families can't begin it. It can be started again without a review.",
            Self::Deactivated => "Collecting has ended.",
            Self::Archived => "It is in no list any more.",
        }
    }
}

/// What a lab declares with a submission: key as it is stored (`domain.md` §2.4), and its words.
pub const DECLARATIONS: &[(&str, &str)] = &[
    (
        "issue_deception",
        "Families or children are deceived, or something is held back from them",
    ),
    ("issue_length", "A visit takes longer than 30 minutes"),
    (
        "issue_consent",
        "Consent is asked for in another way than by the standard consent frame",
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
    ("collecting_data", "Data are being collected already"),
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::labs::LabRole;
    use crate::permissions::StaffRole;
    use crate::studies::StudyRole;

    /// The table of the reference (`domain.md` §2.2), written out once more by hand.
    #[test]
    fn states_follow_as_the_reference_says() {
        use StudyState as S;
        use Transition as T;
        let table: &[(T, &[S], S)] = &[
            (T::Submit, &[S::Created], S::Submitted),
            (T::Resubmit, &[S::Rejected, S::Retracted], S::Submitted),
            (T::Retract, &[S::Submitted], S::Retracted),
            (T::Approve, &[S::Submitted], S::Approved),
            (
                T::Reject,
                &[
                    S::Submitted,
                    S::Active,
                    S::Paused,
                    S::Deactivated,
                    S::Approved,
                ],
                S::Rejected,
            ),
            (T::Activate, &[S::Approved, S::Paused], S::Active),
            (T::Pause, &[S::Active], S::Paused),
            (T::Deactivate, &[S::Active, S::Paused], S::Deactivated),
            (
                T::Archive,
                &[
                    S::Created,
                    S::Submitted,
                    S::Rejected,
                    S::Retracted,
                    S::Approved,
                    S::Active,
                    S::Paused,
                    S::Deactivated,
                ],
                S::Archived,
            ),
        ];
        for transition in T::ALL {
            let (_, from, to) = table
                .iter()
                .find(|(known, _, _)| known == transition)
                .unwrap();
            for state in S::ALL {
                assert_eq!(
                    transition.from(*state),
                    from.contains(state).then_some(*to),
                    "{transition} from {state}"
                );
            }
        }
    }

    fn standings() -> Vec<Standing> {
        let staff = [None, Some(StaffRole::SiteAdmin), Some(StaffRole::Superuser)];
        let labs: Vec<_> = std::iter::once(None)
            .chain(LabRole::ALL.iter().copied().map(Some))
            .collect();
        let studies: Vec<_> = std::iter::once(None)
            .chain(StudyRole::ALL.iter().copied().map(Some))
            .collect();
        staff
            .iter()
            .flat_map(|staff| {
                labs.iter()
                    .flat_map(|lab| {
                        studies.iter().map(|study| Standing {
                            staff: *staff,
                            lab: *lab,
                            study: *study,
                            ..Standing::default()
                        })
                    })
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Every combination of roles: who may approve, and who may do the rest (`domain.md` §2.3).
    #[test]
    fn only_those_may_whom_the_reference_names() {
        for standing in standings() {
            let is_staff = standing.staff.is_some();
            let may_change = is_staff
                || standing.lab == Some(LabRole::Admin)
                || matches!(
                    standing.study,
                    Some(
                        StudyRole::SubmissionProcessor
                            | StudyRole::Researcher
                            | StudyRole::Manager
                            | StudyRole::Admin
                    )
                );
            for transition in Transition::ALL {
                for state in StudyState::ALL {
                    let about = Circumstances {
                        standing,
                        is_lab_approved: true,
                        is_ready: true,
                    };
                    let may = if matches!(transition, Transition::Approve | Transition::Reject) {
                        is_staff
                    } else {
                        may_change
                    };
                    let expected = transition.from(*state).filter(|_| may);
                    assert_eq!(
                        transition.check(*state, about).ok(),
                        expected,
                        "{transition} from {state} by {standing:?}"
                    );
                    assert_eq!(
                        Transition::offered(*state, standing).contains(transition),
                        expected.is_some()
                    );
                    let unapproved = transition.check(
                        *state,
                        Circumstances {
                            is_lab_approved: false,
                            ..about
                        },
                    );
                    assert_eq!(
                        unapproved.is_ok(),
                        expected.is_some()
                            && !matches!(
                                transition,
                                Transition::Submit
                                    | Transition::Resubmit
                                    | Transition::Approve
                                    | Transition::Activate
                            )
                    );
                    let unready = transition.check(
                        *state,
                        Circumstances {
                            is_ready: false,
                            ..about
                        },
                    );
                    assert_eq!(unready.is_ok(), unapproved.is_ok());
                }
            }
        }
    }

    /// A step of a study's life: somebody does something, or somebody edits it.
    fn steps() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
        prop::collection::vec(
            (
                0..=Transition::ALL.len(),
                any::<prop::sample::Index>().prop_map(|index| index.index(120)),
                any::<bool>(),
            ),
            0..60,
        )
    }

    proptest! {
        /// Nothing is collected with contents that no member of staff approved, whoever does what
        /// in whatever order.
        #[test]
        fn there_is_no_way_to_active_without_approval(steps in steps()) {
            let all = standings();
            let mut state = StudyState::Created;
            let (mut content, mut approved, mut pinned) = (0_u32, None, None);
            for (step, who, is_lab_approved) in steps {
                let standing = all[who % all.len()];
                match Transition::ALL.get(step) {
                    Some(transition) => {
                        let Ok(next) = transition.check(state, Circumstances { standing, is_lab_approved, is_ready: true }) else { continue };
                        match transition {
                            Transition::Submit | Transition::Resubmit => pinned = Some(content),
                            Transition::Approve => {
                                prop_assert!(standing.staff.is_some());
                                prop_assert_eq!(pinned, Some(content), "what is approved is what was submitted");
                                approved = pinned;
                            }
                            _ => {}
                        }
                        state = next;
                    }
                    None if standing.grants(Action::WriteStudyDetails) && state != StudyState::Archived => {
                        content += 1;
                        state = state.after_edit();
                    }
                    None => {}
                }
                if state.is_approved() {
                    prop_assert_eq!(approved, Some(content), "in state {}", state);
                }
            }
        }

        #[test]
        fn archived_is_the_end(step in 0..Transition::ALL.len()) {
            prop_assert_eq!(Transition::ALL[step].from(StudyState::Archived), None);
        }
    }

    #[test]
    fn declarations_keep_what_is_known() {
        let declared = Declarations::of(
            &[
                "issue_length".into(),
                "nonsense".into(),
                "issue_deception".into(),
            ],
            "because",
        );
        assert_eq!(declared.keys, ["issue_deception", "issue_length"]);
        assert_eq!(declared.words().len(), 2);
    }
}
