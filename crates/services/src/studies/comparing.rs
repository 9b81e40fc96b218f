//! Two versions of a study side by side.

use std::ops::Range;
use std::time::Duration;

use domain::permissions::Action;
use domain::studies::{Content, Field, StudyId};
use entities::study;
use similar::{DiffOp, TextDiff};

use super::access::readable;
use super::contents;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;

/// Most lines of one field that a comparison shows.
const MOST_LINES: usize = 2000;
/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// How long lines are looked at before a difference is shown coarser than it could be.
const PATIENCE: Duration = Duration::from_millis(500);

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
    pub field: Field,
    /// Whether such a change needs a review.
    pub needs_review: bool,
    pub lines: Vec<Line>,
}

/// Two versions side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    let (study, _, _) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    let before = before(ctx, &study, from).await?;
    let after = contents::content_of(&ctx.db, &study, to).await?;
    Ok(Comparison {
        from,
        to,
        fields: changes(ctx, before, after).await?,
    })
}

/// What a version holds; nothing for number 0.
pub(super) async fn before(
    ctx: &Context,
    study: &study::Model,
    number: i32,
) -> Result<Content, Error> {
    if number == 0 {
        return Ok(Content::default());
    }
    contents::content_of(&ctx.db, study, number).await
}

/// The fields that differ. Comparing long texts is work for a pool.
pub(super) async fn changes(
    ctx: &Context,
    before: Content,
    after: Content,
) -> Result<Vec<FieldChange>, Error> {
    let compare = move || {
        let edits = before.edits(&after).into_iter();
        edits
            .map(|edit| FieldChange {
                field: edit.field,
                needs_review: edit.needs_review,
                lines: lines(&before.text(edit.field), &after.text(edit.field)),
            })
            .collect()
    };
    ctx.on_design(compare).await
}

fn lines(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(before, after);
    let (old, new) = (diff.old_slices(), diff.new_slices());
    let mut lines = Vec::new();
    let mut shown = 0;
    for op in diff.grouped_ops(CONTEXT).into_iter().flatten() {
        let at = op.old_range().start;
        if at > shown {
            lines.push(Line::Skipped(at - shown));
        }
        shown = op.old_range().end;
        lines.extend(side_by_side(op, old, new));
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

fn side_by_side(op: DiffOp, old: &[&str], new: &[&str]) -> Vec<Line> {
    let line = |range: &Range<usize>, lines: &[&str], step: usize| {
        let index = range.start + step;
        let text = lines.get(index).filter(|_| step < range.len())?;
        Some((index + 1, text.trim_end_matches('\n').to_owned()))
    };
    let is_same = matches!(op, DiffOp::Equal { .. });
    let (left, right) = (op.old_range(), op.new_range());
    let steps = 0..left.len().max(right.len());
    steps
        .map(|step| {
            let (left, right) = (line(&left, old, step), line(&right, new, step));
            match (left, right) {
                (Some((left, text)), Some((right, _))) if is_same => Line::Same(left, right, text),
                (left, right) => Line::Changed(left, right),
            }
        })
        .collect()
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
