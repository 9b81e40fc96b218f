//! A child, as its family describes it, and the form in which the family does so.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

pub use super::ages::{age_in_words, birthday_at, rounded_age};
pub use super::flags::{Conditions, Languages};
pub use super::gender::Gender;
pub use super::gestation::GestationalAge;
use crate::error::Violations;
use crate::text;

#[cfg(test)]
mod tests;

crate::id!(
    /// A child of a family.
    ChildId
);

/// What a family tells about a child, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildDetails {
    /// First name or nickname.
    pub given_name: String,
    /// Day of birth, a calendar date without a time zone.
    pub birthday: NaiveDate,
    /// Always answered; the answer may be that the family prefers not to say.
    pub gender: Gender,
    /// The family's own words; only with [`Gender::Open`].
    pub gender_self_describe: String,
    /// Weeks of pregnancy at birth; `None` when not told.
    pub gestational_age: Option<GestationalAge>,
    /// Languages that the child hears at home.
    pub languages: Languages,
    /// What some studies ask for: none is also the answer of a family that ticked nothing.
    pub conditions: Conditions,
    /// Free text, which every researcher who sees the child reads.
    pub additional_information: String,
}

/// A child with its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The same in all studies, so it never leaves the site: studies know the hashed id.
    pub id: ChildId,
    /// What the family told.
    pub details: ChildDetails,
}

/// The form as it was posted: nothing in it is trusted yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChildForm {
    /// First name or nickname.
    pub given_name: String,
    /// `YYYY-MM-DD`.
    pub birthday: String,
    /// Stored code of a gender.
    pub gender: String,
    /// Words for [`Gender::Open`].
    pub gender_self_describe: String,
    /// Stored code of a gestational age, or empty.
    pub gestational_age: String,
    /// Codes of [`Languages`].
    pub languages: Vec<String>,
    /// Codes of [`Conditions`].
    pub conditions: Vec<String>,
    /// Free text of several lines.
    pub additional_information: String,
}

impl ChildForm {
    /// The form that would produce `details`.
    pub fn of(details: &ChildDetails) -> Self {
        Self {
            given_name: details.given_name.clone(),
            birthday: details.birthday.to_string(),
            gender: details.gender.to_string(),
            gender_self_describe: details.gender_self_describe.clone(),
            gestational_age: details
                .gestational_age
                .map(|age| age.code().to_string())
                .unwrap_or_default(),
            languages: details.languages.codes().map(str::to_owned).collect(),
            conditions: details.conditions.codes().map(str::to_owned).collect(),
            additional_information: details.additional_information.clone(),
        }
    }

    /// Checks the form. `today` bounds the birthday; `fixed_birthday` is that of a child that
    /// exists already, which can't be changed: studies were chosen and children judged by it.
    pub fn check(
        &self,
        today: NaiveDate,
        fixed_birthday: Option<NaiveDate>,
    ) -> Result<ChildDetails, Violations> {
        let mut violations = Violations::new();
        let v = &mut violations;
        let given_name = text::required_line("given_name", "the name", &self.given_name, v);
        let birthday = fixed_birthday.or_else(|| birthday(&self.birthday, today, v));
        let gender = gender(&self.gender, v);
        let own_words = text::line(
            "gender_self_describe",
            "the description",
            &self.gender_self_describe,
            text::LINE,
            v,
        );
        let gestational_age = gestational_age(&self.gestational_age, v);
        let languages = codes("languages", "languages", &self.languages, v, |codes| {
            Languages::from_codes(codes.iter().map(String::as_str))
        });
        let conditions = codes("conditions", "answers", &self.conditions, v, |codes| {
            Conditions::from_codes(codes.iter().map(String::as_str))
        });
        let additional_information = text::paragraphs(
            "additional_information",
            "this text",
            &self.additional_information,
            v,
        );
        let (Some(birthday), Some(gender)) = (birthday, gender) else {
            return Err(violations);
        };
        violations.or(ChildDetails {
            given_name,
            birthday,
            gender,
            gender_self_describe: if gender == Gender::Open {
                own_words
            } else {
                String::new()
            },
            gestational_age,
            languages,
            conditions,
            additional_information,
        })
    }
}

fn birthday(raw: &str, today: NaiveDate, violations: &mut Violations) -> Option<NaiveDate> {
    let raw = raw.trim();
    let earliest = today
        .checked_sub_months(Months::new(12 * 120))
        .unwrap_or(NaiveDate::MIN);
    let (code, message) = match raw.parse::<NaiveDate>() {
        _ if raw.is_empty() => (
            "required",
            "Please enter the birthday. Studies are chosen by age.",
        ),
        Err(_) => (
            "no_date",
            "Please enter the birthday as year, month and day, for example 2023-05-17.",
        ),
        Ok(date) if date > today => (
            "future",
            "This birthday is in the future. Please check the year; a baby can be added from the \
             day of birth.",
        ),
        Ok(date) if date < earliest => ("too_early", "Please check the year of birth."),
        Ok(date) => return Some(date),
    };
    violations.add("birthday", code, message);
    None
}

fn gender(code: &str, violations: &mut Violations) -> Option<Gender> {
    let gender = code.parse().ok();
    if gender.is_none() {
        violations.add(
            "gender",
            "required",
            "Please choose a gender, or \u{201c}Prefer not to say\u{201d}.",
        );
    }
    gender
}

fn gestational_age(code: &str, violations: &mut Violations) -> Option<GestationalAge> {
    if code.is_empty() {
        return None;
    }
    let age = code.parse().ok().and_then(GestationalAge::from_code);
    if age.is_none() {
        violations.add(
            "gestational_age",
            "unknown",
            "Please choose one of the listed lengths of pregnancy.",
        );
    }
    age
}

fn codes<T: Default>(
    field: &str,
    listed: &str,
    codes: &[String],
    violations: &mut Violations,
    read: impl FnOnce(&[String]) -> Result<T, String>,
) -> T {
    read(codes).unwrap_or_else(|unknown| {
        violations.add(
            field,
            "unknown",
            format!(
                "\u{201c}{unknown}\u{201d} is not one of the listed {listed}. Please choose from \
                 the list."
            ),
        );
        T::default()
    })
}
