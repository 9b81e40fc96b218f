//! Ages as people say them, and as published data round them. What a study compares is
//! [`crate::studies::age`].

use chrono::{Datelike, Months, NaiveDate};

/// An age in the words that people use for it: days up to two weeks, weeks up to three months,
/// months up to two years, then years with months, and from six on whole years.
pub fn age_in_words(birthday: NaiveDate, today: NaiveDate) -> String {
    let days = (today - birthday).num_days();
    // The day begins earlier in the east than by the site's calendar.
    let days = if days == -1 { 0 } else { days };
    let plural = |count: i64, unit: &str| {
        if count == 1 {
            format!("1 {unit}")
        } else {
            format!("{count} {unit}s")
        }
    };
    if days < 0 {
        return "not born yet".to_owned();
    }
    if days < 14 {
        return format!("{} old", plural(days, "day"));
    }
    let months = i64::from(whole_months(birthday, today));
    if months < 3 {
        return format!("{} old", plural(days / 7, "week"));
    }
    if months < 24 {
        return format!("{} old", plural(months, "month"));
    }
    let (years, rest) = (months / 12, months % 12);
    if rest == 0 || years >= 6 {
        format!("{} old", plural(years, "year"))
    } else {
        format!("{}, {} old", plural(years, "year"), plural(rest, "month"))
    }
}

fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    let months = (to.year() - from.year()) * 12 + i32::try_from(to.month()).unwrap_or_default()
        - i32::try_from(from.month()).unwrap_or_default();
    let is_partial = to.day() < from.day();
    u32::try_from(months - i32::from(is_partial)).unwrap_or_default()
}

/// The day on which somebody born on `birthday` turns `age` years old. Leap-day children celebrate
/// on 28 February.
pub fn birthday_at(birthday: NaiveDate, age: u32) -> NaiveDate {
    birthday
        .checked_add_months(Months::new(12 * age))
        .unwrap_or(NaiveDate::MAX)
}

/// An age in days, coarse enough to be published: to the nearest ten up to 360, to the nearest
/// thirty above, halves to the even multiple (`docs/reference/downloads.md`).
pub fn rounded_age(days: i64) -> i64 {
    let step = if days <= 360 { 10 } else { 30 };
    let (whole, rest) = (days.div_euclid(step), days.rem_euclid(step));
    let is_up = 2 * rest > step || (2 * rest == step && whole % 2 != 0);
    (whole + i64::from(is_up)) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn ages_read_as_people_say_them() {
        let today = day("2026-11-24");
        for (birthday, words) in [
            ("2026-11-23", "1 day old"),
            ("2026-10-01", "7 weeks old"),
            ("2026-08-24", "3 months old"),
            ("2025-11-25", "11 months old"),
            ("2024-12-24", "23 months old"),
            ("2024-11-24", "2 years old"),
            ("2023-09-20", "3 years, 2 months old"),
            ("2018-01-01", "8 years old"),
            ("2026-11-25", "0 days old"),
            ("2026-11-26", "not born yet"),
        ] {
            assert_eq!(age_in_words(day(birthday), today), words, "{birthday}");
        }
    }

    #[test]
    fn leap_day_children_have_birthdays_too() {
        assert_eq!(birthday_at(day("2024-02-29"), 3), day("2027-02-28"));
        assert_eq!(birthday_at(day("2024-02-29"), 4), day("2028-02-29"));
    }

    #[test]
    fn rounding_is_the_classic_one() {
        assert_eq!(
            [4, 45, 55, 360, 361, 375, 405, 900].map(rounded_age),
            [0, 40, 60, 360, 360, 360, 420, 900]
        );
    }
}
