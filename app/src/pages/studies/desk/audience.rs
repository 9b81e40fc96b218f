//! Whom a study is for.

use domain::studies::criteria::audience;
use domain::studies::{Ad, AgeRange, Criteria};

/// Whom a study is for, in words; an expression that can't be read says so.
pub fn audience_line(ad: &Ad) -> String {
    match Criteria::parse(ad.criteria_expression.trim()) {
        Ok(criteria) => audience(&ad.ages, &criteria),
        Err(error) => format!("nobody yet: please correct the criteria expression {error}"),
    }
}

/// The ages in days.
pub fn age_line(ages: &AgeRange) -> String {
    format!(
        "{} to {} days: a year counts 365 days here, a month 30.",
        ages.lowest_days(),
        ages.highest_days()
    )
}
