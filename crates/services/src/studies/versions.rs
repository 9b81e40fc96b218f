//! Versions of a study: every save makes one, none is ever changed.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::permissions::Action;
use domain::studies::{Edit, StudyId, StudyState};
use entities::{study, study_version};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::access::readable;
use super::contents;
use super::saving::{self, Change, SaveOptions, SavedVersion};
use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging};
use crate::people;

/// A version in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Counted from 1.
    pub number: i32,
    /// Who saved it.
    pub author: String,
    pub created_at: DateTime<Utc>,
    /// What the author wrote about it.
    pub note: String,
    /// What changed since the version before.
    pub edits: Vec<Edit>,
    /// The version whose content it has again.
    pub restored_from: Option<i32>,
    /// Whether it is what families run.
    pub is_approved: bool,
    /// Whether it waits for review.
    pub is_submitted: bool,
    /// Whether it is the latest.
    pub is_current: bool,
}

/// A study's name and whether it may be changed, for the head of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyHead {
    pub name: String,
    pub may_write: bool,
}

#[derive(FromQueryResult)]
struct Listed {
    number: i32,
    edits: String,
    note: String,
    restored_from: Option<i32>,
    created_at: DateTime<Utc>,
    account_id: Option<AccountId>,
}

impl Listed {
    fn row(self, study: &study::Model, author: Option<&String>) -> Result<VersionRow, Error> {
        let number = self.number;
        Ok(VersionRow {
            number,
            author: author
                .cloned()
                .unwrap_or_else(|| "somebody whose account is gone".to_owned()),
            created_at: self.created_at,
            note: self.note,
            edits: edits_of(&self.edits)?,
            restored_from: self.restored_from,
            is_approved: study.approved_version == Some(number),
            // Edits that need no review leave a study in the queue, so what waits is the latest.
            is_submitted: study.version == number && study.state == StudyState::Submitted,
            is_current: study.version == number,
        })
    }
}

/// Versions of a study, latest first.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    paging: Paging,
) -> Result<(StudyHead, Page<VersionRow>), Error> {
    let (study, _, roles) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    let wanted = study_version::Entity::find().filter(study_version::Column::StudyId.eq(id));
    let total = wanted.clone().count(&ctx.db).await?;
    let rows: Vec<Listed> = wanted
        .select_only()
        .columns([
            study_version::Column::Number,
            study_version::Column::Edits,
            study_version::Column::Note,
            study_version::Column::RestoredFrom,
            study_version::Column::CreatedAt,
            study_version::Column::AccountId,
        ])
        .order_by_desc(study_version::Column::Number)
        .offset(paging.offset())
        .limit(paging.size)
        .into_model()
        .all(&ctx.db)
        .await?;
    let authors = people::names(&ctx.db, rows.iter().filter_map(|row| row.account_id)).await?;
    let entries = rows
        .into_iter()
        .map(|row| {
            let author = row.account_id.and_then(|id| authors.get(&id));
            row.row(&study, author)
        })
        .collect::<Result<_, Error>>()?;
    let named = StudyHead {
        name: study.name,
        may_write: roles.grants(Action::WriteStudyDetails),
    };
    let page = Page {
        entries,
        total,
        paging,
    };
    Ok((named, page))
}

pub(super) fn edits_of(text: &str) -> Result<Vec<Edit>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    Ok(serde_json::from_str(text)?)
}

/// Makes an older version the latest again, as a new version: history is never rewritten.
/// Everything that holds for other edits holds for this one.
pub async fn restore(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    number: i32,
    agrees: bool,
) -> Result<SavedVersion, Error> {
    actor.researcher_in_person()?;
    let (study, _, _) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    let content = contents::content_of(&ctx.db, &study, number).await?;
    let plan = saving::plan(ctx, actor, id, Change::Restored(Box::new(content))).await?;
    let mut act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    let how = SaveOptions {
        restored_from: Some(number),
        agrees,
        ..SaveOptions::default()
    };
    let saved = saving::write(&mut act, plan, &how).await?;
    act.commit(saved).await
}
