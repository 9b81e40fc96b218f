//! What families read about a study, and whom it is for: the form that researchers fill in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{AgeRange, Criteria, Eligibility, StudyId};
use crate::error::Violations;
use crate::text;

/// What families read, and whom the study is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ad {
    /// Title.
    pub name: String,
    /// One or two sentences for the card.
    pub preview_summary: String,
    /// What happens in the study.
    pub short_description: String,
    /// Why it is done.
    pub purpose: String,
    /// Who may take part, in prose.
    pub criteria: String,
    /// How long it takes, in prose.
    pub duration: String,
    /// Who to ask.
    pub contact_info: String,
    /// The thank-you gift, in prose; may be empty.
    pub compensation: String,
    /// Path of the square picture; empty when there is none.
    pub image: String,
    /// What the picture shows.
    pub image_alt: String,
    /// Where the family goes at the end; empty for its page of past studies.
    pub exit_url: String,
    /// Ages.
    pub ages: AgeRange,
    /// Further conditions, in the language of [`Criteria`].
    pub criteria_expression: String,
    /// A child must have done all of these.
    pub must: BTreeSet<StudyId>,
    /// A child must have done none of these.
    pub must_not: BTreeSet<StudyId>,
}

/// How the study is listed. No reviewer need look at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Place on the lab's page, 1 to 99; the highest comes first.
    pub priority: u8,
    /// Whether it is listed when it collects.
    pub is_public: bool,
    /// Whether every researcher may try it.
    pub has_shared_preview: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            priority: 99,
            is_public: false,
            has_shared_preview: false,
        }
    }
}

/// The ad as it was posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are those of Ad and Settings, as texts"
)]
pub struct AdForm {
    pub name: String,
    pub preview_summary: String,
    pub short_description: String,
    pub purpose: String,
    pub criteria: String,
    pub duration: String,
    pub contact_info: String,
    pub compensation: String,
    pub image_alt: String,
    pub exit_url: String,
    pub min_age: [String; 3],
    pub max_age: [String; 3],
    pub criteria_expression: String,
    pub must: Vec<String>,
    pub must_not: Vec<String>,
    pub priority: String,
    pub is_public: bool,
    pub has_shared_preview: bool,
}

/// Most studies in one list of earlier participation.
const LONGEST_LIST: usize = 50;

impl AdForm {
    /// Reads the form. What only a submission needs may still be missing ([`Ad::missing`]): a draft
    /// is never lost for want of a sentence. The picture is not in the form and is kept.
    pub fn check(&self, image: &str) -> Result<(Ad, Settings), Violations> {
        let mut violations = Violations::new();
        let v = &mut violations;
        let ad = Ad {
            name: text::required_line("name", "the study's name", &self.name, v),
            preview_summary: summary(&self.preview_summary, v),
            short_description: text::paragraphs(
                "short_description",
                "what happens",
                &self.short_description,
                v,
            ),
            purpose: text::paragraphs("purpose", "the purpose", &self.purpose, v),
            criteria: text::paragraphs("criteria", "who can take part", &self.criteria, v),
            duration: text::line("duration", "the duration", &self.duration, text::LINE, v),
            contact_info: text::line(
                "contact_info",
                "the contact",
                &self.contact_info,
                text::LINE,
                v,
            ),
            compensation: text::paragraphs(
                "compensation",
                "the thank-you gift",
                &self.compensation,
                v,
            ),
            image: image.to_owned(),
            image_alt: text::line(
                "image_alt",
                "the description of the picture",
                &self.image_alt,
                text::LINE,
                v,
            ),
            exit_url: exit_url(&self.exit_url, v),
            ages: ages(&self.min_age, &self.max_age, v),
            criteria_expression: expression(&self.criteria_expression, v),
            must: studies("must", &self.must, v),
            must_not: studies("must_not", &self.must_not, v),
        };
        if let Some(both) = ad.must.intersection(&ad.must_not).next() {
            v.add(
                "must_not",
                "contradiction",
                format!(
                    "The study {both} is in both lists, so no \
                     child could ever fit. Please remove it from one of them."
                ),
            );
        }
        let priority = match self.priority.trim() {
            "" => Some(99),
            number => number
                .parse::<u8>()
                .ok()
                .filter(|number| (1..=99).contains(number)),
        };
        if priority.is_none() {
            v.add(
                "priority",
                "out_of_range",
                "Please enter a whole number from 1 to 99 for the place on the lab's page.",
            );
        }
        let settings = Settings {
            priority: priority.unwrap_or(99),
            is_public: self.is_public,
            has_shared_preview: self.has_shared_preview,
        };
        violations.or((ad, settings))
    }
}

impl From<&Ad> for Eligibility {
    fn from(ad: &Ad) -> Self {
        Self {
            ages: ad.ages,
            criteria: Criteria::parse(ad.criteria_expression.trim()).ok(),
            must: ad.must.clone(),
            must_not: ad.must_not.clone(),
        }
    }
}

impl Ad {
    /// What a submission still needs, as pairs of field and words.
    pub fn missing(&self) -> Vec<(&'static str, &'static str)> {
        [
            (
                "preview_summary",
                "a summary for the card",
                self.preview_summary.is_empty(),
            ),
            (
                "short_description",
                "what happens in the study",
                self.short_description.is_empty(),
            ),
            ("purpose", "why it is done", self.purpose.is_empty()),
            (
                "criteria",
                "who can take part, in words for parents",
                self.criteria.is_empty(),
            ),
            ("duration", "how long it takes", self.duration.is_empty()),
            (
                "contact_info",
                "whom families can ask",
                self.contact_info.is_empty(),
            ),
            ("image", "a square picture", self.image.is_empty()),
            (
                "image_alt",
                "what the picture shows, for those who can't see it",
                !self.image.is_empty() && self.image_alt.is_empty(),
            ),
            ("max_age_years", "the ages", self.ages.highest_days() == 0),
        ]
        .into_iter()
        .filter(|(_, _, is_missing)| *is_missing)
        .map(|(field, words, _)| (field, words))
        .collect()
    }
}

fn summary(raw: &str, violations: &mut Violations) -> String {
    let read = text::paragraphs("preview_summary", "the summary", raw, violations);
    let length = read.chars().count();
    if length > 300 {
        violations.add(
            "preview_summary",
            "too_long",
            format!("Please shorten the summary to at most 300 characters; it has {length}."),
        );
    }
    read
}

/// A whole address with `https` or `http`, and a host.
pub(super) fn web_address(text: &str) -> Option<url::Url> {
    let address = url::Url::parse(text).ok()?;
    let is_web = matches!(address.scheme(), "https" | "http")
        && address.host_str().is_some_and(|host| !host.is_empty())
        && address.username().is_empty()
        && address.password().is_none();
    is_web.then_some(address)
}

fn exit_url(raw: &str, violations: &mut Violations) -> String {
    let address = text::line("exit_url", "the exit address", raw, 2000, violations);
    if !address.is_empty() && web_address(&address).is_none() {
        violations.add(
            "exit_url",
            "no_url",
            "Please enter the whole exit address, beginning with https://, or leave it empty.",
        );
    }
    address
}

fn ages(min: &[String; 3], max: &[String; 3], violations: &mut Violations) -> AgeRange {
    let mut part = |field: &str, raw: &str, most: u16| {
        let read = if raw.trim().is_empty() {
            Some(0)
        } else {
            raw.trim()
                .parse::<u16>()
                .ok()
                .filter(|number| *number <= most)
        };
        if read.is_none() {
            violations.add(
                field,
                "out_of_range",
                format!("Please enter a whole number from 0 to {most} for each part of an age."),
            );
        }
        read.unwrap_or_default()
    };
    let [min_years, min_months, min_days] = min;
    let [max_years, max_months, max_days] = max;
    let ages = AgeRange {
        min_years: part("min_age_years", min_years, 18),
        min_months: part("min_age_months", min_months, 11),
        min_days: part("min_age_days", min_days, 31),
        max_years: part("max_age_years", max_years, 18),
        max_months: part("max_age_months", max_months, 11),
        max_days: part("max_age_days", max_days, 31),
    };
    if ages.lowest_days() > ages.highest_days() {
        violations.add(
            "max_age_years",
            "reversed",
            format!(
                "The youngest age ({} days) is above the oldest ({} days). Please change one.",
                ages.lowest_days(),
                ages.highest_days()
            ),
        );
    }
    ages
}

fn expression(raw: &str, violations: &mut Violations) -> String {
    let expression = raw.trim();
    if expression.chars().count() > 4000 {
        violations.add(
            "criteria_expression",
            "too_long",
            "Please shorten the criteria expression to at most 4000 characters.",
        );
    } else if let Err(error) = Criteria::parse(expression) {
        violations.add(
            "criteria_expression",
            "syntax",
            format!("Please correct the criteria expression {error}"),
        );
    }
    expression.to_owned()
}

fn studies(field: &str, raw: &[String], violations: &mut Violations) -> BTreeSet<StudyId> {
    let mut list = BTreeSet::new();
    for text in raw
        .iter()
        .flat_map(|raw| raw.split([',', ' ', '\n', '\r']))
        .filter(|text| !text.is_empty())
    {
        match text.parse::<StudyId>() {
            Ok(id) => {
                list.insert(id);
            }
            Err(_) => violations.add(
                field,
                "no_uuid",
                format!(
                    "\u{201c}{}\u{201d} is not a study. Please choose one from the list, or paste \
                     its UUID.",
                    text.chars().take(40).collect::<String>()
                ),
            ),
        }
    }
    if list.len() > LONGEST_LIST {
        violations.add(
            field,
            "too_many",
            format!("Please name at most {LONGEST_LIST} studies."),
        );
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> AdForm {
        AdForm {
            name: " Cats ".into(),
            max_age: ["3".into(), String::new(), String::new()],
            ..AdForm::default()
        }
    }

    #[test]
    fn a_draft_needs_a_name_only_and_a_submission_more() {
        let (ad, settings) = form().check("/pictures/x.png").unwrap();
        assert_eq!(
            (ad.name.as_str(), ad.image.as_str(), settings.priority),
            ("Cats", "/pictures/x.png", 99)
        );
        let fields: Vec<_> = ad.missing().into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            [
                "preview_summary",
                "short_description",
                "purpose",
                "criteria",
                "duration",
                "contact_info",
                "image_alt"
            ]
        );
    }

    #[test]
    fn every_field_is_checked() {
        let id = "00000000-0000-4000-8000-000000000000";
        let bad = AdForm {
            name: String::new(),
            preview_summary: "x".repeat(301),
            exit_url: "javascript:alert(1)".into(),
            min_age: ["4".into(), "12".into(), "x".into()],
            max_age: ["3".into(), String::new(), String::new()],
            criteria_expression: "speaks_en AND".into(),
            must: vec![id.into(), "cats".into()],
            must_not: vec![id.into()],
            priority: "100".into(),
            ..AdForm::default()
        };
        let violations = bad.check("").unwrap_err();
        let fields: Vec<_> = violations
            .entries()
            .iter()
            .map(|violation| violation.field.as_str())
            .collect();
        assert_eq!(
            fields,
            [
                "name",
                "preview_summary",
                "exit_url",
                "min_age_months",
                "min_age_days",
                "max_age_years",
                "criteria_expression",
                "must",
                "must_not",
                "priority"
            ]
        );
        assert!(
            violations
                .message("criteria_expression")
                .unwrap()
                .contains("at character 14")
        );
    }

    #[test]
    fn ages_may_be_equal_and_not_reversed() {
        let ages = |min: [&str; 3], max: [&str; 3]| {
            AdForm {
                min_age: min.map(String::from),
                max_age: max.map(String::from),
                ..form()
            }
            .check("")
            .map(|(ad, _)| ad.ages.lowest_days())
        };
        assert_eq!(
            ages(["1", "0", "0"], ["0", "11", "31"])
                .unwrap_err()
                .entries()[0]
                .code,
            "reversed",
            "365 days are more than 361"
        );
        assert_eq!(ages(["0", "11", "31"], ["0", "11", "31"]), Ok(361));
    }

    #[test]
    fn addresses_are_whole_and_carry_no_password() {
        for (text, is_fine) in [
            ("https://a.example/x?y=1", true),
            ("http://localhost:3000", true),
            ("//a.example", false),
            ("ftp://a.example", false),
            ("https://user:pw@a.example", false),
            ("https://", false),
        ] {
            assert_eq!(web_address(text).is_some(), is_fine, "{text}");
        }
    }
}
