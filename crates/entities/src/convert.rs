//! From rows to values of the domain.

use std::collections::BTreeSet;

use domain::families::child::{Child, ChildDetails, Conditions, GestationalAge, Languages};
use domain::families::demographics::Demographics;
use domain::studies::{
    Ad, AgeRange, Content, Criteria, Design, Eligibility, Settings, Study, StudyId, StudyKind,
};
use sea_orm::ActiveValue::Set;

use crate::{child, demographic_snapshot, study, study_version};

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
        let corrupt = |reason: String| Corrupt {
            table: "child",
            row: row.id.to_string(),
            column: "gestational_age",
            reason,
        };
        let gestational_age = match row.gestational_age {
            None => None,
            Some(code) => Some(
                u8::try_from(code)
                    .ok()
                    .and_then(GestationalAge::from_code)
                    .ok_or_else(|| corrupt(format!("{code} is no code")))?,
            ),
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
        serde_json::from_str(&row.answers).map_err(|error| Corrupt {
            table: "demographic_snapshot",
            row: row.id.to_string(),
            column: "answers",
            reason: error.to_string(),
        })
    }
}

fn ages(row: &study::Model) -> Result<AgeRange, Corrupt> {
    let part = |column: &'static str, value: i32| {
        u16::try_from(value).map_err(|_| Corrupt {
            table: "study",
            row: row.id.to_string(),
            column,
            reason: format!("{value} is no age"),
        })
    };
    Ok(AgeRange {
        min_years: part("min_age_years", row.min_age_years)?,
        min_months: part("min_age_months", row.min_age_months)?,
        min_days: part("min_age_days", row.min_age_days)?,
        max_years: part("max_age_years", row.max_age_years)?,
        max_months: part("max_age_months", row.max_age_months)?,
        max_days: part("max_age_days", row.max_age_days)?,
    })
}

fn study_ids(
    row: &study::Model,
    column: &'static str,
    text: &str,
) -> Result<BTreeSet<StudyId>, Corrupt> {
    text.split_whitespace()
        .map(str::parse)
        .collect::<Result<BTreeSet<StudyId>, _>>()
        .map_err(|error: uuid::Error| Corrupt {
            table: "study",
            row: row.id.to_string(),
            column,
            reason: error.to_string(),
        })
}

impl TryFrom<&study::Model> for Eligibility {
    type Error = Corrupt;

    fn try_from(row: &study::Model) -> Result<Self, Corrupt> {
        Ok(Self {
            ages: ages(row)?,
            criteria: Criteria::parse(row.criteria_expression.trim()).ok(),
            must: study_ids(row, "must_have_participated", &row.must_have_participated)?,
            must_not: study_ids(
                row,
                "must_not_have_participated",
                &row.must_not_have_participated,
            )?,
        })
    }
}

impl TryFrom<&study::Model> for Content {
    type Error = Corrupt;

    fn try_from(row: &study::Model) -> Result<Self, Corrupt> {
        let corrupt = |column: &'static str, reason: String| Corrupt {
            table: "study",
            row: row.id.to_string(),
            column,
            reason,
        };
        let design = Design::of(
            row.kind,
            row.structure.clone(),
            row.uses_generator,
            row.generator.clone(),
            &row.metadata,
        )
        .map_err(|error| corrupt("metadata", error.to_string()))?;
        Ok(Self {
            ad: Ad {
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
                exit_url: row.exit_url.clone(),
                ages: ages(row)?,
                criteria_expression: row.criteria_expression.clone(),
                must: study_ids(row, "must_have_participated", &row.must_have_participated)?,
                must_not: study_ids(
                    row,
                    "must_not_have_participated",
                    &row.must_not_have_participated,
                )?,
            },
            design,
            settings: Settings {
                priority: u8::try_from(row.priority)
                    .map_err(|_| corrupt("priority", format!("{} is no place", row.priority)))?,
                is_public: row.is_public,
                has_shared_preview: row.has_shared_preview,
            },
        })
    }
}

impl TryFrom<&study_version::Model> for Content {
    type Error = Corrupt;

    fn try_from(row: &study_version::Model) -> Result<Self, Corrupt> {
        serde_json::from_str(&row.content).map_err(|error| Corrupt {
            table: "study_version",
            row: row.id.to_string(),
            column: "content",
            reason: error.to_string(),
        })
    }
}

/// Lays the content of a study into its row.
pub fn fill(row: &mut study::ActiveModel, kind: StudyKind, content: Content) {
    let ids = |list: BTreeSet<StudyId>| {
        list.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let age = |part: u16| Set(i32::from(part));
    row.metadata = Set(content.design.metadata(kind).to_string());
    let (ad, design, settings) = (content.ad, content.design, content.settings);
    row.name = Set(ad.name);
    row.preview_summary = Set(ad.preview_summary);
    row.short_description = Set(ad.short_description);
    row.purpose = Set(ad.purpose);
    row.criteria = Set(ad.criteria);
    row.duration = Set(ad.duration);
    row.contact_info = Set(ad.contact_info);
    row.compensation_description = Set(ad.compensation);
    row.image = Set(ad.image);
    row.image_alt = Set(ad.image_alt);
    row.exit_url = Set(ad.exit_url);
    row.min_age_years = age(ad.ages.min_years);
    row.min_age_months = age(ad.ages.min_months);
    row.min_age_days = age(ad.ages.min_days);
    row.max_age_years = age(ad.ages.max_years);
    row.max_age_months = age(ad.ages.max_months);
    row.max_age_days = age(ad.ages.max_days);
    row.criteria_expression = Set(ad.criteria_expression);
    row.must_have_participated = Set(ids(ad.must));
    row.must_not_have_participated = Set(ids(ad.must_not));
    row.structure = Set(design.structure);
    row.uses_generator = Set(design.uses_generator);
    row.generator = Set(design.generator);
    row.priority = Set(i32::from(settings.priority));
    row.is_public = Set(settings.is_public);
    row.has_shared_preview = Set(settings.has_shared_preview);
}

impl TryFrom<&study::Model> for Study {
    type Error = Corrupt;

    fn try_from(row: &study::Model) -> Result<Self, Corrupt> {
        let hash_digits = u8::try_from(row.hash_digits).map_err(|_| Corrupt {
            table: "study",
            row: row.id.to_string(),
            column: "hash_digits",
            reason: format!("{} is no length", row.hash_digits),
        })?;
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
