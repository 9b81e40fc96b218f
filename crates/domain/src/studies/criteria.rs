//! The criteria language: a parser with error positions, a syntax tree, and its meaning. What
//! researchers may write is in `docs/reference/eligibility.md`.

use serde::{Deserialize, Serialize};

use crate::families::{Conditions, Gender, GestationalAge, Languages};

mod canonical;
mod parser;
#[cfg(test)]
mod tests;
mod words;

pub use self::parser::SyntaxError;
pub use self::words::audience;

/// What an expression asks about one child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// Age today, in days.
    pub age_days: i64,
    /// As the family answered; an expression can ask for every answer, also for none.
    pub gender: Gender,
    /// Weeks of pregnancy at birth; `None` fails every comparison but `= na`.
    pub gestational_age: Option<GestationalAge>,
    /// Languages that the child hears at home: an expression asks for one, or for their number.
    pub languages: Languages,
    /// Conditions that the family ticked; one that is not ticked does not hold.
    pub conditions: Conditions,
}

/// A parsed expression: what it asks, as a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Criteria {
    /// The empty expression: every child.
    Everyone,
    /// `AND`: all parts hold.
    All(Vec<Criteria>),
    /// `OR`: at least one part holds.
    Any(Vec<Criteria>),
    /// `NOT`: the part does not hold.
    Not(Box<Criteria>),
    /// The gender is (`true`) or is not (`false`) the given one.
    Gender(bool, Gender),
    /// The gestational age is known (`true`) or unknown (`false`).
    GestationalAgeKnown(bool),
    /// The gestational age is known and compares so with the weeks.
    GestationalAge(Comparison, u8),
    /// The age today in days compares so with the number.
    AgeInDays(Comparison, u64),
    /// The number of languages at home compares so with the number.
    LanguageCount(Comparison, u64),
    /// The child hears the language with this code.
    Speaks(String),
    /// The child has the condition with this code.
    Condition(String),
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is named for what it compares")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }

    const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Criteria {
    /// Parses an expression. The empty text is [`Criteria::Everyone`]; forms trim before they ask.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        parser::parse(text)
    }

    /// Whether a child with these traits meets the expression.
    pub fn holds(&self, child: &Traits) -> bool {
        match self {
            Self::Everyone => true,
            Self::All(parts) => parts.iter().all(|part| part.holds(child)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(child)),
            Self::Not(part) => !part.holds(child),
            Self::Gender(is, gender) => (child.gender == *gender) == *is,
            Self::GestationalAgeKnown(is) => child.gestational_age.is_some() == *is,
            Self::GestationalAge(comparison, weeks) => child
                .gestational_age
                .is_some_and(|age| comparison.holds(&age.weeks(), weeks)),
            Self::AgeInDays(comparison, days) => {
                comparison.holds(&i128::from(child.age_days), &i128::from(*days))
            }
            Self::LanguageCount(comparison, count) => comparison.holds(
                &u64::try_from(child.languages.count()).unwrap_or(u64::MAX),
                count,
            ),
            Self::Speaks(code) => child.languages.contains(code),
            Self::Condition(code) => child.conditions.contains(code),
        }
    }

    /// Whether every child that meets this meets the other too, as far as the form shows it:
    /// conditions were only added.
    pub fn is_narrower_than(&self, other: &Self) -> bool {
        let parts = |tree: &Self| match tree {
            Self::Everyone => Vec::new(),
            Self::All(parts) => parts.clone(),
            single => vec![single.clone()],
        };
        let own = parts(self);
        parts(other).iter().all(|part| own.contains(part))
    }
}
