use proptest::prelude::*;

use super::*;
use crate::labs::LabRole;
use crate::permissions::StaffRole;
use crate::studies::StudyRole;

/// The table of states, written out once more by hand.
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

fn standings() -> Vec<Roles> {
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
                    studies.iter().map(|study| Roles {
                        staff: *staff,
                        lab: *lab,
                        study: *study,
                        ..Roles::default()
                    })
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Every combination of roles: who may approve, and who may do the rest.
#[test]
fn only_those_may_whom_the_reference_names() {
    for roles in standings() {
        let is_staff = roles.staff.is_some();
        let may_change = is_staff
            || roles.lab == Some(LabRole::Admin)
            || matches!(
                roles.study,
                Some(
                    StudyRole::SubmissionProcessor
                        | StudyRole::Researcher
                        | StudyRole::Manager
                        | StudyRole::Admin
                )
            );
        let is_member = roles.lab.is_some() || roles.study.is_some();
        for transition in Transition::ALL {
            for state in StudyState::ALL {
                let about = TransitionContext {
                    roles,
                    is_own: false,
                    is_lab_approved: true,
                    is_ready: true,
                };
                let may = match transition {
                    Transition::Approve => is_staff && !is_member,
                    Transition::Reject => is_staff,
                    _ => may_change,
                };
                let expected = transition.from(*state).filter(|_| may);
                assert_eq!(
                    transition.check(*state, about).ok(),
                    expected,
                    "{transition} from {state} by {roles:?}"
                );
                assert_eq!(
                    Transition::offered(*state, roles, false).contains(transition),
                    expected.is_some()
                );
                let own = TransitionContext {
                    is_own: true,
                    ..about
                };
                assert_eq!(
                    transition.check(*state, own).ok(),
                    expected.filter(|_| *transition != Transition::Approve),
                    "nobody approves what they made or submitted"
                );
                let unapproved = transition.check(
                    *state,
                    TransitionContext {
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
                    TransitionContext {
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
fn steps() -> impl Strategy<Value = Vec<(usize, usize, bool, bool)>> {
    prop::collection::vec(
        (
            0..=Transition::ALL.len(),
            any::<prop::sample::Index>().prop_map(|index| index.index(120)),
            any::<bool>(),
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
        for (step, who, is_own, is_lab_approved) in steps {
            let roles = all[who % all.len()];
            match Transition::ALL.get(step) {
                Some(transition) => {
                    let is_ready = true;
                    let about = TransitionContext { roles, is_own, is_lab_approved, is_ready };
                    let Ok(next) = transition.check(state, about) else { continue };
                    match transition {
                        Transition::Submit | Transition::Resubmit => pinned = Some(content),
                        Transition::Approve => {
                            prop_assert!(roles.staff.is_some() && !roles.is_member() && !is_own);
                            prop_assert_eq!(
                                pinned,
                                Some(content),
                                "what is approved is what was submitted"
                            );
                            approved = pinned;
                        }
                        _ => {}
                    }
                    state = next;
                }
                None if roles.grants(Action::WriteStudyDetails)
                    && state != StudyState::Archived =>
                {
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
