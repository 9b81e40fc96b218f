//! What an expression asks, in English, so that researchers can see whether it says what they mean.

use super::{Comparison, Criteria};
use crate::families::{Gender, Languages};
use crate::studies::AgeRange;

/// Whom a study is for, in one line: "children from 2 years to 3 years who hear Spanish".
pub fn audience(ages: &AgeRange, criteria: &Criteria) -> String {
    let who = criteria.in_words();
    format!(
        "children {}{}{who}",
        ages.from_to(),
        if who.is_empty() { "" } else { " " }
    )
}

impl Criteria {
    /// What the expression asks, in words that follow "children": "who hear Spanish and are not
    /// deaf". Empty for everyone.
    pub fn in_words(&self) -> String {
        match self {
            Self::Everyone => String::new(),
            tree => format!("who {}", tree.predicate(true, false)),
        }
    }

    /// The expression (or, unless `is`, its opposite) as a predicate; one that consists of several
    /// parts stands in parentheses where it is itself a part.
    fn predicate(&self, is: bool, is_part: bool) -> String {
        let either = |plain: &str, negated: &str| if is { plain } else { negated }.to_owned();
        let grouped = |parts: &[Self], word: &str| {
            let all: Vec<String> = parts.iter().map(|part| part.predicate(is, true)).collect();
            let text = all.join(word);
            if is_part && all.len() > 1 {
                format!("({text})")
            } else {
                text
            }
        };
        match self {
            Self::Everyone => either("are anybody", "are nobody"),
            // The opposite of "both" is "not the one or not the other", and the other way round.
            Self::All(parts) => grouped(parts, if is { " and " } else { " or " }),
            Self::Any(parts) => grouped(parts, if is { " or " } else { " and " }),
            Self::Not(part) => part.predicate(!is, is_part),
            Self::Gender(equals, gender) => gender_in_words(*gender, *equals == is).to_owned(),
            Self::GestationalAgeKnown(known) if *known == is => {
                "have a known length of pregnancy".to_owned()
            }
            Self::GestationalAgeKnown(_) => "have no known length of pregnancy".to_owned(),
            Self::GestationalAge(comparison, weeks) => format!(
                "{} born after {} weeks of pregnancy",
                either("were", "were not (or are not known to be)"),
                comparison.in_words(weeks)
            ),
            Self::AgeInDays(comparison, days) => format!(
                "{} {} days old",
                either("are", "are not"),
                comparison.in_words(days)
            ),
            Self::LanguageCount(comparison, count) => format!(
                "{} {} {}",
                either("hear", "do not hear"),
                comparison.in_words(count),
                if *count == 1 { "language" } else { "languages" }
            ),
            Self::Speaks(code) => {
                format!("{} {}", either("hear", "do not hear"), language(code))
            }
            Self::Condition(code) => condition_in_words(code, is),
        }
    }
}

fn gender_in_words(gender: Gender, is: bool) -> &'static str {
    match (gender, is) {
        (Gender::Male, true) => "are boys",
        (Gender::Male, false) => "are not boys",
        (Gender::Female, true) => "are girls",
        (Gender::Female, false) => "are not girls",
        (Gender::Open, true) => "have another gender",
        (Gender::Open, false) => "do not have another gender",
        (Gender::Unspecified, true) => "have no gender given",
        (Gender::Unspecified, false) => "have a gender given",
    }
}

fn condition_in_words(code: &str, is: bool) -> String {
    let (plain, negated) = match code {
        "autism_spectrum_disorder" => ("have autism", "do not have autism"),
        "deaf" => ("are deaf", "are not deaf"),
        "hearing_impairment" => ("are hard of hearing", "are not hard of hearing"),
        "dyslexia" => ("have dyslexia", "do not have dyslexia"),
        "multiple_birth" => (
            "are twins or from another multiple birth",
            "are not from a multiple birth",
        ),
        other if is => return format!("have {other}"),
        other => return format!("do not have {other}"),
    };
    if is { plain } else { negated }.to_owned()
}

fn language(code: &str) -> &str {
    Languages::TABLE
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, name)| name)
}

impl Comparison {
    fn in_words(self, number: impl std::fmt::Display) -> String {
        match self {
            Self::Equal => format!("exactly {number}"),
            Self::NotEqual => format!("more or fewer than {number}"),
            Self::Less => format!("fewer than {number}"),
            Self::LessOrEqual => format!("at most {number}"),
            Self::Greater => format!("more than {number}"),
            Self::GreaterOrEqual => format!("at least {number}"),
        }
    }
}
