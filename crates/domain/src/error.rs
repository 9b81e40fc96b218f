//! What a person did wrong, field by field, in words they can act on.

use serde::{Deserialize, Serialize};

/// One thing to correct: the form field, a stable code for programs, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Name of the form field, or of the JSON member; empty when it concerns the whole form.
    pub field: String,
    /// Stable, machine-readable reason such as `required` or `too_long`.
    pub code: String,
    /// What is wrong and what to do, in plain words.
    pub message: String,
}

/// Collects violations while a form is read, so that a person sees all of them at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// For rules that can find one thing only.
    pub fn one(field: &str, code: &str, message: impl Into<String>) -> Self {
        let mut all = Self::new();
        all.add(field, code, message);
        all
    }

    /// Adds what is wrong with a field; a field may have several.
    pub fn add(&mut self, field: &str, code: &str, message: impl Into<String>) {
        self.0.push(Violation {
            field: field.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        });
    }

    /// The entries in the order in which they were found.
    pub fn entries(&self) -> &[Violation] {
        &self.0
    }

    /// Whether nothing was wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first message for a field.
    pub fn message(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|violation| violation.field == field)
            .map(|violation| violation.message.as_str())
    }

    /// The value if nothing was wrong, otherwise the collection.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl std::fmt::Display for Violations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, violation) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{}: {}", violation.field, violation.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
