//! From rows to values of the domain.

use std::collections::BTreeSet;

use domain::families::child::{Child, ChildDetails, Conditions, GestationalAge, Languages};
use domain::families::demographics::Demographics;
use domain::studies::{AgeRange, Criteria, Eligibility, Study, StudyId};

use crate::{child, demographic_snapshot, study};

/// A row that holds what no version of the house can have written.
#[derive(Debug, thiserror::Error)]
#[error("table {table}, row {row}: column {column} is corrupt: {reason}")]
pub struct Corrupt {
    /// Table.
    pub table: &'static str,
    /// Key of the row.
    pub row: String,
    /// Column.
    pub column: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl TryFrom<child::Model> for Child {
    type Error = Corrupt;

    fn try_from(row: child::Model) -> Result<Self, Corrupt> {
        let corrupt = |reason: String| Corrupt { table: "child", row: row.id.to_string(), column: "gestational_age", reason };
        let gestational_age = match row.gestational_age {
            None => None,
            Some(code) => Some(u8::try_from(code).ok().and_then(GestationalAge::from_code).ok_or_else(|| corrupt(format!("{code} is no code")))?),
        };
        Ok(Self {
            id: row.id,
            details: ChildDetails {
                given_name: row.given_name,
                birthday: row.birthday,
                gender: row.gender,
                gender_self_describe: row.gender_self_describe,
                gestational_age,
                languages: Languages::from_bits(row.languages),
                conditions: Conditions::from_bits(row.conditions),
                additional_information: row.additional_information,
            },
        })
    }
}

impl TryFrom<&demographic_snapshot::Model> for Demographics {
    type Error = Corrupt;

    fn try_from(row: &demographic_snapshot::Model) -> Result<Self, Corrupt> {
        serde_json::from_str(&row.answers).map_err(|error| Corrupt { table: "demographic_snapshot", row: row.id.to_string(), column: "answers", reason: error.to_string() })
    }
}

fn ages(row: &study::Model) -> Result<AgeRange, Corrupt> {
    let part = |column: &'static str, value: i32| u16::try_from(value).map_err(|_| Corrupt { table: "study", row: row.id.to_string(), column, reason: format!("{value} is no age") });
    Ok(AgeRange {
        min_years: part("min_age_years", row.min_age_years)?,
        min_months: part("min_age_months", row.min_age_months)?,
        min_days: part("min_age_days", row.min_age_days)?,
        max_years: part("max_age_years", row.max_age_years)?,
        max_months: part("max_age_months", row.max_age_months)?,
        max_days: part("max_age_days", row.max_age_days)?,
    })
}

fn study_ids(row: &study::Model, column: &'static str, text: &str) -> Result<BTreeSet<StudyId>, Corrupt> {
    text.split_whitespace().map(str::parse).collect::<Result<BTreeSet<StudyId>, _>>().map_err(|error: uuid::Error| Corrupt { table: "study", row: row.id.to_string(), column, reason: error.to_string() })
}

impl TryFrom<&study::Model> for Eligibility {
    type Error = Corrupt;

    fn try_from(row: &study::Model) -> Result<Self, Corrupt> {
        Ok(Self {
            ages: ages(row)?,
            criteria: Criteria::parse(row.criteria_expression.trim()).ok(),
            must: study_ids(row, "must_have_participated", &row.must_have_participated)?,
            must_not: study_ids(row, "must_not_have_participated", &row.must_not_have_participated)?,
        })
    }
}

impl TryFrom<&study::Model> for Study {
    type Error = Corrupt;

    fn try_from(row: &study::Model) -> Result<Self, Corrupt> {
        let hash_digits = u8::try_from(row.hash_digits).map_err(|_| Corrupt { table: "study", row: row.id.to_string(), column: "hash_digits", reason: format!("{} is no length", row.hash_digits) })?;
        Ok(Self {
            id: row.id,
            lab_id: row.lab_id,
            name: row.name.clone(),
            preview_summary: row.preview_summary.clone(),
            short_description: row.short_description.clone(),
            purpose: row.purpose.clone(),
            criteria: row.criteria.clone(),
            duration: row.duration.clone(),
            contact_info: row.contact_info.clone(),
            compensation: row.compensation_description.clone(),
            image: row.image.clone(),
            image_alt: row.image_alt.clone(),
            ages: ages(row)?,
            criteria_expression: row.criteria_expression.clone(),
            kind: row.kind,
            state: row.state,
            is_public: row.is_public,
            exit_url: row.exit_url.clone(),
            hash_digits,
            salt: row.salt,
            created_at: row.created_at,
        })
    }
}
