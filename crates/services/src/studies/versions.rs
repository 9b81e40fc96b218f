//! Versions of a study: every save makes one, none is ever changed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::permissions::Action;
use domain::studies::{Content, Edit, Field, StudyId, StudyVersionId};
use entities::{account, study, study_version};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use similar::{DiffOp, TextDiff};

use super::editing::{self, Saved, Saving};
use super::{lock, readable};
use crate::accounts::name_of;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::paging::{Page, Paging};
use crate::permissions::{Target, allowed};

/// Most lines of one field that a comparison shows.
const MOST_LINES: usize = 2000;
/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// How long lines are looked at before a difference is shown coarser than it could be.
const PATIENCE: Duration = Duration::from_millis(500);

/// Gives a study of before versions its first one.
pub(crate) async fn ensure(
    ctx: &Context,
    db: &impl ConnectionTrait,
    row: study::Model,
) -> Result<study::Model, Error> {
    if row.version > 0 {
        return Ok(row);
    }
    let content = Content::try_from(&row)?;
    insert(
        ctx,
        db,
        &row,
        1,
        row.creator_id,
        &content,
        &[],
        &Saving::default(),
    )
    .await?;
    let mut changed: study::ActiveModel = row.clone().into();
    changed.version = Set(1);
    changed.approved_version = Set(row.state.is_approved().then_some(1));
    changed.submitted_version =
        Set((row.state == domain::studies::StudyState::Submitted).then_some(1));
    Ok(changed.update(db).await?)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row")]
pub(super) async fn insert(
    ctx: &Context,
    db: &impl ConnectionTrait,
    row: &study::Model,
    number: i32,
    author: Option<domain::accounts::AccountId>,
    content: &Content,
    edits: &[Edit],
    how: &Saving,
) -> Result<(), Error> {
    let new = study_version::ActiveModel {
        id: Set(ctx.id(StudyVersionId::from_parts)?),
        study_id: Set(row.id),
        number: Set(number),
        account_id: Set(author),
        content: Set(serde_json::to_string(content)?),
        edits: Set(serde_json::to_string(edits)?),
        note: Set(how.note.clone()),
        restored_from: Set(how.restored_from),
        keeps_approval: Set(row.state.is_approved()
            && !edits.is_empty()
            && edits.iter().all(|edit| !edit.needs_review)),
        created_at: Set(ctx.now()),
    };
    study_version::Entity::insert(new)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What a version holds. A study of before versions holds what stands in its row.
pub(crate) async fn content_of(
    db: &impl ConnectionTrait,
    row: &study::Model,
    number: i32,
) -> Result<Content, Error> {
    if row.version == 0 {
        return Ok(Content::try_from(row)?);
    }
    let found = study_version::Entity::find()
        .filter(study_version::Column::StudyId.eq(row.id))
        .filter(study_version::Column::Number.eq(number))
        .one(db)
        .await?;
    Ok(Content::try_from(
        &found.ok_or(Error::NotFound(Noun::Version))?,
    )?)
}

/// A version in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Counted from 1.
    pub number: i32,
    /// Who saved it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// What the author wrote along.
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

/// Versions of a study, latest first.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    paging: Paging,
) -> Result<(Named, Page<VersionRow>), Error> {
    let (row, _, standing) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
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
        ])
        .column(study_version::Column::AccountId)
        .order_by_desc(study_version::Column::Number)
        .offset(paging.offset())
        .limit(paging.size)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let names = names(&ctx.db, rows.iter().filter_map(|listed| listed.5)).await?;
    let entries = rows
        .into_iter()
        .map(|(number, edits, note, restored_from, created_at, author)| {
            Ok(VersionRow {
                number,
                author: author
                    .and_then(|id| names.get(&id).cloned())
                    .unwrap_or_else(|| "The house".to_owned()),
                created_at,
                note,
                edits: edits_of(&edits)?,
                restored_from,
                is_approved: row.approved_version == Some(number),
                is_submitted: row.submitted_version == Some(number)
                    && row.state == domain::studies::StudyState::Submitted,
                is_current: row.version == number,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok((
        Named {
            name: row.name,
            may_write: standing.grants(Action::WriteStudyDetails),
        },
        Page {
            entries,
            total,
            paging,
        },
    ))
}

type Listed = (
    i32,
    String,
    String,
    Option<i32>,
    DateTime<Utc>,
    Option<domain::accounts::AccountId>,
);

/// A study's name and whether it may be changed, for the head of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Title.
    pub name: String,
    /// Whether the person may change the study.
    pub may_write: bool,
}

pub(super) fn edits_of(text: &str) -> Result<Vec<Edit>, Error> {
    Ok(if text.is_empty() {
        Vec::new()
    } else {
        serde_json::from_str(text)?
    })
}

pub(super) async fn names(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = domain::accounts::AccountId>,
) -> Result<std::collections::HashMap<domain::accounts::AccountId, String>, Error> {
    let ids: std::collections::HashSet<_> = ids.collect();
    if ids.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    Ok(account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .all(db)
        .await?
        .iter()
        .map(|row| (row.id, name_of(row)))
        .collect())
}

/// A line of a comparison, side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// On both sides.
    Same(usize, usize, String),
    /// Changed: left and right, either of which may be missing.
    Changed(Option<(usize, String)>, Option<(usize, String)>),
    /// So many lines are left out here, which are the same or too many.
    Skipped(usize),
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// Whether such a change needs a review.
    pub needs_review: bool,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// Two versions side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Number of the left one; 0 for nothing.
    pub from: i32,
    /// Number of the right one.
    pub to: i32,
    /// Fields that differ.
    pub fields: Vec<FieldChange>,
}

/// Compares any two versions.
pub async fn compare(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    from: i32,
    to: i32,
) -> Result<Comparison, Error> {
    let (row, _, _) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    between(ctx, &row, from, to).await
}

pub(super) async fn between(
    ctx: &Context,
    row: &study::Model,
    from: i32,
    to: i32,
) -> Result<Comparison, Error> {
    let before = if from == 0 {
        Content::default()
    } else {
        content_of(&ctx.db, row, from).await?
    };
    let after = content_of(&ctx.db, row, to).await?;
    // Comparing long texts is work for a thread of its own.
    let fields = tokio::task::spawn_blocking(move || {
        before
            .edits(&after)
            .into_iter()
            .map(|edit| FieldChange {
                field: edit.field,
                needs_review: edit.needs_review,
                lines: lines(&before.text(edit.field), &after.text(edit.field)),
            })
            .collect()
    })
    .await
    .map_err(|error| Error::internal(error))?;
    Ok(Comparison { from, to, fields })
}

fn lines(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(before, after);
    let text = |slices: &[&str], index: usize| {
        slices
            .get(index)
            .map(|line| line.trim_end_matches('\n').to_owned())
            .unwrap_or_default()
    };
    let (old, new) = (diff.old_slices(), diff.new_slices());
    let mut lines = Vec::new();
    let mut shown = 0;
    for group in diff.grouped_ops(CONTEXT) {
        for op in group {
            let at = op.old_range().start;
            if at > shown {
                lines.push(Line::Skipped(at - shown));
            }
            shown = op.old_range().end;
            match op {
                DiffOp::Equal {
                    old_index,
                    new_index,
                    len,
                } => lines.extend((0..len).map(|step| {
                    Line::Same(
                        old_index + step + 1,
                        new_index + step + 1,
                        text(old, old_index + step),
                    )
                })),
                _ => {
                    let (left, right) = (op.old_range(), op.new_range());
                    lines.extend((0..left.len().max(right.len())).map(|step| {
                        let side = |range: &std::ops::Range<usize>, slices: &[&str]| {
                            (step < range.len())
                                .then(|| (range.start + step + 1, text(slices, range.start + step)))
                        };
                        Line::Changed(side(&left, old), side(&right, new))
                    }));
                }
            }
        }
    }
    if old.len() > shown && !lines.is_empty() {
        lines.push(Line::Skipped(old.len() - shown));
    }
    if lines.len() > MOST_LINES {
        let rest = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(Line::Skipped(rest));
    }
    lines
}

/// Makes an older version the latest again, as a new version: history is never rewritten.
/// Everything that holds for other edits holds for this one.
pub async fn restore(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    number: i32,
    agrees: bool,
) -> Result<Saved, Error> {
    actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::WriteStudyDetails, Target::Study(id)).await?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let content = content_of(&tx, &row, number).await?;
    let how = Saving {
        restored_from: Some(number),
        agrees,
        ..Saving::default()
    };
    let saved = editing::save(ctx, &tx, actor, row, content, &how).await?;
    tx.commit().await?;
    Ok(saved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_side_by_side() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let after = "a\nb\nc\nd\nE\nf\ng\nh\ni\n";
        let found = lines(before, after);
        assert_eq!(found[0], Line::Skipped(1));
        assert_eq!(found[1], Line::Same(2, 2, "b".into()));
        assert!(found.contains(&Line::Changed(Some((5, "e".into())), Some((5, "E".into())))));
        assert!(found.contains(&Line::Changed(None, Some((9, "i".into())))));
        assert_eq!(lines("same", "same"), []);
        assert_eq!(
            lines("", "new"),
            [Line::Changed(None, Some((1, "new".into())))]
        );
    }

    #[test]
    fn a_long_difference_is_cut() {
        let before = (0..5000)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join("\n");
        let after = (0..5000)
            .map(|n| format!("x{n}"))
            .collect::<Vec<_>>()
            .join("\n");
        let found = lines(&before, &after);
        assert_eq!(
            (found.len(), found.last()),
            (MOST_LINES + 1, Some(&Line::Skipped(3000)))
        );
    }
}
