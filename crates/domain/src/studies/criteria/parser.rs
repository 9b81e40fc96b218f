//! From text to a syntax tree, by recursive descent. Blanks between tokens are optional:
//! `NOTdeaf` and `speaks_enANDspeaks_fr` are expressions.

use super::{Comparison, Criteria};
use crate::families::{Conditions, Gender, Languages};

/// Deepest nesting of parentheses and `NOT` that is accepted, so that no text can exhaust the
/// stack.
const DEPTH: usize = 64;

/// Where an expression stops making sense, and what would make sense there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {column}: {message}")]
pub struct SyntaxError {
    /// Position of the first character that does not fit, counted from 1.
    pub column: usize,
    /// What was found there and what was expected, in one sentence.
    pub message: String,
}

pub(super) fn parse(text: &str) -> Result<Criteria, SyntaxError> {
    if text.is_empty() {
        return Ok(Criteria::Everyone);
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
            return self.language(start);
        }
        match self.take_longest(
            Conditions::TABLE.iter().map(|(code, _)| (*code, *code)),
            false,
        ) {
            Some(code) => Ok(Criteria::Condition(code.to_owned())),
            None => Err(self.error(self.unexpected(
                "gender, age_in_days, gestational_age_in_weeks, n_languages, speaks_\u{2026}, \
                 or a condition",
            ))),
        }
    }

    /// The code after `speaks_`, which begins at `start`.
    fn language(&mut self, start: usize) -> Result<Criteria, SyntaxError> {
        let codes = Languages::TABLE.iter().map(|(code, _)| (*code, *code));
        let code = self.take_longest(codes, false);
        // A longer word than the code is not a sequence without blanks but a misspelt language:
        // `speaks_esperanto`.
        let goes_on = self
            .rest()
            .starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        match code {
            Some(code) if !goes_on => Ok(Criteria::Speaks(code.to_owned())),
            _ => {
                self.position = start;
                Err(self.error(
                    self.unexpected("speaks_ and one of the language codes, such as speaks_en"),
                ))
            }
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
                    Err(self.error(
                        "an unknown gestational age is neither more nor less than anything; \
                         use = na or != na"
                            .to_owned(),
                    ))
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
