//! The age rule: a year counts 365 days and a month 30, both bounds are inclusive
//! (`docs/reference/eligibility.md`).

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

/// Days that a year of a study's bounds stands for.
pub const DAYS_PER_YEAR: i64 = 365;
/// Days that a month of a study's bounds stands for.
pub const DAYS_PER_MONTH: i64 = 30;

/// The ages that a study is for: from the sum of the first three to the sum of the last three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "each is a number of years, months or days, as its name says"
)]
pub struct AgeRange {
    pub min_years: u16,
    pub min_months: u16,
    pub min_days: u16,
    pub max_years: u16,
    pub max_months: u16,
    pub max_days: u16,
}

impl AgeRange {
    /// Youngest age, in days.
    pub fn lowest_days(&self) -> i64 {
        days(self.min_years, self.min_months, self.min_days)
    }

    /// Oldest age, in days.
    pub fn highest_days(&self) -> i64 {
        days(self.max_years, self.max_months, self.max_days)
    }

    /// Signed distance in days of an age from the range: negative is too young, positive too old,
    /// zero fits.
    ///
    /// The lower bound is looked at first, so a range whose bounds are in the wrong order judges
    /// small ages by it.
    pub fn distance(&self, age_days: i64) -> i64 {
        let (low, high) = (self.lowest_days(), self.highest_days());
        if age_days <= low {
            age_days - low
        } else if age_days >= high {
            age_days - high
        } else {
            0
        }
    }

    /// First day on which a child born on `birthday` is old enough.
    pub fn opens_on(&self, birthday: NaiveDate) -> NaiveDate {
        birthday
            .checked_add_days(Days::new(self.lowest_days().unsigned_abs()))
            .unwrap_or(NaiveDate::MAX)
    }

    /// Last day on which a child born on `birthday` is young enough.
    pub fn closes_on(&self, birthday: NaiveDate) -> NaiveDate {
        birthday
            .checked_add_days(Days::new(self.highest_days().unsigned_abs()))
            .unwrap_or(NaiveDate::MAX)
    }

    /// Both bounds in full, in words that follow "children": "from 2 years to 3 years".
    pub fn from_to(&self) -> String {
        if self.highest_days() == 0 {
            return "of an age that is not chosen yet".to_owned();
        }
        let low = bound(self.min_years, self.min_months, self.min_days)
            .unwrap_or_else(|| "birth".to_owned());
        let high = bound(self.max_years, self.max_months, self.max_days)
            .unwrap_or_else(|| "birth".to_owned());
        if low == high {
            format!("of {low}")
        } else {
            format!("from {low} to {high}")
        }
    }

    /// The range in words: "6 months to 2 years". A range without an upper bound is one that
    /// nobody has filled in yet: no study can be submitted with it.
    pub fn in_words(&self) -> String {
        if self.highest_days() == 0 {
            return "not chosen yet".to_owned();
        }
        let has_years_only = [
            self.min_months,
            self.min_days,
            self.max_months,
            self.max_days,
        ]
        .iter()
        .all(|part| *part == 0);
        if has_years_only && 0 < self.min_years && self.min_years < self.max_years {
            return format!("{} to {} years", self.min_years, self.max_years);
        }
        let low = bound(self.min_years, self.min_months, self.min_days);
        let high = bound(self.max_years, self.max_months, self.max_days);
        match (low, high) {
            (None, Some(high)) => format!("birth to {high}"),
            (Some(low), Some(high)) if low == high => low,
            (Some(low), Some(high)) => format!("{low} to {high}"),
            (low, None) => low.unwrap_or_default(),
        }
    }
}

/// A child's age in whole days on a calendar day, below nothing before it is born.
pub fn age_in_days(birthday: NaiveDate, today: NaiveDate) -> i64 {
    (today - birthday).num_days()
}

/// A child's age in days as a real number, counted from midnight UTC of its birthday. The server
/// and the player resolve a protocol with it, so both must count alike. East of UTC a child may be
/// born on a day that has not begun by the site's calendar: its age is nothing.
pub fn exact_age_days(birthday: NaiveDate, now: DateTime<Utc>) -> f64 {
    let minutes = (now - birthday.and_time(NaiveTime::MIN).and_utc()).num_minutes();
    f64::from(i32::try_from(minutes.max(0)).unwrap_or(i32::MAX)) / 1440.0
}

fn days(years: u16, months: u16, days: u16) -> i64 {
    DAYS_PER_YEAR * i64::from(years) + DAYS_PER_MONTH * i64::from(months) + i64::from(days)
}

fn bound(years: u16, months: u16, days: u16) -> Option<String> {
    let part = |count: u16, unit: &str| match count {
        0 => None,
        1 => Some(format!("1 {unit}")),
        _ => Some(format!("{count} {unit}s")),
    };
    let parts: Vec<String> = [
        part(years, "year"),
        part(months, "month"),
        part(days, "day"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(low: (u16, u16, u16), high: (u16, u16, u16)) -> AgeRange {
        AgeRange {
            min_years: low.0,
            min_months: low.1,
            min_days: low.2,
            max_years: high.0,
            max_months: high.1,
            max_days: high.2,
        }
    }

    #[test]
    fn the_pinned_examples_hold() {
        let year = range((0, 11, 30), (1, 0, 0));
        assert_eq!((year.lowest_days(), year.highest_days()), (360, 365));
        assert_eq!(
            [359, 360, 361, 364, 365, 366].map(|age| year.distance(age)),
            [-1, 0, 0, 0, 0, 1]
        );
        let school = range((5, 2, 15), (10, 8, 4));
        assert_eq!((school.lowest_days(), school.highest_days()), (1900, 3894));
    }

    #[test]
    fn a_range_of_nothing_is_the_day_of_birth() {
        assert_eq!(
            [-1, 0, 1].map(|age| AgeRange::default().distance(age)),
            [-1, 0, 1]
        );
    }

    #[test]
    fn words_are_short() {
        assert_eq!(
            range((0, 6, 0), (2, 0, 0)).in_words(),
            "6 months to 2 years"
        );
        assert_eq!(
            range((0, 0, 0), (1, 0, 1)).in_words(),
            "birth to 1 year, 1 day"
        );
        assert_eq!(range((3, 0, 0), (3, 0, 0)).in_words(), "3 years");
        assert_eq!(range((3, 0, 0), (8, 0, 0)).in_words(), "3 to 8 years");
    }

    #[test]
    fn ages_that_nobody_chose_say_so() {
        let unset = AgeRange::default();
        assert_eq!(unset.in_words(), "not chosen yet");
        assert_eq!(unset.from_to(), "of an age that is not chosen yet");
        let from_birth = range((0, 0, 0), (2, 0, 0));
        assert_eq!(from_birth.in_words(), "birth to 2 years");
        assert_eq!(from_birth.from_to(), "from birth to 2 years");
    }

    #[test]
    fn the_exact_age_counts_parts_of_days() {
        assert!(
            (exact_age_days(
                "2026-11-22".parse().unwrap(),
                "2026-11-24T18:00:00Z".parse().unwrap()
            ) - 2.75)
                .abs()
                < 1e-9
        );
    }

    #[test]
    fn a_child_that_is_born_tomorrow_by_utc_is_of_age_nothing() {
        let born = "2026-11-25".parse().unwrap();
        let now = "2026-11-24T20:00:00Z".parse().unwrap();
        assert!(exact_age_days(born, now).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn a_child_fits_exactly_between_the_day_it_opens_and_the_day_it_closes(
            low in (0_u16..19, 0_u16..12, 0_u16..32),
            high in (0_u16..19, 0_u16..12, 0_u16..32),
            born in 0_u32..3000,
            age in 0_i64..8000,
        ) {
            let ages = range(low, high);
            prop_assume!(ages.lowest_days() <= ages.highest_days());
            let first = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap();
            let birthday = first + chrono::Duration::days(born.into());
            let today = birthday + chrono::Duration::days(age);
            let is_eligible = ages.distance(age_in_days(birthday, today)) == 0;
            let is_open = ages.opens_on(birthday) <= today && today <= ages.closes_on(birthday);
            prop_assert_eq!(is_eligible, is_open);
        }
    }
}
