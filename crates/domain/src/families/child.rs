//! A child, as its family describes it (`domain.md` §1.4).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::Violations;
use crate::text;

crate::id!(
    /// A child of a family.
    ChildId
);

crate::text_enum!(
    /// Gender, of children and adults.
    Gender {
        /// A girl or woman.
        Female = "f",
        /// A boy or man.
        Male = "m",
        /// Described in the family's own words.
        Open = "o",
        /// Not told.
        Unspecified = "na",
    }
);

impl Gender {
    /// What a family reads in a list of choices.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Female => "Female",
            Self::Male => "Male",
            Self::Open => "In my own words",
            Self::Unspecified => "Prefer not to say",
        }
    }
}

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

    /// The value of a stored code.
    pub fn from_code(code: u8) -> Option<Self> {
        (code <= Self::HIGHEST).then_some(Self(code))
    }

    /// The stored code.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Whole weeks for comparison: 23 stands for everything under 24 (the original lost it, D16),
    /// 40 for 40 or more.
    pub fn weeks(self) -> u8 {
        (self.0 + 23).min(40)
    }

    /// The classic label, which runners and downloads carry (`domain.md` §1.4).
    pub fn label(self) -> String {
        match self.0 {
            0 => "Under 24 weeks".to_owned(),
            Self::HIGHEST => "40 or more weeks".to_owned(),
            _ => format!("{} weeks", self.weeks()),
        }
    }

    /// The classic label of an optional value.
    pub fn label_of(age: Option<Self>) -> String {
        age.map_or_else(
            || "Not sure or prefer not to answer".to_owned(),
            Self::label,
        )
    }
}

/// A set of flags stored as bits of one integer. The order of the table is the order of the bits:
/// never re-sort it.
macro_rules! flags {
    ($(#[$meta:meta])* $name:ident, $what:literal, [$(($code:literal, $label:literal)),+ $(,)?]) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Code and label of each flag, in the order of their bits.
            pub const TABLE: &'static [(&'static str, &'static str)] = &[$(($code, $label)),+];

            /// The set stored in `bits`; bits without a meaning are dropped.
            pub fn from_bits(bits: i64) -> Self {
                Self(bits & ((1_i64 << Self::TABLE.len()) - 1))
            }

            /// The stored integer.
            pub const fn bits(self) -> i64 {
                self.0
            }

            /// The set of the given codes, or the first code that does not exist.
            pub fn from_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
                codes.into_iter().try_fold(Self(0), |set, code| {
                    let bit = Self::TABLE.iter().position(|(known, _)| *known == code).ok_or_else(|| code.to_owned())?;
                    Ok(Self(set.0 | (1_i64 << bit)))
                })
            }

            /// Whether the flag with this code is set.
            pub fn contains(self, code: &str) -> bool {
                self.codes().any(|set| set == code)
            }

            /// The codes that are set, in the order of their bits.
            pub fn codes(self) -> impl Iterator<Item = &'static str> {
                Self::TABLE.iter().enumerate().filter(move |(bit, _)| self.0 & (1_i64 << bit) != 0).map(|(_, (code, _))| *code)
            }

            /// The codes that are set, separated by single blanks, as the classic API and downloads
            /// write them.
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
    "language",
    [
        ("en", "English"), ("am", "Amharic"), ("bn", "Bengali"), ("bho", "Bhojpuri"), ("my", "Burmese"), ("ceb", "Cebuano"),
        ("hne", "Chhattisgarhi"), ("nl", "Dutch"), ("egy", "Egyptian Spoken Arabic"), ("fr", "French"), ("gan", "Gan"), ("de", "German"),
        ("gu", "Gujarati"), ("hak", "Hakka"), ("ha", "Hausa"), ("he", "Hebrew"), ("hi", "Hindi"), ("ig", "Igbo"), ("id", "Indonesian"),
        ("pes", "Iranian Persian"), ("it", "Italian"), ("ja", "Japanese"), ("jv", "Javanese"), ("cjy", "Jinyu"), ("kn", "Kannada"),
        ("km", "Khmer"), ("ko", "Korean"), ("mag", "Magahi"), ("mai", "Maithili"), ("ms", "Malay"), ("ml", "Malayalam"),
        ("cmn", "Chinese (Mandarin)"), ("mr", "Marathi"), ("nan", "Min Nan"), ("mor", "Moroccan Spoken Arabic"), ("pbu", "Northern Pashto"),
        ("uzn", "Northern Uzbek"), ("or", "Odia"), ("pl", "Polish"), ("pt", "Portuguese"), ("ro", "Romanian"), ("ru", "Russian"),
        ("skr", "Saraiki"), ("sd", "Sindhi"), ("so", "Somali"), ("es", "Spanish"), ("su", "Sunda"), ("tl", "Tagalog"), ("ta", "Tamil"),
        ("te", "Telugu"), ("th", "Thai"), ("tr", "Turkish"), ("uk", "Ukrainian"), ("ur", "Urdu"), ("vi", "Vietnamese"),
        ("lah", "Western Punjabi"), ("wuu", "Wu"), ("hsn", "Xiang Chinese"), ("yo", "Yoruba"), ("yue", "Chinese (Cantonese)"),
    ]
);

flags!(
    /// Conditions that some studies ask for.
    Conditions,
    "condition",
    [
        ("autism_spectrum_disorder", "Autism Spectrum Disorder"),
        ("deaf", "Deaf"),
        ("hearing_impairment", "Hard of Hearing"),
        ("dyslexia", "Dyslexia"),
        ("multiple_birth", "Multiple Birth (twin, triplet, or higher order)"),
    ]
);

/// What a family tells about a child, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildDetails {
    /// First name or nickname.
    pub given_name: String,
    /// Day of birth, a calendar date without a time zone.
    pub birthday: NaiveDate,
    /// Gender.
    pub gender: Gender,
    /// The family's own words; only with [`Gender::Open`].
    pub gender_self_describe: String,
    /// Weeks of pregnancy at birth; `None` when not told.
    pub gestational_age: Option<GestationalAge>,
    /// Languages at home.
    pub languages: Languages,
    /// Conditions.
    pub conditions: Conditions,
    /// Anything else.
    pub additional_information: String,
}

/// A child with its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Public identifier.
    pub id: ChildId,
    /// What the family told.
    pub details: ChildDetails,
}

/// The form as it was posted: nothing in it is trusted yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChildForm {
    /// First name or nickname.
    pub given_name: String,
    /// `YYYY-MM-DD`.
    pub birthday: String,
    /// Stored code of a gender.
    pub gender: String,
    /// Words for [`Gender::Open`].
    pub gender_self_describe: String,
    /// Stored code of a gestational age, or empty.
    pub gestational_age: String,
    /// Codes of languages.
    pub languages: Vec<String>,
    /// Codes of conditions.
    pub conditions: Vec<String>,
    /// Free text.
    pub additional_information: String,
}

impl ChildForm {
    /// The form that would produce `details`.
    pub fn of(details: &ChildDetails) -> Self {
        Self {
            given_name: details.given_name.clone(),
            birthday: details.birthday.to_string(),
            gender: details.gender.to_string(),
            gender_self_describe: details.gender_self_describe.clone(),
            gestational_age: details
                .gestational_age
                .map(|age| age.code().to_string())
                .unwrap_or_default(),
            languages: details.languages.codes().map(str::to_owned).collect(),
            conditions: details.conditions.codes().map(str::to_owned).collect(),
            additional_information: details.additional_information.clone(),
        }
    }

    /// Checks the form. `today` bounds the birthday; `fixed_birthday` is that of a child that
    /// exists already, which can't be changed: studies have been chosen and judged by it
    /// (`domain.md` §6.6).
    pub fn check(
        &self,
        today: NaiveDate,
        fixed_birthday: Option<NaiveDate>,
    ) -> Result<ChildDetails, Violations> {
        let mut violations = Violations::new();
        let given_name =
            text::required_line("given_name", "the name", &self.given_name, &mut violations);
        let birthday = fixed_birthday.or_else(|| birthday(&self.birthday, today, &mut violations));
        let gender = self.gender.parse::<Gender>().ok();
        if gender.is_none() {
            violations.add(
                "gender",
                "required",
                "Please choose one, or \u{201c}Prefer not to say\u{201d}.",
            );
        }
        let own_words = text::line(
            "gender_self_describe",
            "the description",
            &self.gender_self_describe,
            text::LINE,
            &mut violations,
        );
        let gestational_age = match self.gestational_age.as_str() {
            "" => None,
            code => {
                let age = code.parse().ok().and_then(GestationalAge::from_code);
                if age.is_none() {
                    violations.add(
                        "gestational_age",
                        "unknown",
                        "Please choose one of the listed answers.",
                    );
                }
                age
            }
        };
        let languages = Languages::from_codes(self.languages.iter().map(String::as_str)).unwrap_or_else(|code| {
            violations.add("languages", "unknown", format!("\u{201c}{code}\u{201d} is none of the listed languages. Please choose from the list."));
            Languages::default()
        });
        let conditions = Conditions::from_codes(self.conditions.iter().map(String::as_str)).unwrap_or_else(|code| {
            violations.add("conditions", "unknown", format!("\u{201c}{code}\u{201d} is none of the listed answers. Please choose from the list."));
            Conditions::default()
        });
        let additional_information = text::paragraphs(
            "additional_information",
            "this text",
            &self.additional_information,
            &mut violations,
        );
        let (Some(birthday), Some(gender)) = (birthday, gender) else {
            return Err(violations);
        };
        violations.or(ChildDetails {
            given_name,
            birthday,
            gender,
            gender_self_describe: if gender == Gender::Open {
                own_words
            } else {
                String::new()
            },
            gestational_age,
            languages,
            conditions,
            additional_information,
        })
    }
}

fn birthday(raw: &str, today: NaiveDate, violations: &mut Violations) -> Option<NaiveDate> {
    let raw = raw.trim();
    let earliest = today
        .checked_sub_months(chrono::Months::new(12 * 120))
        .unwrap_or(NaiveDate::MIN);
    if raw.is_empty() {
        violations.add(
            "birthday",
            "required",
            "Please enter the birthday. Studies are chosen by age.",
        );
        return None;
    }
    match raw.parse::<NaiveDate>() {
        Err(_) => {
            violations.add(
                "birthday",
                "no_date",
                "Please enter the birthday as year, month and day, for example 2023-05-17.",
            );
            None
        }
        Ok(date) if date > today => {
            violations.add("birthday", "future", "This day is in the future. Please check the year; a baby can be added on the day it is born.");
            None
        }
        Ok(date) if date < earliest => {
            violations.add("birthday", "too_early", "Please check the year of birth.");
            None
        }
        Ok(date) => Some(date),
    }
}

/// An age in the words that people use for it: days, weeks, months with halves, then years and
/// months.
pub fn age_in_words(birthday: NaiveDate, today: NaiveDate) -> String {
    let days = (today - birthday).num_days();
    let plural = |count: i64, unit: &str| {
        if count == 1 {
            format!("1 {unit}")
        } else {
            format!("{count} {unit}s")
        }
    };
    if days < 0 {
        return "not born yet".to_owned();
    }
    if days < 14 {
        return format!("{} old", plural(days, "day"));
    }
    let months = i64::from(whole_months(birthday, today));
    if months < 3 {
        return format!("{} old", plural(days / 7, "week"));
    }
    if months < 24 {
        return format!("{} old", plural(months, "month"));
    }
    let (years, rest) = (months / 12, months % 12);
    if rest == 0 || years >= 6 {
        format!("{} old", plural(years, "year"))
    } else {
        format!("{}, {} old", plural(years, "year"), plural(rest, "month"))
    }
}

/// Whole calendar months between two dates.
fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    use chrono::Datelike;
    let months = (to.year() - from.year()) * 12 + i32::try_from(to.month()).unwrap_or_default()
        - i32::try_from(from.month()).unwrap_or_default();
    let is_partial = to.day() < from.day();
    u32::try_from(months - i32::from(is_partial)).unwrap_or_default()
}

/// The day on which somebody born on `birthday` turns `age` years old. Leap-day children celebrate
/// on 28 February.
pub fn birthday_at(birthday: NaiveDate, age: u32) -> NaiveDate {
    birthday
        .checked_add_months(chrono::Months::new(12 * age))
        .unwrap_or(NaiveDate::MAX)
}

/// The classic rounded age in days: to the nearest ten up to 360, to the nearest thirty above,
/// halves to the even multiple (`domain.md` §10.1).
pub fn rounded_age(days: i64) -> i64 {
    let step = if days <= 360 { 10 } else { 30 };
    let (whole, rest) = (days.div_euclid(step), days.rem_euclid(step));
    let is_up = 2 * rest > step || (2 * rest == step && whole % 2 != 0);
    (whole + i64::from(is_up)) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn form() -> ChildForm {
        ChildForm {
            given_name: "Sam".into(),
            birthday: "2023-02-01".into(),
            gender: "na".into(),
            ..ChildForm::default()
        }
    }

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

    #[test]
    fn words_of_ones_own_belong_to_the_open_answer() {
        let words = ChildForm {
            gender_self_describe: "both".into(),
            ..form()
        };
        assert_eq!(
            words
                .check(day("2026-11-24"), None)
                .unwrap()
                .gender_self_describe,
            ""
        );
        let open = ChildForm {
            gender: "o".into(),
            ..words
        };
        assert_eq!(
            open.check(day("2026-11-24"), None)
                .unwrap()
                .gender_self_describe,
            "both"
        );
    }

    #[test]
    fn every_fault_is_reported_at_its_field() {
        let bad = ChildForm {
            given_name: " ".into(),
            birthday: "2026-11-25".into(),
            gender: "x".into(),
            gestational_age: "99".into(),
            languages: vec!["eo".into()],
            conditions: vec!["tall".into()],
            additional_information: "x".repeat(text::PARAGRAPHS + 1),
            ..form()
        };
        let violations = bad.check(day("2026-11-24"), None).unwrap_err();
        let fields: Vec<_> = violations
            .entries()
            .iter()
            .map(|v| v.field.as_str())
            .collect();
        assert_eq!(
            fields,
            [
                "given_name",
                "birthday",
                "gender",
                "gestational_age",
                "languages",
                "conditions",
                "additional_information"
            ]
        );
    }

    #[test]
    fn the_birthday_of_a_known_child_stays() {
        let moved = ChildForm {
            birthday: "2020-01-01".into(),
            ..form()
        };
        assert_eq!(
            moved
                .check(day("2026-11-24"), Some(day("2023-02-01")))
                .unwrap()
                .birthday,
            day("2023-02-01")
        );
    }

    #[test]
    fn a_form_of_details_gives_the_details_again() {
        let filled = ChildForm {
            gender: "o".into(),
            gender_self_describe: "x".into(),
            gestational_age: "0".into(),
            languages: vec!["en".into()],
            conditions: vec!["deaf".into()],
            ..form()
        };
        let details = filled.check(day("2026-11-24"), None).unwrap();
        assert_eq!(
            ChildForm::of(&details)
                .check(day("2026-11-24"), None)
                .unwrap(),
            details
        );
    }

    #[test]
    fn ages_read_as_people_say_them() {
        let today = day("2026-11-24");
        for (birthday, words) in [
            ("2026-11-23", "1 day old"),
            ("2026-10-01", "7 weeks old"),
            ("2026-08-24", "3 months old"),
            ("2025-11-25", "11 months old"),
            ("2024-12-24", "23 months old"),
            ("2024-11-24", "2 years old"),
            ("2023-09-20", "3 years, 2 months old"),
            ("2018-01-01", "8 years old"),
            ("2026-11-25", "not born yet"),
        ] {
            assert_eq!(age_in_words(day(birthday), today), words, "{birthday}");
        }
    }

    #[test]
    fn leap_day_children_have_birthdays_too() {
        assert_eq!(birthday_at(day("2024-02-29"), 3), day("2027-02-28"));
        assert_eq!(birthday_at(day("2024-02-29"), 4), day("2028-02-29"));
    }

    #[test]
    fn rounding_is_the_classic_one() {
        assert_eq!(
            [4, 45, 55, 360, 361, 375, 405, 900].map(rounded_age),
            [0, 40, 60, 360, 360, 360, 420, 900]
        );
    }
}
