//! The household's form, from text to checked answers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::choices::{
    AGE, COUNTRY, Choice, DENSITY, EDUCATION, INCOME, NUMBER_OF_CHILDREN, NUMBER_OF_GUARDIANS,
    RACE, STATE,
};
use super::{Demographics, dates};
use crate::error::Violations;
use crate::families::gender::Gender;
use crate::text;

/// Most birthdays in one form.
const MOST_BIRTHDAYS: usize = 30;

/// The form as it was posted: nothing in it is trusted yet. Members as in [`Demographics`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    missing_docs,
    reason = "each member is documented where it is checked, in `Demographics`"
)]
pub struct DemographicsForm {
    pub country: String,
    pub state: String,
    pub density: String,
    pub us_race_ethnicity_identification: Vec<String>,
    pub us_race_ethnicity_identification_describe: String,
    pub number_of_children: String,
    pub child_birthdays: String,
    pub number_of_guardians: String,
    pub guardians_explanation: String,
    pub age: String,
    pub gender: String,
    pub gender_self_describe: String,
    pub education_level: String,
    pub annual_income: String,
    pub lookit_referrer: String,
    pub additional_comments: String,
}

impl DemographicsForm {
    /// The form that shows `answers`.
    pub fn of(answers: &Demographics) -> Self {
        let answers = answers.clone();
        Self {
            country: answers.country,
            state: answers.state,
            density: answers.density,
            us_race_ethnicity_identification: answers.us_race_ethnicity_identification,
            us_race_ethnicity_identification_describe: answers
                .us_race_ethnicity_identification_describe,
            number_of_children: answers.number_of_children,
            child_birthdays: dates(&answers.child_birthdays),
            number_of_guardians: answers.number_of_guardians,
            guardians_explanation: answers.guardians_explanation,
            age: answers.age,
            gender: answers.gender,
            gender_self_describe: answers.gender_self_describe,
            education_level: answers.education_level,
            annual_income: answers.annual_income,
            lookit_referrer: answers.lookit_referrer,
            additional_comments: answers.additional_comments,
        }
    }

    /// Checks the form; answers that do not belong to the others given are dropped, as the page
    /// hides their questions.
    pub fn check(&self, today: NaiveDate) -> Result<Demographics, Violations> {
        let mut violations = Violations::new();
        let v = &mut violations;
        let answers = Demographics {
            country: choice("country", &self.country, COUNTRY, v),
            state: choice("state", &self.state, STATE, v),
            density: choice("density", &self.density, DENSITY, v),
            us_race_ethnicity_identification: self.races(v),
            us_race_ethnicity_identification_describe: text::paragraphs(
                "us_race_ethnicity_identification_describe",
                "the description",
                &self.us_race_ethnicity_identification_describe,
                v,
            ),
            number_of_children: choice(
                "number_of_children",
                &self.number_of_children,
                NUMBER_OF_CHILDREN,
                v,
            ),
            child_birthdays: birthdays(&self.child_birthdays, today, v),
            number_of_guardians: choice(
                "number_of_guardians",
                &self.number_of_guardians,
                NUMBER_OF_GUARDIANS,
                v,
            ),
            guardians_explanation: text::paragraphs(
                "guardians_explanation",
                "the explanation",
                &self.guardians_explanation,
                v,
            ),
            age: choice("age", &self.age, AGE, v),
            gender: gender(&self.gender, v),
            gender_self_describe: text::line(
                "gender_self_describe",
                "the description",
                &self.gender_self_describe,
                text::LINE,
                v,
            ),
            education_level: choice("education_level", &self.education_level, EDUCATION, v),
            annual_income: choice("annual_income", &self.annual_income, INCOME, v),
            lookit_referrer: free("lookit_referrer", &self.lookit_referrer, v),
            additional_comments: free("additional_comments", &self.additional_comments, v),
        };
        violations.or(answers.without_hidden_answers())
    }

    fn races(&self, violations: &mut Violations) -> Vec<String> {
        let field = "us_race_ethnicity_identification";
        self.us_race_ethnicity_identification
            .iter()
            .map(|code| choice(field, code, RACE, violations))
            .filter(|code| !code.is_empty())
            .collect()
    }
}

fn choice(field: &str, raw: &str, choices: &[Choice], violations: &mut Violations) -> String {
    if !raw.is_empty() && !choices.iter().any(|(value, _)| *value == raw) {
        violations.add(field, "unknown", "Please choose one of the listed answers.");
    }
    raw.to_owned()
}

fn free(field: &str, raw: &str, violations: &mut Violations) -> String {
    text::paragraphs(field, "this text", raw, violations)
}

fn gender(raw: &str, violations: &mut Violations) -> String {
    match raw.parse::<Gender>() {
        Ok(gender) => gender.to_string(),
        Err(_) if raw.is_empty() => String::new(),
        Err(_) => {
            violations.add(
                "gender",
                "unknown",
                "Please choose one of the listed answers.",
            );
            String::new()
        }
    }
}

fn birthdays(raw: &str, today: NaiveDate, violations: &mut Violations) -> Vec<NaiveDate> {
    let mut dates = Vec::new();
    for part in raw
        .split([',', ';', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.parse::<NaiveDate>() {
            Ok(date) if date <= today => dates.push(date),
            Ok(_) => violations.add(
                "child_birthdays",
                "future",
                format!("{part} is in the future. Please check the year."),
            ),
            Err(_) => violations.add(
                "child_birthdays",
                "no_date",
                format!(
                    "\u{201c}{}\u{201d} is not a date. Please write each birthday as year, month \
                     and day, with commas between: 2021-04-30, 2023-02-01.",
                    part.chars().take(40).collect::<String>()
                ),
            ),
        }
    }
    if dates.len() > MOST_BIRTHDAYS {
        violations.add(
            "child_birthdays",
            "too_many",
            format!("Please list at most {MOST_BIRTHDAYS} birthdays."),
        );
    }
    dates
}
