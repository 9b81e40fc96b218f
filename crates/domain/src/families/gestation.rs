//! How long a pregnancy lasted, as runners, downloads and the criteria language know it.

use serde::{Deserialize, Serialize};

/// Weeks of pregnancy at birth, as the stored code 0 … 17.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GestationalAge(u8);

impl GestationalAge {
    /// Highest code: 40 weeks or more.
    pub const HIGHEST: u8 = 17;

    /// Every value, shortest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=Self::HIGHEST).map(Self)
    }

    /// The value of a stored code; `None` above [`Self::HIGHEST`].
    pub fn from_code(code: u8) -> Option<Self> {
        (code <= Self::HIGHEST).then_some(Self(code))
    }

    /// The stored code: 0 for under 24 weeks, then one for each week.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Whole weeks for comparison: 23 stands for everything under 24, and 40 for 40 or more.
    pub fn weeks(self) -> u8 {
        (self.0 + 23).min(40)
    }

    /// The label that runners and downloads carry. Data sets hold it: it must not change.
    pub fn label(self) -> String {
        match self.0 {
            0 => "Under 24 weeks".to_owned(),
            Self::HIGHEST => "40 or more weeks".to_owned(),
            _ => format!("{} weeks", self.weeks()),
        }
    }

    /// The same for an answer that may be missing.
    pub fn label_of(age: Option<Self>) -> String {
        age.map_or_else(
            || "Not sure or prefer not to answer".to_owned(),
            Self::label,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gestational_codes_keep_their_meaning() {
        let weeks: Vec<u8> = GestationalAge::all().map(GestationalAge::weeks).collect();
        assert_eq!(weeks, (23..=40).collect::<Vec<u8>>());
        assert_eq!(
            GestationalAge::from_code(0).unwrap().label(),
            "Under 24 weeks"
        );
        assert_eq!(GestationalAge::from_code(15).unwrap().label(), "38 weeks");
        assert_eq!(GestationalAge::from_code(18), None);
    }
}
