//! The queue of studies that wait for review by staff.

use chrono::{DateTime, Duration, Utc};
use domain::permissions::Action;
use domain::studies::{Declarations, Edit, StudyDesignId, StudyId, StudyKind, StudyState};
use entities::{convert, lab, study, study_log, study_version};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::access::{LabColumns, with_lab};
use super::checks::checks;
use super::contents;
use super::inspections::inspected_by_id;
use super::versions::edits_of;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::{ActionTarget, require};

/// For how long edits that kept an approval are listed for staff.
const LISTED: Duration = Duration::days(30);
/// Most of them.
const MOST_EDITS: u64 = 50;

/// What a submission was before, as far as staff care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Never approved nor rejected.
    First,
    /// Rejected before, never approved.
    Rejected,
    /// Approved before.
    Approved,
}

/// Which submissions staff look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Words in the name of the study or of the lab.
    pub search: String,
    pub kind: Option<StudyKind>,
    /// Only with declarations (`true`) or without.
    pub has_declarations: Option<bool>,
}

/// A study that waits for review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    pub id: StudyId,
    pub name: String,
    pub lab_name: String,
    pub kind: StudyKind,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// What the lab declared.
    pub declarations: Declarations,
    /// What it was before.
    pub history: History,
    /// Number of checks that want a look.
    pub open_checks: usize,
}

/// An edit that kept an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreviewedEdit {
    pub study: StudyId,
    pub name: String,
    pub version: i32,
    pub edits: Vec<Edit>,
    pub at: DateTime<Utc>,
}

/// What waits for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewQueue {
    /// Submissions, longest waiting first.
    pub waiting: Page<QueueRow>,
    /// Edits of the last month that needed no review, latest first.
    pub quiet: Vec<UnreviewedEdit>,
}

/// A submission as it is read: its ad, and not its design, which may be long.
#[derive(FromQueryResult)]
struct Submission {
    #[sea_orm(nested)]
    study: study::Model,
    #[sea_orm(nested)]
    lab: LabColumns,
    ad: String,
    design_id: StudyDesignId,
}

/// What a lab declared with its last submission.
pub(super) fn declared(study: &study::Model) -> Declarations {
    serde_json::from_str(&study.declarations).unwrap_or_default()
}

/// Submissions that wait, for staff.
pub async fn queue(
    ctx: &Context,
    actor: &Actor,
    filter: &QueueFilter,
    paging: Paging,
) -> Result<ReviewQueue, Error> {
    actor.researcher_in_person()?;
    require(ctx, actor, Action::ApproveOrRejectStudy, ActionTarget::Site).await?;
    let wanted = submitted(filter);
    let total = study::Entity::find()
        .inner_join(lab::Entity)
        .filter(wanted.clone())
        .count(&ctx.db)
        .await?;
    let rows = with_lab(study::Entity::find())
        .join(JoinType::InnerJoin, contents::latest())
        .column_as(study_version::Column::Ad, "ad")
        .column_as(study_version::Column::DesignId, "design_id")
        .filter(wanted)
        .order_by_asc(study::Column::StateChangedAt)
        .order_by_asc(study::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .into_model::<Submission>()
        .all(&ctx.db)
        .await?;
    let before = decisions(ctx, rows.iter().map(|row| row.study.id)).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        entries.push(entry(ctx, row, &before).await?);
    }
    Ok(ReviewQueue {
        waiting: Page {
            entries,
            total,
            paging,
        },
        quiet: quiet_edits(ctx).await?,
    })
}

/// The condition on studies and their labs.
fn submitted(filter: &QueueFilter) -> Condition {
    let mut wanted = Condition::all().add(study::Column::State.eq(StudyState::Submitted));
    if let Some(kind) = filter.kind {
        wanted = wanted.add(study::Column::Kind.eq(kind));
    }
    if let Some(has) = filter.has_declarations {
        let some = study::Column::Declarations.contains("\"keys\":[\"");
        wanted = wanted.add(if has { some } else { some.not() });
    }
    for word in search_words(&filter.search) {
        let in_study = holds((study::Entity, study::Column::Name), &word);
        let in_lab = holds((lab::Entity, lab::Column::Name), &word);
        wanted = wanted.add(in_study.or(in_lab));
    }
    wanted
}

/// Which of the studies were approved or rejected before.
async fn decisions(
    ctx: &Context,
    ids: impl Iterator<Item = StudyId>,
) -> Result<Vec<(StudyId, String)>, Error> {
    let decided = [StudyState::Approved.as_str(), StudyState::Rejected.as_str()];
    Ok(study_log::Entity::find()
        .select_only()
        .column(study_log::Column::StudyId)
        .column(study_log::Column::Action)
        .distinct()
        .filter(study_log::Column::StudyId.is_in(ids))
        .filter(study_log::Column::Action.is_in(decided))
        .into_tuple()
        .all(&ctx.db)
        .await?)
}

async fn entry(
    ctx: &Context,
    submission: Submission,
    before: &[(StudyId, String)],
) -> Result<QueueRow, Error> {
    let row = submission.study;
    let lab = submission.lab.facts();
    let ad = convert::ad(row.id, &submission.ad)?;
    let found = inspected_by_id(ctx, row.id, submission.design_id, row.kind).await?;
    let was = |state: StudyState| {
        before
            .iter()
            .any(|(id, action)| *id == row.id && action == state.as_str())
    };
    let history = match (was(StudyState::Approved), was(StudyState::Rejected)) {
        (true, _) => History::Approved,
        (false, true) => History::Rejected,
        (false, false) => History::First,
    };
    let checks = checks(&ad, &found, &lab);
    Ok(QueueRow {
        id: row.id,
        since: row.state_changed_at.unwrap_or(row.created_at),
        declarations: declared(&row),
        history,
        open_checks: checks.iter().filter(|check| !check.is_fine).count(),
        kind: row.kind,
        name: row.name,
        lab_name: lab.name,
    })
}

async fn quiet_edits(ctx: &Context) -> Result<Vec<UnreviewedEdit>, Error> {
    let rows: Vec<(StudyId, String, i32, String, DateTime<Utc>)> = study_version::Entity::find()
        .select_only()
        .column(study_version::Column::StudyId)
        .column(study::Column::Name)
        .column(study_version::Column::Number)
        .column(study_version::Column::Edits)
        .column(study_version::Column::CreatedAt)
        .inner_join(study::Entity)
        .filter(study_version::Column::KeepsApproval.eq(true))
        .filter(study_version::Column::CreatedAt.gt(ctx.now() - LISTED))
        .order_by_desc(study_version::Column::CreatedAt)
        .limit(MOST_EDITS)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    rows.into_iter()
        .map(|(study, name, version, edits, at)| {
            Ok(UnreviewedEdit {
                study,
                name,
                version,
                edits: edits_of(&edits)?,
                at,
            })
        })
        .collect()
}
