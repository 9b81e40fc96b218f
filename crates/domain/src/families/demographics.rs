//! The answers that describe a household (`domain.md` §1.5). A snapshot is never changed: each save
//! is a new one, and a response keeps the one that was current when it began.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::child::Gender;
use crate::error::Violations;
use crate::text;

crate::id!(
    /// One saved set of answers.
    SnapshotId
);

/// Stored value and label of one answer.
pub type Choice = (&'static str, &'static str);

/// Numbers of children.
pub const NUMBER_OF_CHILDREN: &[Choice] = &[
    ("0", "0"),
    ("1", "1"),
    ("2", "2"),
    ("3", "3"),
    ("4", "4"),
    ("5", "5"),
    ("6", "6"),
    ("7", "7"),
    ("8", "8"),
    ("9", "9"),
    ("10", "10"),
    (">10", "More than 10"),
];
/// Numbers of parents or guardians.
pub const NUMBER_OF_GUARDIANS: &[Choice] = &[
    ("1", "1"),
    ("2", "2"),
    ("3", "3"),
    ("varies", "Another number, or it changes"),
];
/// Racial and ethnic identifications as the US census asks for them.
pub const RACE: &[Choice] = &[
    ("white", "White"),
    ("hisp", "Hispanic, Latino, or Spanish origin"),
    ("black", "Black or African American"),
    ("asian", "Asian"),
    ("native", "American Indian or Alaska Native"),
    ("mideast-naf", "Middle Eastern or North African"),
    (
        "hawaiian-pac-isl",
        "Native Hawaiian or Other Pacific Islander",
    ),
    ("other", "Another race, ethnicity, or origin"),
];
/// Age bands of the parent.
pub const AGE: &[Choice] = &[
    ("<18", "under 18"),
    ("18-21", "18-21"),
    ("22-24", "22-24"),
    ("25-29", "25-29"),
    ("30-34", "30-34"),
    ("35-39", "35-39"),
    ("40-44", "40-44"),
    ("45-49", "45-49"),
    ("50s", "50-59"),
    ("60s", "60-69"),
    (">70", "70 or over"),
];
/// Levels of education.
pub const EDUCATION: &[Choice] = &[
    ("some", "some or attending high school"),
    ("hs", "high school diploma or GED"),
    ("col", "some or attending college"),
    ("assoc", "2-year college degree"),
    ("bach", "4-year college degree"),
    ("grad", "some or attending graduate or professional school"),
    ("prof", "graduate or professional degree"),
];
/// Yearly incomes in US dollars: each label names the lower bound.
pub const INCOME: &[Choice] = &[
    ("0", "0"),
    ("5000", "5000"),
    ("10000", "10000"),
    ("15000", "15000"),
    ("20000", "20000"),
    ("30000", "30000"),
    ("40000", "40000"),
    ("50000", "50000"),
    ("60000", "60000"),
    ("70000", "70000"),
    ("80000", "80000"),
    ("90000", "90000"),
    ("100000", "100000"),
    ("110000", "110000"),
    ("120000", "120000"),
    ("130000", "130000"),
    ("140000", "140000"),
    ("150000", "150000"),
    ("160000", "160000"),
    ("170000", "170000"),
    ("180000", "180000"),
    ("190000", "190000"),
    (">200000", "over 200000"),
    ("na", "prefer not to answer"),
];
/// Kinds of place.
pub const DENSITY: &[Choice] = &[
    ("urban", "urban"),
    ("suburban", "suburban"),
    ("rural", "rural"),
];
/// States, territories and military addresses of the United States, by name.
pub const STATE: &[Choice] = &[
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("AA", "Armed Forces Americas"),
    ("AE", "Armed Forces Europe"),
    ("AP", "Armed Forces Pacific"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("DC", "District of Columbia"),
    ("FM", "Federated States of Micronesia"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("GU", "Guam"),
    ("HI", "Hawaii"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("IA", "Iowa"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("ME", "Maine"),
    ("MH", "Marshall Islands"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("MP", "Northern Mariana Islands"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PW", "Palau"),
    ("PA", "Pennsylvania"),
    ("PR", "Puerto Rico"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VT", "Vermont"),
    ("VI", "Virgin Islands"),
    ("VA", "Virginia"),
    ("WA", "Washington"),
    ("WV", "West Virginia"),
    ("WI", "Wisconsin"),
    ("WY", "Wyoming"),
];
/// Countries by ISO 3166-1 code, the United States first since most families live there, then by
/// name.
pub const COUNTRY: &[Choice] = &[
    ("US", "United States of America"),
    ("AF", "Afghanistan"),
    ("AX", "Åland Islands"),
    ("AL", "Albania"),
    ("DZ", "Algeria"),
    ("AS", "American Samoa"),
    ("AD", "Andorra"),
    ("AO", "Angola"),
    ("AI", "Anguilla"),
    ("AQ", "Antarctica"),
    ("AG", "Antigua and Barbuda"),
    ("AR", "Argentina"),
    ("AM", "Armenia"),
    ("AW", "Aruba"),
    ("AU", "Australia"),
    ("AT", "Austria"),
    ("AZ", "Azerbaijan"),
    ("BS", "Bahamas"),
    ("BH", "Bahrain"),
    ("BD", "Bangladesh"),
    ("BB", "Barbados"),
    ("BY", "Belarus"),
    ("BE", "Belgium"),
    ("BZ", "Belize"),
    ("BJ", "Benin"),
    ("BM", "Bermuda"),
    ("BT", "Bhutan"),
    ("BO", "Bolivia"),
    ("BQ", "Bonaire, Sint Eustatius and Saba"),
    ("BA", "Bosnia and Herzegovina"),
    ("BW", "Botswana"),
    ("BV", "Bouvet Island"),
    ("BR", "Brazil"),
    ("IO", "British Indian Ocean Territory"),
    ("BN", "Brunei"),
    ("BG", "Bulgaria"),
    ("BF", "Burkina Faso"),
    ("BI", "Burundi"),
    ("CV", "Cabo Verde"),
    ("KH", "Cambodia"),
    ("CM", "Cameroon"),
    ("CA", "Canada"),
    ("KY", "Cayman Islands"),
    ("CF", "Central African Republic"),
    ("TD", "Chad"),
    ("CL", "Chile"),
    ("CN", "China"),
    ("CX", "Christmas Island"),
    ("CC", "Cocos (Keeling) Islands"),
    ("CO", "Colombia"),
    ("KM", "Comoros"),
    ("CG", "Congo"),
    ("CD", "Congo (Democratic Republic)"),
    ("CK", "Cook Islands"),
    ("CR", "Costa Rica"),
    ("CI", "Côte d'Ivoire"),
    ("HR", "Croatia"),
    ("CU", "Cuba"),
    ("CW", "Curaçao"),
    ("CY", "Cyprus"),
    ("CZ", "Czechia"),
    ("DK", "Denmark"),
    ("DJ", "Djibouti"),
    ("DM", "Dominica"),
    ("DO", "Dominican Republic"),
    ("EC", "Ecuador"),
    ("EG", "Egypt"),
    ("SV", "El Salvador"),
    ("GQ", "Equatorial Guinea"),
    ("ER", "Eritrea"),
    ("EE", "Estonia"),
    ("SZ", "Eswatini"),
    ("ET", "Ethiopia"),
    ("FK", "Falkland Islands"),
    ("FO", "Faroe Islands"),
    ("FJ", "Fiji"),
    ("FI", "Finland"),
    ("FR", "France"),
    ("GF", "French Guiana"),
    ("PF", "French Polynesia"),
    ("TF", "French Southern Territories"),
    ("GA", "Gabon"),
    ("GM", "Gambia"),
    ("GE", "Georgia"),
    ("DE", "Germany"),
    ("GH", "Ghana"),
    ("GI", "Gibraltar"),
    ("GR", "Greece"),
    ("GL", "Greenland"),
    ("GD", "Grenada"),
    ("GP", "Guadeloupe"),
    ("GU", "Guam"),
    ("GT", "Guatemala"),
    ("GG", "Guernsey"),
    ("GN", "Guinea"),
    ("GW", "Guinea-Bissau"),
    ("GY", "Guyana"),
    ("HT", "Haiti"),
    ("HM", "Heard Island and McDonald Islands"),
    ("VA", "Holy See"),
    ("HN", "Honduras"),
    ("HK", "Hong Kong"),
    ("HU", "Hungary"),
    ("IS", "Iceland"),
    ("IN", "India"),
    ("ID", "Indonesia"),
    ("IR", "Iran"),
    ("IQ", "Iraq"),
    ("IE", "Ireland"),
    ("IM", "Isle of Man"),
    ("IL", "Israel"),
    ("IT", "Italy"),
    ("JM", "Jamaica"),
    ("JP", "Japan"),
    ("JE", "Jersey"),
    ("JO", "Jordan"),
    ("KZ", "Kazakhstan"),
    ("KE", "Kenya"),
    ("KI", "Kiribati"),
    ("KW", "Kuwait"),
    ("KG", "Kyrgyzstan"),
    ("LA", "Laos"),
    ("LV", "Latvia"),
    ("LB", "Lebanon"),
    ("LS", "Lesotho"),
    ("LR", "Liberia"),
    ("LY", "Libya"),
    ("LI", "Liechtenstein"),
    ("LT", "Lithuania"),
    ("LU", "Luxembourg"),
    ("MO", "Macao"),
    ("MG", "Madagascar"),
    ("MW", "Malawi"),
    ("MY", "Malaysia"),
    ("MV", "Maldives"),
    ("ML", "Mali"),
    ("MT", "Malta"),
    ("MH", "Marshall Islands"),
    ("MQ", "Martinique"),
    ("MR", "Mauritania"),
    ("MU", "Mauritius"),
    ("YT", "Mayotte"),
    ("MX", "Mexico"),
    ("FM", "Micronesia"),
    ("MD", "Moldova"),
    ("MC", "Monaco"),
    ("MN", "Mongolia"),
    ("ME", "Montenegro"),
    ("MS", "Montserrat"),
    ("MA", "Morocco"),
    ("MZ", "Mozambique"),
    ("MM", "Myanmar"),
    ("NA", "Namibia"),
    ("NR", "Nauru"),
    ("NP", "Nepal"),
    ("NL", "Netherlands"),
    ("NC", "New Caledonia"),
    ("NZ", "New Zealand"),
    ("NI", "Nicaragua"),
    ("NE", "Niger"),
    ("NG", "Nigeria"),
    ("NU", "Niue"),
    ("NF", "Norfolk Island"),
    ("KP", "North Korea"),
    ("MK", "North Macedonia"),
    ("MP", "Northern Mariana Islands"),
    ("NO", "Norway"),
    ("OM", "Oman"),
    ("PK", "Pakistan"),
    ("PW", "Palau"),
    ("PS", "Palestine"),
    ("PA", "Panama"),
    ("PG", "Papua New Guinea"),
    ("PY", "Paraguay"),
    ("PE", "Peru"),
    ("PH", "Philippines"),
    ("PN", "Pitcairn"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("PR", "Puerto Rico"),
    ("QA", "Qatar"),
    ("RE", "Réunion"),
    ("RO", "Romania"),
    ("RU", "Russia"),
    ("RW", "Rwanda"),
    ("BL", "Saint Barthélemy"),
    ("SH", "Saint Helena, Ascension and Tristan da Cunha"),
    ("KN", "Saint Kitts and Nevis"),
    ("LC", "Saint Lucia"),
    ("MF", "Saint Martin"),
    ("PM", "Saint Pierre and Miquelon"),
    ("VC", "Saint Vincent and the Grenadines"),
    ("WS", "Samoa"),
    ("SM", "San Marino"),
    ("ST", "Sao Tome and Principe"),
    ("SA", "Saudi Arabia"),
    ("SN", "Senegal"),
    ("RS", "Serbia"),
    ("SC", "Seychelles"),
    ("SL", "Sierra Leone"),
    ("SG", "Singapore"),
    ("SX", "Sint Maarten"),
    ("SK", "Slovakia"),
    ("SI", "Slovenia"),
    ("SB", "Solomon Islands"),
    ("SO", "Somalia"),
    ("ZA", "South Africa"),
    ("GS", "South Georgia and the South Sandwich Islands"),
    ("KR", "South Korea"),
    ("SS", "South Sudan"),
    ("ES", "Spain"),
    ("LK", "Sri Lanka"),
    ("SD", "Sudan"),
    ("SR", "Suriname"),
    ("SJ", "Svalbard and Jan Mayen"),
    ("SE", "Sweden"),
    ("CH", "Switzerland"),
    ("SY", "Syria"),
    ("TW", "Taiwan"),
    ("TJ", "Tajikistan"),
    ("TZ", "Tanzania"),
    ("TH", "Thailand"),
    ("TL", "Timor-Leste"),
    ("TG", "Togo"),
    ("TK", "Tokelau"),
    ("TO", "Tonga"),
    ("TT", "Trinidad and Tobago"),
    ("TN", "Tunisia"),
    ("TR", "Türkiye"),
    ("TM", "Turkmenistan"),
    ("TC", "Turks and Caicos Islands"),
    ("TV", "Tuvalu"),
    ("UG", "Uganda"),
    ("UA", "Ukraine"),
    ("AE", "United Arab Emirates"),
    ("GB", "United Kingdom"),
    ("UM", "United States Minor Outlying Islands"),
    ("UY", "Uruguay"),
    ("UZ", "Uzbekistan"),
    ("VU", "Vanuatu"),
    ("VE", "Venezuela"),
    ("VN", "Vietnam"),
    ("VG", "Virgin Islands (British)"),
    ("VI", "Virgin Islands (U.S.)"),
    ("WF", "Wallis and Futuna"),
    ("EH", "Western Sahara"),
    ("YE", "Yemen"),
    ("ZM", "Zambia"),
    ("ZW", "Zimbabwe"),
];

/// What a household told about itself, checked. Every answer is optional: empty means "not told".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demographics {
    /// ISO 3166-1 code of the country.
    pub country: String,
    /// Code of a US state; only with country `US`.
    pub state: String,
    /// Kind of place, see [`DENSITY`].
    pub density: String,
    /// Codes of [`RACE`]; only with country `US`.
    pub us_race_ethnicity_identification: Vec<String>,
    /// The family's own words; only with the code `other`.
    pub us_race_ethnicity_identification_describe: String,
    /// See [`NUMBER_OF_CHILDREN`].
    pub number_of_children: String,
    /// Birthdays of all children of the household; only where there are children.
    pub child_birthdays: Vec<NaiveDate>,
    /// See [`NUMBER_OF_GUARDIANS`].
    pub number_of_guardians: String,
    /// Only with `varies`.
    pub guardians_explanation: String,
    /// Age band of the parent, see [`AGE`].
    pub age: String,
    /// Code of the parent's [`Gender`], or empty.
    pub gender: String,
    /// Only with [`Gender::Open`].
    pub gender_self_describe: String,
    /// See [`EDUCATION`]. Asked everywhere: families outside the US were never asked in the
    /// original.
    pub education_level: String,
    /// See [`INCOME`]; only with country `US`, as the bands are in dollars.
    pub annual_income: String,
    /// How the family heard of the site.
    pub lookit_referrer: String,
    /// Anything else.
    pub additional_comments: String,
}

impl Demographics {
    /// What was answered, as question and answer in words; what was left out is left out.
    pub fn lines(&self) -> Vec<(String, String)> {
        let word = |choices: &[Choice], value: &str| {
            choices
                .iter()
                .find(|(code, _)| *code == value)
                .map_or_else(|| value.to_owned(), |(_, label)| (*label).to_owned())
        };
        let race = self
            .us_race_ethnicity_identification
            .iter()
            .map(|code| word(RACE, code))
            .collect::<Vec<_>>()
            .join(", ");
        let gender = self
            .gender
            .parse::<Gender>()
            .map_or_else(|_| self.gender.clone(), |gender| gender.label().to_owned());
        let birthdays = self
            .child_birthdays
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        [
            ("Country", word(COUNTRY, &self.country)),
            ("State", word(STATE, &self.state)),
            ("Kind of place", word(DENSITY, &self.density)),
            ("Race or ethnicity", race),
            (
                "\u{2013} in their words",
                self.us_race_ethnicity_identification_describe.clone(),
            ),
            (
                "Children in the household",
                word(NUMBER_OF_CHILDREN, &self.number_of_children),
            ),
            ("Birthdays of the children", birthdays),
            (
                "Guardians",
                word(NUMBER_OF_GUARDIANS, &self.number_of_guardians),
            ),
            ("\u{2013} explained", self.guardians_explanation.clone()),
            ("Age of the parent", word(AGE, &self.age)),
            ("Gender of the parent", gender),
            ("\u{2013} in their words", self.gender_self_describe.clone()),
            ("Education", word(EDUCATION, &self.education_level)),
            ("Income", word(INCOME, &self.annual_income)),
            ("Heard of us", self.lookit_referrer.clone()),
            ("Comments", self.additional_comments.clone()),
        ]
        .into_iter()
        .filter(|(_, answer)| !answer.is_empty())
        .map(|(question, answer)| (question.to_owned(), answer))
        .collect()
    }
}

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
        Self {
            country: answers.country.clone(),
            state: answers.state.clone(),
            density: answers.density.clone(),
            us_race_ethnicity_identification: answers.us_race_ethnicity_identification.clone(),
            us_race_ethnicity_identification_describe: answers
                .us_race_ethnicity_identification_describe
                .clone(),
            number_of_children: answers.number_of_children.clone(),
            child_birthdays: answers
                .child_birthdays
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            number_of_guardians: answers.number_of_guardians.clone(),
            guardians_explanation: answers.guardians_explanation.clone(),
            age: answers.age.clone(),
            gender: answers.gender.clone(),
            gender_self_describe: answers.gender_self_describe.clone(),
            education_level: answers.education_level.clone(),
            annual_income: answers.annual_income.clone(),
            lookit_referrer: answers.lookit_referrer.clone(),
            additional_comments: answers.additional_comments.clone(),
        }
    }

    /// Checks the form; answers that do not belong to the others given are dropped, as the page
    /// hides their questions.
    pub fn check(&self, today: NaiveDate) -> Result<Demographics, Violations> {
        let mut violations = Violations::new();
        let country = choice("country", &self.country, COUNTRY, &mut violations);
        let state = choice("state", &self.state, STATE, &mut violations);
        let density = choice("density", &self.density, DENSITY, &mut violations);
        let race: Vec<String> = self
            .us_race_ethnicity_identification
            .iter()
            .map(|code| {
                choice(
                    "us_race_ethnicity_identification",
                    code,
                    RACE,
                    &mut violations,
                )
            })
            .filter(|code| !code.is_empty())
            .collect();
        let race_words = text::paragraphs(
            "us_race_ethnicity_identification_describe",
            "the description",
            &self.us_race_ethnicity_identification_describe,
            &mut violations,
        );
        let number_of_children = choice(
            "number_of_children",
            &self.number_of_children,
            NUMBER_OF_CHILDREN,
            &mut violations,
        );
        let child_birthdays = birthdays(&self.child_birthdays, today, &mut violations);
        let number_of_guardians = choice(
            "number_of_guardians",
            &self.number_of_guardians,
            NUMBER_OF_GUARDIANS,
            &mut violations,
        );
        let guardians_words = text::paragraphs(
            "guardians_explanation",
            "the explanation",
            &self.guardians_explanation,
            &mut violations,
        );
        let age = choice("age", &self.age, AGE, &mut violations);
        let gender = if self.gender.is_empty() {
            None
        } else {
            self.gender.parse::<Gender>().ok()
        };
        if gender.is_none() && !self.gender.is_empty() {
            violations.add(
                "gender",
                "unknown",
                "Please choose one of the listed answers.",
            );
        }
        let gender_words = text::line(
            "gender_self_describe",
            "the description",
            &self.gender_self_describe,
            text::LINE,
            &mut violations,
        );
        let education_level = choice(
            "education_level",
            &self.education_level,
            EDUCATION,
            &mut violations,
        );
        let annual_income = choice(
            "annual_income",
            &self.annual_income,
            INCOME,
            &mut violations,
        );
        let lookit_referrer = text::paragraphs(
            "lookit_referrer",
            "this text",
            &self.lookit_referrer,
            &mut violations,
        );
        let additional_comments = text::paragraphs(
            "additional_comments",
            "this text",
            &self.additional_comments,
            &mut violations,
        );

        let is_us = country == "US";
        let has_children = !matches!(number_of_children.as_str(), "" | "0");
        let is_varied = number_of_guardians == "varies";
        let names_other = race.iter().any(|code| code == "other");
        let only = |keep: bool, text: String| if keep { text } else { String::new() };
        violations.or(Demographics {
            state: only(is_us, state),
            us_race_ethnicity_identification_describe: only(is_us && names_other, race_words),
            us_race_ethnicity_identification: if is_us { race } else { Vec::new() },
            annual_income: only(is_us, annual_income),
            child_birthdays: if has_children {
                child_birthdays
            } else {
                Vec::new()
            },
            guardians_explanation: only(is_varied, guardians_words),
            gender_self_describe: only(gender == Some(Gender::Open), gender_words),
            gender: gender.map(|gender| gender.to_string()).unwrap_or_default(),
            country,
            density,
            number_of_children,
            number_of_guardians,
            age,
            education_level,
            lookit_referrer,
            additional_comments,
        })
    }
}

fn choice(field: &str, raw: &str, choices: &[Choice], violations: &mut Violations) -> String {
    if !raw.is_empty() && !choices.iter().any(|(value, _)| *value == raw) {
        violations.add(field, "unknown", "Please choose one of the listed answers.");
    }
    raw.to_owned()
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
            Ok(_) => violations.add("child_birthdays", "future", format!("{part} is in the future. Please check the year.")),
            Err(_) => violations.add(
                "child_birthdays",
                "no_date",
                format!("\u{201c}{}\u{201d} is not a date. Please write each birthday as year, month and day, with commas between: 2021-04-30, 2023-02-01.", part.chars().take(40).collect::<String>()),
            ),
        }
    }
    if dates.len() > 30 {
        violations.add(
            "child_birthdays",
            "too_many",
            "Please list at most 30 birthdays.",
        );
    }
    dates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        "2026-11-24".parse().unwrap()
    }

    #[test]
    fn an_empty_form_is_fine() {
        assert_eq!(
            DemographicsForm::default().check(today()),
            Ok(Demographics::default())
        );
    }

    #[test]
    fn hidden_answers_are_dropped_on_the_server_too() {
        let form = DemographicsForm {
            country: "CA".into(),
            state: "MA".into(),
            annual_income: "5000".into(),
            us_race_ethnicity_identification: vec!["other".into()],
            us_race_ethnicity_identification_describe: "words".into(),
            number_of_children: "0".into(),
            child_birthdays: "2021-01-01".into(),
            number_of_guardians: "2".into(),
            guardians_explanation: "words".into(),
            gender: "f".into(),
            gender_self_describe: "words".into(),
            education_level: "bach".into(),
            ..DemographicsForm::default()
        };
        let kept = form.check(today()).unwrap();
        let expected = Demographics {
            country: "CA".into(),
            number_of_children: "0".into(),
            number_of_guardians: "2".into(),
            gender: "f".into(),
            education_level: "bach".into(),
            ..Demographics::default()
        };
        assert_eq!(kept, expected);
        let at_home = DemographicsForm {
            country: "US".into(),
            number_of_children: "1".into(),
            number_of_guardians: "varies".into(),
            gender: "o".into(),
            ..form
        };
        let kept = at_home.check(today()).unwrap();
        assert_eq!(
            (
                kept.state.as_str(),
                kept.annual_income.as_str(),
                kept.child_birthdays.len()
            ),
            ("MA", "5000", 1)
        );
        assert_eq!(
            (
                kept.guardians_explanation.as_str(),
                kept.gender_self_describe.as_str(),
                kept.us_race_ethnicity_identification_describe.as_str()
            ),
            ("words", "words", "words")
        );
        assert_eq!(DemographicsForm::of(&kept).check(today()), Ok(kept));
    }

    #[test]
    fn unknown_values_and_bad_dates_are_reported() {
        let form = DemographicsForm {
            country: "XX".into(),
            age: "12".into(),
            gender: "z".into(),
            number_of_children: "1".into(),
            child_birthdays: "2021-01-01, yesterday, 2030-01-01".into(),
            ..DemographicsForm::default()
        };
        let codes: Vec<_> = form
            .check(today())
            .unwrap_err()
            .entries()
            .iter()
            .map(|v| (v.field.clone(), v.code.clone()))
            .collect();
        let expected = [
            ("country", "unknown"),
            ("child_birthdays", "no_date"),
            ("child_birthdays", "future"),
            ("age", "unknown"),
            ("gender", "unknown"),
        ];
        assert_eq!(
            codes,
            expected.map(|(field, code)| (field.to_owned(), code.to_owned()))
        );
    }

    #[test]
    fn the_stored_codes_are_the_classic_ones() {
        assert_eq!(STATE.len(), 62);
        assert_eq!(COUNTRY.len(), 249);
        assert_eq!(
            RACE.iter()
                .map(|(code, _)| *code)
                .collect::<Vec<_>>()
                .join(",")
                .len(),
            64
        );
    }
}
