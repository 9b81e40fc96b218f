//! The answers that describe a household. A snapshot is never changed: each save is a new one, and
//! a response keeps the one that was current when it began.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::choices::{
    AGE, COUNTRY, Choice, DENSITY, EDUCATION, INCOME, NUMBER_OF_CHILDREN, NUMBER_OF_GUARDIANS,
    RACE, STATE,
};
pub use self::form::DemographicsForm;
use super::gender::Gender;

mod choices;
mod form;
#[cfg(test)]
mod tests;

crate::id!(
    /// One saved set of answers.
    SnapshotId
);

/// What a household told about itself, checked. Every answer is optional: empty means "not told".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demographics {
    /// ISO 3166-1 code of the country.
    pub country: String,
    /// Code of a US state; only with country `US`.
    pub state: String,
    /// Kind of place, see [`DENSITY`].
    pub density: String,
    /// Codes of [`RACE`]; only with country `US`.
    pub us_race_ethnicity_identification: Vec<String>,
    /// The family's own words; only with the code `other`.
    pub us_race_ethnicity_identification_describe: String,
    /// See [`NUMBER_OF_CHILDREN`].
    pub number_of_children: String,
    /// Birthdays of all children of the household; only where there are children.
    pub child_birthdays: Vec<NaiveDate>,
    /// See [`NUMBER_OF_GUARDIANS`].
    pub number_of_guardians: String,
    /// Only with `varies`.
    pub guardians_explanation: String,
    /// Age band of the parent, see [`AGE`].
    pub age: String,
    /// Code of the parent's [`Gender`], or empty.
    pub gender: String,
    /// Only with [`Gender::Open`].
    pub gender_self_describe: String,
    /// See [`EDUCATION`]. Asked in every country.
    pub education_level: String,
    /// See [`INCOME`]; only with country `US`, as the bands are in dollars.
    pub annual_income: String,
    /// How the family heard of the site.
    pub lookit_referrer: String,
    /// Anything else that the family wants to say.
    pub additional_comments: String,
}

impl Demographics {
    /// Question and answer in words, in the order of the form; without what was left out.
    pub fn lines(&self) -> Vec<(String, String)> {
        let race: Vec<String> = self
            .us_race_ethnicity_identification
            .iter()
            .map(|code| label(RACE, code))
            .collect();
        let gender = self
            .gender
            .parse::<Gender>()
            .map_or_else(|_| self.gender.clone(), |gender| gender.label().to_owned());
        [
            ("Country", label(COUNTRY, &self.country)),
            ("State", label(STATE, &self.state)),
            ("Kind of place", label(DENSITY, &self.density)),
            ("Race or ethnicity", race.join(", ")),
            (
                "\u{2013} in their words",
                self.us_race_ethnicity_identification_describe.clone(),
            ),
            (
                "Children in the household",
                label(NUMBER_OF_CHILDREN, &self.number_of_children),
            ),
            ("Birthdays of the children", dates(&self.child_birthdays)),
            (
                "Guardians",
                label(NUMBER_OF_GUARDIANS, &self.number_of_guardians),
            ),
            ("\u{2013} explained", self.guardians_explanation.clone()),
            ("Age of the parent", label(AGE, &self.age)),
            ("Gender of the parent", gender),
            ("\u{2013} in their words", self.gender_self_describe.clone()),
            ("Education", label(EDUCATION, &self.education_level)),
            ("Income", label(INCOME, &self.annual_income)),
            ("Heard of us", self.lookit_referrer.clone()),
            ("Comments", self.additional_comments.clone()),
        ]
        .into_iter()
        .filter(|(_, answer)| !answer.is_empty())
        .map(|(question, answer)| (question.to_owned(), answer))
        .collect()
    }

    /// Drops answers that don't belong to the others given, as the page hides their questions.
    fn without_hidden_answers(self) -> Self {
        let is_us = self.country == "US";
        let has_children = !matches!(self.number_of_children.as_str(), "" | "0");
        let varies = self.number_of_guardians == "varies";
        let race = &self.us_race_ethnicity_identification;
        let names_another_race = is_us && race.iter().any(|code| code == "other");
        let is_open = self.gender == Gender::Open.as_str();
        let only = |keep: bool, answer: String| if keep { answer } else { String::new() };
        Self {
            state: only(is_us, self.state),
            us_race_ethnicity_identification_describe: only(
                names_another_race,
                self.us_race_ethnicity_identification_describe,
            ),
            us_race_ethnicity_identification: if is_us {
                self.us_race_ethnicity_identification
            } else {
                Vec::new()
            },
            child_birthdays: if has_children {
                self.child_birthdays
            } else {
                Vec::new()
            },
            guardians_explanation: only(varies, self.guardians_explanation),
            gender_self_describe: only(is_open, self.gender_self_describe),
            annual_income: only(is_us, self.annual_income),
            ..self
        }
    }
}

fn label(choices: &[Choice], code: &str) -> String {
    choices
        .iter()
        .find(|(known, _)| *known == code)
        .map_or_else(|| code.to_owned(), |(_, label)| (*label).to_owned())
}

fn dates(dates: &[NaiveDate]) -> String {
    let all: Vec<String> = dates.iter().map(ToString::to_string).collect();
    all.join(", ")
}
