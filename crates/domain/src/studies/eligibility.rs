//! Whether a child fits a study, why not, and what is recorded. The rules in words are in
//! `docs/reference/eligibility.md`.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::age::{AgeRange, age_in_days};
use super::criteria::{Criteria, Traits};
use super::{StudyId, StudyKind};
use crate::families::child::ChildDetails;

crate::text_enum!(
    /// What is recorded with a response, once, when it begins. Downloads hold these texts.
    EligibilityCode {
        /// Age, expression and participation fit; it stands alone.
        Eligible = "Eligible",
        /// The criteria expression is not met.
        Criteria = "Ineligible_CriteriaExpression",
        /// A required study is missing or a forbidden one was done.
        Participation = "Ineligible_Participation",
        /// Older than the range.
        TooOld = "Ineligible_TooOld",
        /// Younger than the range.
        TooYoung = "Ineligible_TooYoung",
    }
);

/// One earlier response of the child to some study, as far as participation rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participation {
    /// The study that was answered.
    pub study: StudyId,
    /// How that study was run at the time of the response.
    pub kind: StudyKind,
    /// Whether at least one frame was stored.
    pub has_frames: bool,
    /// Whether a researcher only tried the study.
    pub is_preview: bool,
}

impl Participation {
    /// Whether the response counts: one of the frame player without a frame does not, others do
    /// even when empty. Previews never count. Withdrawn responses and those with rejected consent
    /// do, because the child has seen the study.
    pub fn counts(&self) -> bool {
        !self.is_preview && (self.kind != StudyKind::FramePlayer || self.has_frames)
    }
}

/// The rules of one study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// The ages it is for.
    pub ages: AgeRange,
    /// Parsed expression; `None` when the stored text can't be parsed. Such a study fits nobody,
    /// and its researchers are told: guessing would recruit the wrong children, and failing would
    /// take the family's page down.
    pub criteria: Option<Criteria>,
    /// Studies that the child must have done, all of them.
    pub must: BTreeSet<StudyId>,
    /// Studies that the child must not have done, any of them.
    pub must_not: BTreeSet<StudyId>,
}

/// The child that is judged.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What its family told.
    pub details: &'a ChildDetails,
    /// Its earlier responses to any study.
    pub responses: &'a [Participation],
    /// Today, in the time zone that the site judges by.
    pub today: NaiveDate,
}

/// Why a child does not fit, as facts that a page can put into a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Not old enough yet.
    TooYoung {
        /// First day on which the age fits.
        opens_on: NaiveDate,
    },
    /// Too old by now.
    TooOld {
        /// Last day on which the age fitted.
        closed_on: NaiveDate,
    },
    /// Required studies that the child has not done.
    Missing(Vec<StudyId>),
    /// Forbidden studies that the child has done.
    AlreadyDone(Vec<StudyId>),
    /// The expression is not met.
    Criteria,
}

impl Mismatch {
    /// The code that is recorded.
    pub fn code(&self) -> EligibilityCode {
        match self {
            Self::TooYoung { .. } => EligibilityCode::TooYoung,
            Self::TooOld { .. } => EligibilityCode::TooOld,
            Self::Missing(_) | Self::AlreadyDone(_) => EligibilityCode::Participation,
            Self::Criteria => EligibilityCode::Criteria,
        }
    }
}

impl Eligibility {
    /// Everything that speaks against the child, in the order in which a family should read it;
    /// empty when it fits.
    pub fn mismatches(&self, child: Candidate<'_>) -> Vec<Mismatch> {
        // East of UTC a child may be born on a day that has not begun by the site's calendar.
        let age_days = age_in_days(child.details.birthday, child.today).max(0);
        let mut found = Vec::new();
        match self.ages.distance(age_days) {
            0 => {}
            distance if distance < 0 => found.push(Mismatch::TooYoung {
                opens_on: self.ages.opens_on(child.details.birthday),
            }),
            _ => found.push(Mismatch::TooOld {
                closed_on: self.ages.closes_on(child.details.birthday),
            }),
        }
        let done: BTreeSet<StudyId> = child
            .responses
            .iter()
            .filter(|response| response.counts())
            .map(|response| response.study)
            .collect();
        let missing: Vec<StudyId> = self.must.difference(&done).copied().collect();
        let already_done: Vec<StudyId> = self.must_not.intersection(&done).copied().collect();
        if !missing.is_empty() {
            found.push(Mismatch::Missing(missing));
        }
        if !already_done.is_empty() {
            found.push(Mismatch::AlreadyDone(already_done));
        }
        let traits = Traits {
            age_days,
            gender: child.details.gender,
            gestational_age: child.details.gestational_age,
            languages: child.details.languages,
            conditions: child.details.conditions,
        };
        if !self
            .criteria
            .as_ref()
            .is_some_and(|criteria| criteria.holds(&traits))
        {
            found.push(Mismatch::Criteria);
        }
        found
    }

    /// The codes to record: `Eligible` alone, or every reason once, sorted by their text.
    pub fn codes(mismatches: &[Mismatch]) -> Vec<EligibilityCode> {
        if mismatches.is_empty() {
            return vec![EligibilityCode::Eligible];
        }
        let codes: BTreeSet<EligibilityCode> = mismatches.iter().map(Mismatch::code).collect();
        codes.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::child::ChildForm;

    fn details() -> ChildDetails {
        ChildForm {
            given_name: "Sam".into(),
            birthday: "2024-01-01".into(),
            gender: "f".into(),
            ..ChildForm::default()
        }
        .check("2026-11-24".parse().unwrap(), None)
        .unwrap()
    }

    fn study(number: u128) -> StudyId {
        StudyId(uuid::Uuid::from_u128(number))
    }

    fn rules(expression: &str, must: &[u128], must_not: &[u128]) -> Eligibility {
        Eligibility {
            ages: AgeRange {
                min_years: 2,
                max_years: 4,
                ..AgeRange::default()
            },
            criteria: Criteria::parse(expression).ok(),
            must: must.iter().copied().map(study).collect(),
            must_not: must_not.iter().copied().map(study).collect(),
        }
    }

    fn response(number: u128) -> Participation {
        Participation {
            study: study(number),
            kind: StudyKind::FramePlayer,
            has_frames: true,
            is_preview: false,
        }
    }

    fn codes(rules: &Eligibility, responses: &[Participation], today: &str) -> String {
        let found = rules.mismatches(Candidate {
            details: &details(),
            responses,
            today: today.parse().unwrap(),
        });
        Eligibility::codes(&found)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn every_reason_is_recorded_once_and_sorted() {
        assert_eq!(codes(&rules("", &[], &[]), &[], "2026-11-24"), "Eligible");
        assert_eq!(
            codes(&rules("deaf", &[1], &[2]), &[response(2)], "2024-06-01"),
            "Ineligible_CriteriaExpression Ineligible_Participation Ineligible_TooYoung"
        );
        assert_eq!(
            codes(&rules("", &[], &[]), &[], "2029-06-01"),
            "Ineligible_TooOld"
        );
    }

    #[test]
    fn a_baby_of_tomorrow_by_utc_is_of_no_age_and_fits() {
        let rules = Eligibility {
            ages: AgeRange {
                max_days: 7,
                ..AgeRange::default()
            },
            ..rules("", &[], &[])
        };
        for today in ["2023-12-31", "2024-01-01", "2024-01-08"] {
            assert_eq!(codes(&rules, &[], today), "Eligible", "{today}");
        }
    }

    #[test]
    fn participation_asks_for_all_and_forbids_any() {
        let is_eligible = |must: &[u128], must_not: &[u128], responses: &[Participation]| {
            codes(&rules("", must, must_not), responses, "2026-11-24") == "Eligible"
        };
        assert!(!is_eligible(&[1, 2], &[], &[response(1), response(1)]));
        assert!(is_eligible(&[1, 2], &[], &[response(1), response(2)]));
        assert!(!is_eligible(&[], &[1, 2], &[response(2)]));
        assert!(!is_eligible(&[1], &[1], &[response(1)]));
    }

    #[test]
    fn empty_player_responses_and_previews_do_not_count() {
        let empty = Participation {
            has_frames: false,
            ..response(1)
        };
        assert!(!empty.counts());
        assert!(
            Participation {
                kind: StudyKind::External,
                ..empty
            }
            .counts()
        );
        assert!(
            Participation {
                kind: StudyKind::JsPsych,
                ..empty
            }
            .counts()
        );
        assert!(
            !Participation {
                is_preview: true,
                ..response(1)
            }
            .counts(),
            "previews"
        );
    }

    #[test]
    fn a_family_learns_the_day() {
        let found = rules("", &[], &[]).mismatches(Candidate {
            details: &details(),
            responses: &[],
            today: "2025-12-30".parse().unwrap(),
        });
        assert_eq!(
            found,
            [Mismatch::TooYoung {
                opens_on: "2025-12-31".parse().unwrap()
            }]
        );
    }

    #[test]
    fn a_broken_expression_fits_nobody() {
        assert_eq!(
            codes(&rules("nonsense", &[], &[]), &[], "2026-11-24"),
            "Ineligible_CriteriaExpression"
        );
    }
}
