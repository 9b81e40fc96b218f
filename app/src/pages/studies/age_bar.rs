//! The ages of a study as a picture.

use chrono::NaiveDate;
use domain::studies::AgeRange;
use domain::studies::age::age_in_days;
use leptos::prelude::*;
use services::studies::ChildEligibility;

/// The picture ends at the 18th birthday, in days.
const ADULT: i64 = 6570;

/// Days of age, and the years that stand below them.
const TICKS: &[(i64, &str)] = &[
    (0, "0"),
    (365, "1"),
    (1095, "3"),
    (2190, "6"),
    (4380, "12"),
    (ADULT, "18"),
];

/// Where an age stands. Early months get more room than later years, as studies do.
fn place(days: i64) -> String {
    let days = i32::try_from(days.clamp(0, ADULT)).unwrap_or_default();
    let share = f64::from(days) / 6570.0;
    format!("{:.1}", 4.0 + 292.0 * share.sqrt())
}

/// A line from birth to adulthood with a study's ages, and each child, by name and days of age, as
/// a dot.
#[component]
pub fn AgeBar(ages: AgeRange, children: Vec<(String, i64)>) -> impl IntoView {
    let (low, high) = (place(ages.lowest_days()), place(ages.highest_days()));
    let names: Vec<_> = children.iter().map(|(name, _)| name.clone()).collect();
    let label = if names.is_empty() {
        format!("Ages: {}", ages.in_words())
    } else {
        format!("Ages: {}. Dots: {}.", ages.in_words(), names.join(", "))
    };
    let ticks = TICKS.iter().map(|(days, label)| {
        view! {
            <text class="age-bar-tick" x=place(*days) y="26">
                {*label}
            </text>
        }
    });
    let dots = children.into_iter().map(|(name, days)| {
        view! {
            <circle class="age-bar-child" cx=place(days) cy="9" r="6">
                <title>{name}</title>
            </circle>
        }
    });
    view! {
        <svg class="age-bar" viewBox="0 0 300 28" role="img" aria-label=label>
            <line class="age-bar-line" x1="4" y1="9" x2="296" y2="9" />
            <line class="age-bar-range" x1=low y1="9" x2=high y2="9" />
            {ticks.collect_view()}
            {dots.collect_view()}
        </svg>
    }
}

/// The children of a family as the bar takes them.
pub(super) fn dots(children: &[ChildEligibility], today: NaiveDate) -> Vec<(String, i64)> {
    children
        .iter()
        .map(|child| {
            let details = &child.child.details;
            let age = age_in_days(details.birthday, today);
            (details.given_name.clone(), age)
        })
        .collect()
}
