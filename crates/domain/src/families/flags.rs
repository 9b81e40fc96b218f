//! Sets that are stored as the bits of one integer.

use serde::{Deserialize, Serialize};

use super::languages::LANGUAGES;

/// Conditions: code and label, in the order of their bits. Append only.
const CONDITIONS: &[(&str, &str)] = &[
    ("autism_spectrum_disorder", "Autism Spectrum Disorder"),
    ("deaf", "Deaf"),
    ("hearing_impairment", "Hard of Hearing"),
    ("dyslexia", "Dyslexia"),
    (
        "multiple_birth",
        "Multiple Birth (twin, triplet, or higher order)",
    ),
];

macro_rules! flags {
    ($(#[$meta:meta])* $name:ident, $table:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Code and label of each flag, in the order of their bits.
            pub const TABLE: &'static [(&'static str, &'static str)] = $table;

            /// The set stored in `bits`; bits without a meaning are dropped.
            pub fn from_bits(bits: i64) -> Self {
                Self(bits & ((1_i64 << Self::TABLE.len()) - 1))
            }

            /// The stored integer: bit 0 is the first flag of the table.
            pub const fn bits(self) -> i64 {
                self.0
            }

            /// The set of the given codes, or the first code that does not exist.
            pub fn from_codes<'a>(
                codes: impl IntoIterator<Item = &'a str>,
            ) -> Result<Self, String> {
                codes.into_iter().try_fold(Self(0), |set, code| {
                    let bit = Self::TABLE
                        .iter()
                        .position(|(known, _)| *known == code)
                        .ok_or_else(|| code.to_owned())?;
                    Ok(Self(set.0 | (1_i64 << bit)))
                })
            }

            /// Whether the flag with this code is set.
            pub fn contains(self, code: &str) -> bool {
                self.codes().any(|set| set == code)
            }

            /// The codes that are set, in the order of their bits.
            pub fn codes(self) -> impl Iterator<Item = &'static str> {
                let is_set = move |bit: usize| self.0 & (1_i64 << bit) != 0;
                Self::TABLE
                    .iter()
                    .enumerate()
                    .filter(move |(bit, _)| is_set(*bit))
                    .map(|(_, (code, _))| *code)
            }

            /// The codes that are set, separated by single blanks, as runners and downloads write
            /// them.
            pub fn joined(self) -> String {
                self.codes().collect::<Vec<_>>().join(" ")
            }

            /// How many flags are set.
            pub fn count(self) -> usize {
                self.codes().count()
            }
        }
    };
}

flags!(
    /// Languages that a child hears or speaks at home.
    Languages,
    LANGUAGES
);

flags!(
    /// Conditions that some studies ask for.
    Conditions,
    CONDITIONS
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_the_classic_ones() {
        let languages = Languages::from_codes(["yue", "en", "es"]).unwrap();
        assert_eq!(languages.bits(), 1 | 1 << 45 | 1 << 59);
        assert_eq!(languages.joined(), "en es yue");
        assert_eq!(Languages::TABLE.len(), 60);
        assert_eq!(Languages::from_codes(["eo"]), Err("eo".to_owned()));
        assert_eq!(
            Conditions::from_codes(["multiple_birth"]).unwrap().bits(),
            16
        );
        assert_eq!(Conditions::from_bits(-1).count(), 5);
    }
}
