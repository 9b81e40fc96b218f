//! A family's children with the runs that they began, and how they fit a study.

use chrono::{DateTime, Utc};
use domain::families::child::{Child, ChildId};
use domain::responses::ResponseId;
use domain::studies::{Eligibility, Mismatch, Participation, StudyId, StudyKind, Subject};
use entities::{child, response};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};

use crate::actor::{Actor, Person};
use crate::context::Context;
use crate::error::Error;

/// How long a run that was not finished can go on.
pub(crate) const RESUMABLE: chrono::Duration = chrono::Duration::hours(24);

/// How a child stands to a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildEligibility {
    pub child: Child,
    /// What speaks against it; nothing if it fits.
    pub mismatches: Vec<Mismatch>,
    /// A response that was begun lately and can go on, and when it began.
    pub unfinished: Option<(ResponseId, DateTime<Utc>)>,
    /// Whether it has done this study before.
    pub has_done: bool,
}

impl ChildEligibility {
    pub(super) fn is_of(&self, child: ChildId) -> bool {
        self.child.id == child
    }
}

/// A family's children with all their responses, loaded in one statement.
#[derive(Default)]
pub(crate) struct Family {
    pub children: Vec<(Child, Vec<Visit>)>,
}

/// One response, as far as lists and rules care.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub response: ResponseId,
    pub participation: Participation,
    pub created_at: DateTime<Utc>,
    pub is_over: bool,
}

#[derive(FromQueryResult)]
struct ChildVisit {
    #[sea_orm(nested)]
    child: child::Model,
    visit_id: Option<ResponseId>,
    visit_study: Option<StudyId>,
    visit_kind: Option<StudyKind>,
    visit_frames: Option<i32>,
    visit_is_preview: Option<bool>,
    visit_is_completed: Option<bool>,
    visit_created_at: Option<DateTime<Utc>>,
    visit_ended_at: Option<DateTime<Utc>>,
}

impl ChildVisit {
    fn visit(&self) -> Option<Visit> {
        Some(Visit {
            response: self.visit_id?,
            participation: Participation {
                study: self.visit_study?,
                kind: self.visit_kind?,
                has_frames: self.visit_frames.unwrap_or_default() > 0,
                is_preview: self.visit_is_preview.unwrap_or_default(),
            },
            created_at: self.visit_created_at?,
            is_over: self.visit_ended_at.is_some() || self.visit_is_completed.unwrap_or_default(),
        })
    }
}

/// The family that asks, which is empty for a visitor.
pub(super) async fn of(ctx: &Context, actor: &Actor) -> Result<Family, Error> {
    // A session that still lacks its second factor sees no more than a visitor.
    match actor.signed_in() {
        Ok(person) => load_family(&ctx.db, person).await,
        Err(_) => Ok(Family::default()),
    }
}

pub(crate) async fn load_family(
    db: &impl ConnectionTrait,
    person: &Person,
) -> Result<Family, Error> {
    let rows = child::Entity::find()
        .column_as(response::Column::Id, "visit_id")
        .column_as(response::Column::StudyId, "visit_study")
        .column_as(response::Column::StudyKind, "visit_kind")
        .column_as(response::Column::FrameCount, "visit_frames")
        .column_as(response::Column::IsPreview, "visit_is_preview")
        .column_as(response::Column::IsCompleted, "visit_is_completed")
        .column_as(response::Column::CreatedAt, "visit_created_at")
        .column_as(response::Column::EndedAt, "visit_ended_at")
        .join(JoinType::LeftJoin, response::Relation::Child.def().rev())
        .filter(child::Column::AccountId.eq(person.account))
        .filter(child::Column::DeletedAt.is_null())
        .order_by_desc(child::Column::Birthday)
        .order_by_asc(child::Column::Id)
        .into_model::<ChildVisit>()
        .all(db)
        .await?;
    let mut children: Vec<(Child, Vec<Visit>)> = Vec::new();
    for row in rows {
        let visit = row.visit();
        let child = Child::try_from(row.child)?;
        match children.last_mut() {
            Some((last, visits)) if last.id == child.id => visits.extend(visit),
            _ => children.push((child, visit.into_iter().collect())),
        }
    }
    Ok(Family { children })
}

impl Family {
    pub(super) fn fits(
        &self,
        ctx: &Context,
        study: StudyId,
        rules: &Eligibility,
    ) -> Vec<ChildEligibility> {
        let (today, oldest) = (ctx.clock.today(), ctx.now() - RESUMABLE);
        let fit = |(child, visits): &(Child, Vec<Visit>)| {
            let here: Vec<&Visit> = visits
                .iter()
                .filter(|visit| {
                    visit.participation.study == study && !visit.participation.is_preview
                })
                .collect();
            let can_go_on = |visit: &&&Visit| {
                !visit.is_over && visit.participation.has_frames && visit.created_at > oldest
            };
            let unfinished = here
                .iter()
                .filter(can_go_on)
                .max_by_key(|visit| visit.created_at);
            ChildEligibility {
                mismatches: mismatches(child, visits, rules, today),
                unfinished: unfinished.map(|visit| (visit.response, visit.created_at)),
                has_done: here.iter().any(|visit| visit.is_over),
                child: child.clone(),
            }
        };
        self.children.iter().map(fit).collect()
    }
}

pub(crate) fn mismatches(
    child: &Child,
    visits: &[Visit],
    rules: &Eligibility,
    today: chrono::NaiveDate,
) -> Vec<Mismatch> {
    // The run that is going on does not count against itself: a study may forbid a second one.
    let counted: Vec<Participation> = visits.iter().map(|visit| visit.participation).collect();
    rules.mismatches(Subject {
        details: &child.details,
        visits: &counted,
        today,
    })
}
