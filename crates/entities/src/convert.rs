//! From rows to values of the domain.

use domain::families::child::{Child, ChildDetails, Conditions, GestationalAge, Languages};
use domain::families::demographics::Demographics;
use domain::studies::{Ad, Design, Settings, Study, StudyId};
use sea_orm::ActiveValue::Set;

use crate::{child, demographic_snapshot, study};

/// A row that holds what no version of the program can have written.
#[derive(Debug, thiserror::Error)]
#[error("table {table}, row {row}: column {column} is corrupt: {reason}")]
pub struct Corrupt {
    pub table: &'static str,
    /// Key of the row.
    pub row: String,
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
                    .ok_or_else(|| corrupt(format!("{code} is not a code")))?,
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

/// The ad of a version.
pub fn ad(study: StudyId, text: &str) -> Result<Ad, Corrupt> {
    serde_json::from_str(text).map_err(|error| unreadable("study_version", "ad", study, &error))
}

/// The settings of a version.
pub fn settings(study: StudyId, text: &str) -> Result<Settings, Corrupt> {
    serde_json::from_str(text)
        .map_err(|error| unreadable("study_version", "settings", study, &error))
}

/// What a version runs.
pub fn design(study: StudyId, text: &str) -> Result<Design, Corrupt> {
    serde_json::from_str(text).map_err(|error| unreadable("study_design", "content", study, &error))
}

fn unreadable(
    table: &'static str,
    column: &'static str,
    study: StudyId,
    error: &serde_json::Error,
) -> Corrupt {
    Corrupt {
        table,
        row: format!("of study {study}"),
        column,
        reason: error.to_string(),
    }
}

/// Copies into a study's row what lists search it by.
pub fn fill(row: &mut study::ActiveModel, ad: &Ad, settings: &Settings) {
    row.name = Set(ad.name.clone());
    row.search_text = Set(format!("{}\n{}", ad.name, ad.short_description).to_lowercase());
    row.is_public = Set(settings.is_public);
    row.has_shared_preview = Set(settings.has_shared_preview);
}

/// A study with one of its ads.
pub fn study(row: &study::Model, ad: Ad) -> Result<Study, Corrupt> {
    let hash_digits = u8::try_from(row.hash_digits).map_err(|_| Corrupt {
        table: "study",
        row: row.id.to_string(),
        column: "hash_digits",
        reason: format!("{} is not a length", row.hash_digits),
    })?;
    Ok(Study {
        id: row.id,
        lab_id: row.lab_id,
        kind: row.kind,
        state: row.state,
        ad,
        is_public: row.is_public,
        hash_digits,
        salt: row.salt,
        created_at: row.created_at,
    })
}
