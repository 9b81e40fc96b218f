//! Why a child does not fit a study, in sentences for its parent.

use chrono::NaiveDate;
use domain::families::child::birthday_at;
use domain::studies::{AgeRange, Mismatch, StudyId};
use services::studies::{ChildEligibility, StudyPage};

use crate::parts::day;
use crate::words::and;

pub(super) fn mismatch_in_words(
    found: &StudyPage,
    child: &ChildEligibility,
    mismatch: &Mismatch,
) -> String {
    let name = &child.child.details.given_name;
    let study = &found.study;
    match mismatch {
        Mismatch::TooYoung { opens_on } => too_young(
            name,
            child.child.details.birthday,
            &study.ad.ages,
            *opens_on,
        ),
        Mismatch::TooOld { .. } => format!(
            "{name} is older than this study asks for: it is for ages {}.",
            study.ad.ages.in_words()
        ),
        Mismatch::Missing(ids) => format!(
            "This study follows {}, which {name} has not done yet.",
            names(found, ids)
        ),
        Mismatch::AlreadyDone(ids) => format!(
            "{name} has done {}, and this study needs children who have not.",
            names(found, ids)
        ),
        Mismatch::Criteria if study.ad.criteria.trim().is_empty() => format!(
            "From what you told us, {name} is not in the group of children that the researchers \
             are looking for."
        ),
        Mismatch::Criteria => format!(
            "The researchers are looking for: {} From what you told us, {name} is not in that \
             group.",
            sentence(&study.ad.criteria)
        ),
    }
}

/// A year of a study's bounds is 365 days, so the day on which it opens may be a little before the
/// birthday.
fn too_young(name: &str, born: NaiveDate, ages: &AgeRange, opens_on: NaiveDate) -> String {
    let age = u32::from(ages.min_years);
    let birthday = birthday_at(born, age);
    let is_about_that_birthday = age > 0
        && ages.min_months == 0
        && ages.min_days == 0
        && (opens_on - birthday).num_days().abs() <= 5;
    let (birthday, opens) = (day(birthday), day(opens_on));
    if is_about_that_birthday && opens == birthday {
        format!("{name} turns {age} on {birthday} and can take part from that day.")
    } else if is_about_that_birthday {
        format!("{name} can take part from {opens}, just before turning {age}.")
    } else {
        format!("{name} is still too young. The study opens for {name} on {opens}.")
    }
}

/// Names of other studies; those that this family may not know of stay unnamed.
fn names(found: &StudyPage, ids: &[StudyId]) -> String {
    let names: Vec<String> = ids
        .iter()
        .map(|id| match found.named.get(id) {
            Some(name) => format!("\u{201c}{name}\u{201d}"),
            None => "another study".to_owned(),
        })
        .collect();
    and(&names)
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(born: &str, opens_on: &str, age: (u16, u16)) -> String {
        let ages = AgeRange {
            min_years: age.0,
            min_months: age.1,
            max_years: 8,
            ..AgeRange::default()
        };
        too_young(
            "Mika",
            born.parse().unwrap(),
            &ages,
            opens_on.parse().unwrap(),
        )
    }

    #[test]
    fn a_study_that_opens_around_a_birthday_names_one_day() {
        assert_eq!(
            words("2025-09-01", "2026-09-01", (1, 0)),
            "Mika turns 1 on 1 September 2026 and can take part from that day."
        );
        assert_eq!(
            words("2026-09-01", "2029-08-31", (3, 0)),
            "Mika can take part from 31 August 2029, just before turning 3."
        );
        assert_eq!(
            words("2026-09-01", "2027-02-28", (0, 6)),
            "Mika is still too young. The study opens for Mika on 28 February 2027."
        );
    }
}
