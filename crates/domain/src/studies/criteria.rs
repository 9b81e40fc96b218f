//! The criteria language (`domain.md` §4.3): a parser with error positions, a syntax tree, and its
//! meaning.
//!
//! Blanks between tokens are optional, as in the original: `NOTdeaf` and `speaks_enANDspeaks_fr`
//! are expressions. The tree is interpreted, so a test of gestational age no longer swallows its
//! neighbours (D15), code 0 counts as 23 weeks (D16), `n/a` means the stored `na`, and ordering
//! against `na` is an error while writing (D17).

use serde::{Deserialize, Serialize};

use crate::families::child::{Conditions, Gender, GestationalAge, Languages};

/// Deepest nesting of parentheses and `NOT` that is accepted, so that no text can exhaust the
/// stack.
const DEPTH: usize = 64;

/// What an expression asks about one child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// Age today, in days.
    pub age_days: i64,
    /// Gender.
    pub gender: Gender,
    /// Weeks of pregnancy at birth, if known.
    pub gestational_age: Option<GestationalAge>,
    /// Languages at home.
    pub languages: Languages,
    /// Conditions.
    pub conditions: Conditions,
}

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Criteria {
    /// The empty expression: every child.
    Everyone,
    /// All parts hold.
    All(Vec<Criteria>),
    /// At least one part holds.
    Any(Vec<Criteria>),
    /// The part does not hold.
    Not(Box<Criteria>),
    /// The gender is (`true`) or is not (`false`) the given one.
    Gender(bool, Gender),
    /// The gestational age is known (`true`) or unknown (`false`).
    GestationalAgeKnown(bool),
    /// The gestational age is known and compares so with the weeks.
    GestationalAge(Comparison, u8),
    /// The age in days compares so.
    AgeInDays(Comparison, u64),
    /// The number of languages compares so.
    LanguageCount(Comparison, u64),
    /// The child hears the language with this code.
    Speaks(String),
    /// The child has the condition with this code.
    Condition(String),
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the six comparisons of numbers")]
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

/// Where an expression stops making sense, and what would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {column}: {message}")]
pub struct SyntaxError {
    /// Position of the first character that does not fit, counted from 1.
    pub column: usize,
    /// What was expected.
    pub message: String,
}

impl Criteria {
    /// Parses an expression. The empty text is [`Criteria::Everyone`]; forms trim before they ask.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.is_empty() {
            return Ok(Self::Everyone);
        }
        let mut parser = Parser {
            text,
            position: 0,
            depth: 0,
        };
        let tree = parser.disjunction()?;
        parser.blanks();
        if parser.rest().is_empty() {
            Ok(tree)
        } else {
            Err(parser.error(parser.unexpected("the end, AND, or OR")))
        }
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
}

impl Criteria {
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

    /// What the expression asks, in words that follow "children": "who hear Spanish and are not
    /// deaf". Empty for everyone.
    pub fn in_words(&self) -> String {
        match self {
            Self::Everyone => String::new(),
            tree => format!("who {}", tree.predicate(true, false)),
        }
    }

    fn predicate(&self, is: bool, is_inner: bool) -> String {
        let grouped = |parts: &[Self], word: &str| {
            let all: Vec<String> = parts.iter().map(|part| part.predicate(is, true)).collect();
            let text = all.join(word);
            if is_inner && all.len() > 1 {
                format!("({text})")
            } else {
                text
            }
        };
        let negated = |plain: &str, other: &str| {
            if is {
                plain.to_owned()
            } else {
                other.to_owned()
            }
        };
        match self {
            Self::Everyone => negated("are anybody", "are nobody"),
            // Neither of two is one not and the other not.
            Self::All(parts) => grouped(parts, if is { " and " } else { " or " }),
            Self::Any(parts) => grouped(parts, if is { " or " } else { " and " }),
            Self::Not(part) => part.predicate(!is, is_inner),
            Self::Gender(equals, gender) => {
                let noun = match gender {
                    Gender::Male => "are boys",
                    Gender::Female => "are girls",
                    Gender::Open => "have another gender",
                    Gender::Unspecified => "have no gender given",
                };
                if *equals == is {
                    noun.to_owned()
                } else {
                    noun.replacen("are", "are not", 1)
                        .replacen("have another", "do not have another", 1)
                        .replacen("have no gender", "have a gender", 1)
                }
            }
            Self::GestationalAgeKnown(known) => if *known == is {
                "have a known length of pregnancy"
            } else {
                "have no known length of pregnancy"
            }
            .to_owned(),
            Self::GestationalAge(comparison, weeks) => format!(
                "{} born after {} weeks of pregnancy",
                negated("were", "were not (or are not known to be)"),
                comparison.words(&weeks.to_string())
            ),
            Self::AgeInDays(comparison, days) => format!(
                "{} {} days old",
                negated("are", "are not"),
                comparison.words(&days.to_string())
            ),
            Self::LanguageCount(comparison, count) => format!(
                "{} {} {}",
                negated("hear", "do not hear"),
                comparison.words(&count.to_string()),
                if *count == 1 { "language" } else { "languages" }
            ),
            Self::Speaks(code) => {
                let name = Languages::TABLE
                    .iter()
                    .find(|(known, _)| known == code)
                    .map_or(code.as_str(), |(_, name)| name);
                format!("{} {name}", negated("hear", "do not hear"))
            }
            Self::Condition(code) => match code.as_str() {
                "autism_spectrum_disorder" => negated("have autism", "do not have autism"),
                "deaf" => negated("are deaf", "are not deaf"),
                "hearing_impairment" => negated("are hard of hearing", "are not hard of hearing"),
                "dyslexia" => negated("have dyslexia", "do not have dyslexia"),
                "multiple_birth" => negated(
                    "are twins or of another multiple birth",
                    "are of no multiple birth",
                ),
                other => format!("{} {other}", negated("have", "do not have")),
            },
        }
    }
}

impl Comparison {
    fn words(self, number: &str) -> String {
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

/// Whom a study is for, in one line: "children from 2 years to 3 years who hear Spanish".
pub fn audience(ages: &super::AgeRange, criteria: &Criteria) -> String {
    let who = criteria.in_words();
    format!(
        "children {}{}{who}",
        ages.from_to(),
        if who.is_empty() { "" } else { " " }
    )
}

/// The canonical text: parsing it gives the same tree.
impl std::fmt::Display for Criteria {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everyone => Ok(()),
            Self::All(parts) => join(f, parts, " AND "),
            Self::Any(parts) => join(f, parts, " OR "),
            Self::Not(part) => write!(f, "NOT {}", Grouped(part)),
            Self::Gender(is, gender) => {
                write!(f, "gender {} {gender}", if *is { "=" } else { "!=" })
            }
            Self::GestationalAgeKnown(is) => write!(
                f,
                "gestational_age_in_weeks {} na",
                if *is { "!=" } else { "=" }
            ),
            Self::GestationalAge(comparison, weeks) => write!(
                f,
                "gestational_age_in_weeks {} {weeks}",
                comparison.symbol()
            ),
            Self::AgeInDays(comparison, days) => {
                write!(f, "age_in_days {} {days}", comparison.symbol())
            }
            Self::LanguageCount(comparison, count) => {
                write!(f, "n_languages {} {count}", comparison.symbol())
            }
            Self::Speaks(code) => write!(f, "speaks_{code}"),
            Self::Condition(code) => f.write_str(code),
        }
    }
}

struct Grouped<'a>(&'a Criteria);

impl std::fmt::Display for Grouped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Criteria::All(_) | Criteria::Any(_) => write!(f, "({})", self.0),
            other => other.fmt(f),
        }
    }
}

fn join(f: &mut std::fmt::Formatter<'_>, parts: &[Criteria], between: &str) -> std::fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(between)?;
        }
        write!(f, "{}", Grouped(part))?;
    }
    Ok(())
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    fn error(&self, message: String) -> SyntaxError {
        let before = self.text.get(..self.position).unwrap_or_default();
        SyntaxError {
            column: before.chars().count() + 1,
            message,
        }
    }

    fn unexpected(&self, expected: &str) -> String {
        let word: String = self
            .rest()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .take(40)
            .collect();
        let found = match (word.is_empty(), self.rest().chars().next()) {
            (_, None) => return format!("the expression ends too early; {expected} is missing"),
            (true, Some(symbol)) => symbol.to_string(),
            (false, _) => word,
        };
        let hint = match found.to_lowercase().as_str() {
            "and" | "or" | "not" => " AND, OR and NOT are written in capitals.",
            _ => "",
        };
        format!("\u{201c}{found}\u{201d} does not fit here; expected {expected}.{hint}")
    }

    /// Takes `word` if the text goes on with it.
    fn take(&mut self, word: &str) -> bool {
        self.blanks();
        let is_next = self.rest().starts_with(word);
        if is_next {
            self.position += word.len();
        }
        is_next
    }

    /// Takes the longest of several words, in any letter case if asked.
    fn take_longest<'w, T: Copy>(
        &mut self,
        words: impl Iterator<Item = (&'w str, T)>,
        is_case_blind: bool,
    ) -> Option<T> {
        self.blanks();
        let rest = self.rest();
        let starts = |word: &str| {
            rest.get(..word.len()).is_some_and(|start| {
                if is_case_blind {
                    start.eq_ignore_ascii_case(word)
                } else {
                    start == word
                }
            })
        };
        let (word, value) = words
            .filter(|(word, _)| starts(word))
            .max_by_key(|(word, _)| word.len())?;
        self.position += word.len();
        Some(value)
    }

    fn disjunction(&mut self) -> Result<Criteria, SyntaxError> {
        let mut parts = vec![self.conjunction()?];
        while self.take("OR") {
            parts.push(self.conjunction()?);
        }
        Ok(one_or(parts, Criteria::Any))
    }

    fn conjunction(&mut self) -> Result<Criteria, SyntaxError> {
        let mut parts = vec![self.factor()?];
        while self.take("AND") {
            parts.push(self.factor()?);
        }
        Ok(one_or(parts, Criteria::All))
    }

    fn factor(&mut self) -> Result<Criteria, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error(format!(
                "parentheses and NOT are nested more than {DEPTH} deep"
            )));
        }
        let tree = if self.take("NOT") {
            Criteria::Not(Box::new(self.factor()?))
        } else if self.take("(") {
            let inner = self.disjunction()?;
            if !self.take(")") {
                self.blanks();
                return Err(self.error(self.unexpected("a closing parenthesis, AND, or OR")));
            }
            inner
        } else {
            self.relation()?
        };
        self.depth -= 1;
        Ok(tree)
    }

    fn relation(&mut self) -> Result<Criteria, SyntaxError> {
        self.blanks();
        let start = self.position;
        if self.take("gestational_age_in_weeks") {
            return self.gestational_age();
        }
        if self.take("gender") {
            return self.gender();
        }
        if self.take("age_in_days") {
            let comparison = self.comparison()?;
            return Ok(Criteria::AgeInDays(comparison, self.integer()?));
        }
        if self.take("n_languages") || self.take("num_languages") {
            let comparison = self.comparison()?;
            return Ok(Criteria::LanguageCount(comparison, self.integer()?));
        }
        if self.take("speaks_") {
            let code = self.take_longest(
                Languages::TABLE.iter().map(|(code, _)| (*code, *code)),
                false,
            );
            // A longer word than the code is no blank-less sequence but a misspelt language:
            // `speaks_esperanto`.
            let goes_on = self
                .rest()
                .starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
            return match code {
                Some(code) if !goes_on => Ok(Criteria::Speaks(code.to_owned())),
                _ => {
                    self.position = start;
                    Err(self.error(
                        self.unexpected("speaks_ and one of the language codes, such as speaks_en"),
                    ))
                }
            };
        }
        match self.take_longest(Conditions::TABLE.iter().map(|(code, _)| (*code, *code)), false) {
            Some(code) => Ok(Criteria::Condition(code.to_owned())),
            None => Err(self.error(self.unexpected("gender, age_in_days, gestational_age_in_weeks, n_languages, speaks_\u{2026}, or a condition"))),
        }
    }

    fn gender(&mut self) -> Result<Criteria, SyntaxError> {
        let is = if self.take("!=") {
            false
        } else if self.take("=") {
            true
        } else {
            self.blanks();
            return Err(self.error(self.unexpected("= or !=")));
        };
        let values = [
            ("male", Gender::Male),
            ("m", Gender::Male),
            ("female", Gender::Female),
            ("f", Gender::Female),
            ("other", Gender::Open),
            ("o", Gender::Open),
            ("na", Gender::Unspecified),
            ("n/a", Gender::Unspecified),
        ];
        match self.take_longest(values.into_iter(), true) {
            Some(gender) => Ok(Criteria::Gender(is, gender)),
            None => Err(self.error(self.unexpected("male, female, other, or na"))),
        }
    }

    fn gestational_age(&mut self) -> Result<Criteria, SyntaxError> {
        self.blanks();
        let at_comparison = self.position;
        let comparison = self.comparison()?;
        if self
            .take_longest([("na", ()), ("n/a", ())].into_iter(), true)
            .is_some()
        {
            return match comparison {
                Comparison::Equal => Ok(Criteria::GestationalAgeKnown(false)),
                Comparison::NotEqual => Ok(Criteria::GestationalAgeKnown(true)),
                _ => {
                    self.position = at_comparison;
                    Err(self.error("an unknown gestational age is neither more nor less than anything; use = na or != na".to_owned()))
                }
            };
        }
        self.blanks();
        let at_weeks = self.position;
        let weeks = self.integer()?;
        match u8::try_from(weeks) {
            Ok(weeks) if (24..=40).contains(&weeks) => {
                Ok(Criteria::GestationalAge(comparison, weeks))
            }
            _ => {
                self.position = at_weeks;
                Err(self.error("weeks go from 24 to 40".to_owned()))
            }
        }
    }

    fn comparison(&mut self) -> Result<Comparison, SyntaxError> {
        let symbols = [
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ];
        match self.take_longest(
            symbols
                .into_iter()
                .map(|comparison| (comparison.symbol(), comparison)),
            false,
        ) {
            Some(comparison) => Ok(comparison),
            None => Err(self.error(self.unexpected("=, !=, <, <=, >, or >="))),
        }
    }

    fn integer(&mut self) -> Result<u64, SyntaxError> {
        self.blanks();
        let digits: String = self
            .rest()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if digits.is_empty() {
            return Err(self.error(self.unexpected("a whole number")));
        }
        let number = digits
            .parse()
            .map_err(|_| self.error("this number is too large".to_owned()))?;
        self.position += digits.len();
        if self.rest().starts_with('.') {
            return Err(self.error("numbers are whole here, without a decimal point".to_owned()));
        }
        Ok(number)
    }
}

fn one_or(mut parts: Vec<Criteria>, many: impl FnOnce(Vec<Criteria>) -> Criteria) -> Criteria {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn child() -> Traits {
        Traits {
            age_days: 500,
            gender: Gender::Female,
            gestational_age: None,
            languages: Languages::from_codes(["en"]).unwrap(),
            conditions: Conditions::default(),
        }
    }

    fn holds(text: &str, child: &Traits) -> bool {
        Criteria::parse(text).unwrap().holds(child)
    }

    #[test]
    fn the_pinned_examples_hold() {
        let pinned = "((deaf OR hearing_impairment) OR NOT speaks_en) AND (age_in_days >= 365 AND age_in_days <= 1095)";
        assert!(!holds(pinned, &child()));
        assert!(holds(
            pinned,
            &Traits {
                conditions: Conditions::from_codes(["deaf"]).unwrap(),
                ..child()
            }
        ));
        let five = Traits {
            languages: Languages::from_codes(["en", "fr", "de", "yue", "or"]).unwrap(),
            ..child()
        };
        assert!(holds("num_languages < 6 AND n_languages > 1", &five));
        assert!(!holds("num_languages < 6 AND n_languages > 1", &child()));
        assert!(holds(
            "gender = male OR gender = OTHER",
            &Traits {
                gender: Gender::Male,
                ..child()
            }
        ));
        assert!(holds("gestational_age_in_weeks = na", &child()));
        assert!(holds("NOTdeaf", &child()));
        assert!(holds("speaks_enANDNOTspeaks_fr", &child()));
    }

    #[test]
    fn defects_of_the_original_are_gone() {
        let weeks = |code| Traits {
            gestational_age: GestationalAge::from_code(code),
            ..child()
        };
        assert!(
            !holds(
                "gestational_age_in_weeks <= 28 AND gestational_age_in_weeks > 24",
                &weeks(1)
            ),
            "D15"
        );
        assert!(
            holds("gestational_age_in_weeks < 37 OR speaks_en", &weeks(17)),
            "D15"
        );
        assert!(holds("NOT gestational_age_in_weeks < 37", &child()), "D15");
        assert!(holds("gestational_age_in_weeks < 24", &weeks(0)), "D16");
        assert!(!holds("gestational_age_in_weeks = na", &weeks(0)), "D16");
        assert!(
            holds(
                "gender = n/a",
                &Traits {
                    gender: Gender::Unspecified,
                    ..child()
                }
            ),
            "D17"
        );
        assert!(
            Criteria::parse("gestational_age_in_weeks < na").is_err(),
            "D17"
        );
        assert!(holds("age_in_days = 0500", &child()));
    }

    #[test]
    fn meaning_is_said_in_words() {
        let ages = crate::studies::AgeRange {
            min_years: 2,
            max_years: 3,
            ..Default::default()
        };
        let words = |text: &str| audience(&ages, &Criteria::parse(text).unwrap());
        assert_eq!(
            words("speaks_es"),
            "children from 2 years to 3 years who hear Spanish"
        );
        assert_eq!(words(""), "children from 2 years to 3 years");
        assert_eq!(
            words("speaks_es AND NOT deaf"),
            "children from 2 years to 3 years who hear Spanish and are not deaf"
        );
        assert_eq!(
            words("gender = female AND (speaks_es OR speaks_fr)"),
            "children from 2 years to 3 years who are girls and (hear Spanish or hear French)"
        );
        assert_eq!(
            words("NOT (deaf OR speaks_fr)"),
            "children from 2 years to 3 years who are not deaf and do not hear French"
        );
        assert_eq!(
            words("n_languages > 1"),
            "children from 2 years to 3 years who hear more than 1 language"
        );
        assert_eq!(
            words("gestational_age_in_weeks >= 37"),
            "children from 2 years to 3 years who were born after at least 37 weeks of pregnancy"
        );
    }

    #[test]
    fn errors_point_at_the_character() {
        for (text, column, part) in [
            ("deaf or hearing_impairment", 6, "capitals"),
            ("speaks_en)", 10, "the end"),
            ("(speaks_en", 11, "closing parenthesis"),
            ("speaks_esperanto", 1, "speaks_esperanto"),
            ("deaf AND", 9, "too early"),
            (" ", 2, "too early"),
            ("gender < m", 8, "= or !="),
            ("age_in_days < -5", 15, "whole number"),
            ("age_in_days < 1.5", 16, "decimal point"),
            ("age_in_days < 99999999999999999999", 15, "too large"),
            ("gestational_age_in_weeks = 23", 28, "24 to 40"),
            (
                "deaf AND gestational_age_in_weeks >= na",
                35,
                "= na or != na",
            ),
            ("é", 1, "é"),
        ] {
            let error = Criteria::parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
        assert!(Criteria::parse(&"(".repeat(100_000)).is_err());
        assert!(Criteria::parse(&"NOT ".repeat(100_000)).is_err());
    }

    fn trees() -> impl Strategy<Value = Criteria> {
        let comparison = prop_oneof![
            Just(Comparison::Equal),
            Just(Comparison::NotEqual),
            Just(Comparison::Less),
            Just(Comparison::LessOrEqual),
            Just(Comparison::Greater),
            Just(Comparison::GreaterOrEqual)
        ];
        let leaf = prop_oneof![
            (any::<bool>(), 0..Gender::ALL.len())
                .prop_map(|(is, index)| Criteria::Gender(is, Gender::ALL[index])),
            any::<bool>().prop_map(Criteria::GestationalAgeKnown),
            (comparison.clone(), 24_u8..=40)
                .prop_map(|(comparison, weeks)| Criteria::GestationalAge(comparison, weeks)),
            (comparison.clone(), 0_u64..8000)
                .prop_map(|(comparison, days)| Criteria::AgeInDays(comparison, days)),
            (comparison, 0_u64..8)
                .prop_map(|(comparison, count)| Criteria::LanguageCount(comparison, count)),
            (0..Languages::TABLE.len())
                .prop_map(|index| Criteria::Speaks(Languages::TABLE[index].0.to_owned())),
            (0..Conditions::TABLE.len())
                .prop_map(|index| Criteria::Condition(Conditions::TABLE[index].0.to_owned())),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Criteria::All),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Criteria::Any),
                inner.prop_map(|part| Criteria::Not(Box::new(part))),
            ]
        })
    }

    fn children() -> impl Strategy<Value = Traits> {
        (
            0_i64..8000,
            0..Gender::ALL.len(),
            prop::option::of(0_u8..18),
            any::<i64>(),
            any::<i64>(),
        )
            .prop_map(|(age_days, gender, weeks, languages, conditions)| Traits {
                age_days,
                gender: Gender::ALL[gender],
                gestational_age: weeks.and_then(GestationalAge::from_code),
                languages: Languages::from_bits(languages),
                conditions: Conditions::from_bits(conditions),
            })
    }

    proptest! {
        #[test]
        fn any_text_parses_or_errs_inside_itself(text in "[ a-z_=<>!/()0-9ANDORT]{0,60}") {
            if let Err(error) = Criteria::parse(&text) {
                prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1);
            }
        }

        #[test]
        fn the_canonical_text_means_the_same(tree in trees(), child in children()) {
            let text = tree.to_string();
            let again = Criteria::parse(&text).unwrap();
            prop_assert_eq!(again.holds(&child), tree.holds(&child), "{}", text);
            let tight: String = text.replace(' ', "");
            prop_assert_eq!(Criteria::parse(&tight).map(|tree| tree.holds(&child)), Ok(tree.holds(&child)), "{}", tight);
        }

        #[test]
        fn what_counts_as_narrower_lets_no_other_child_in(left in trees(), right in trees(), child in children()) {
            let both = Criteria::All(vec![left.clone(), right]);
            prop_assert!(both.is_narrower_than(&left) || matches!(left, Criteria::All(_)));
            if both.is_narrower_than(&left) && both.holds(&child) {
                prop_assert!(left.holds(&child));
            }
        }

        #[test]
        fn de_morgan_holds(left in trees(), right in trees(), child in children()) {
            let neither = Criteria::Not(Box::new(Criteria::Any(vec![left.clone(), right.clone()])));
            let both_not = Criteria::All(vec![Criteria::Not(Box::new(left)), Criteria::Not(Box::new(right))]);
            prop_assert_eq!(neither.holds(&child), both_not.holds(&child));
        }
    }
}
