//! A family's children with their responses, and how they fit a study.

use chrono::{DateTime, Utc};
use domain::families::child::{Child, ChildId};
use domain::responses::{ResponseId, ResponseState};
use domain::studies::{Candidate, Eligibility, Mismatch, Participation, StudyId, StudyKind};
use entities::{child, response};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};

use crate::actor::{Actor, Person};
use crate::context::Context;
use crate::error::Error;

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
    pub children: Vec<(Child, Vec<FamilyResponse>)>,
}

/// One response, as far as lists and rules care.
#[derive(Clone, Debug)]
pub(crate) struct FamilyResponse {
    pub id: ResponseId,
    pub participation: Participation,
    pub created_at: DateTime<Utc>,
    pub is_over: bool,
}

impl FamilyResponse {
    /// Whether the child goes on with it, rather than beginning another.
    pub fn can_go_on(&self, now: DateTime<Utc>) -> bool {
        let is_elsewhere = !self.participation.kind.is_internal();
        let state = ResponseState::of(false, self.is_over, is_elsewhere, self.created_at, now);
        state == ResponseState::GoesOn
    }

    /// Whether there is something to go on with.
    fn has_begun(&self) -> bool {
        self.participation.has_frames || !self.participation.kind.is_internal()
    }
}

#[derive(FromQueryResult)]
struct ChildResponseRow {
    #[sea_orm(nested)]
    child: child::Model,
    response_id: Option<ResponseId>,
    response_study: Option<StudyId>,
    response_kind: Option<StudyKind>,
    response_frames: Option<i32>,
    response_is_preview: Option<bool>,
    response_is_completed: Option<bool>,
    response_created_at: Option<DateTime<Utc>>,
    response_ended_at: Option<DateTime<Utc>>,
}

impl ChildResponseRow {
    fn response(&self) -> Option<FamilyResponse> {
        Some(FamilyResponse {
            id: self.response_id?,
            participation: Participation {
                study: self.response_study?,
                kind: self.response_kind?,
                has_frames: self.response_frames.unwrap_or_default() > 0,
                is_preview: self.response_is_preview.unwrap_or_default(),
            },
            created_at: self.response_created_at?,
            is_over: self.response_ended_at.is_some()
                || self.response_is_completed.unwrap_or_default(),
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
        .column_as(response::Column::Id, "response_id")
        .column_as(response::Column::StudyId, "response_study")
        .column_as(response::Column::StudyKind, "response_kind")
        .column_as(response::Column::FrameCount, "response_frames")
        .column_as(response::Column::IsPreview, "response_is_preview")
        .column_as(response::Column::IsCompleted, "response_is_completed")
        .column_as(response::Column::CreatedAt, "response_created_at")
        .column_as(response::Column::EndedAt, "response_ended_at")
        .join(JoinType::LeftJoin, response::Relation::Child.def().rev())
        .filter(child::Column::AccountId.eq(person.account))
        .filter(child::Column::DeletedAt.is_null())
        .order_by_desc(child::Column::Birthday)
        .order_by_asc(child::Column::Id)
        .into_model::<ChildResponseRow>()
        .all(db)
        .await?;
    let mut children: Vec<(Child, Vec<FamilyResponse>)> = Vec::new();
    for row in rows {
        let response = row.response();
        let child = Child::try_from(row.child)?;
        match children.last_mut() {
            Some((last, responses)) if last.id == child.id => responses.extend(response),
            _ => children.push((child, response.into_iter().collect())),
        }
    }
    Ok(Family { children })
}

impl Family {
    pub(super) fn eligibility(
        &self,
        ctx: &Context,
        study: StudyId,
        rules: &Eligibility,
    ) -> Vec<ChildEligibility> {
        let (today, now) = (ctx.clock.today(), ctx.now());
        let judge = |(child, responses): &(Child, Vec<FamilyResponse>)| {
            let here: Vec<&FamilyResponse> = responses
                .iter()
                .filter(|response| {
                    response.participation.study == study && !response.participation.is_preview
                })
                .collect();
            let unfinished = here
                .iter()
                .filter(|response| response.can_go_on(now) && response.has_begun())
                .max_by_key(|response| response.created_at);
            // What goes on does not count against itself: a study may forbid a second time.
            let others = responses
                .iter()
                .filter(|response| unfinished.is_none_or(|going| going.id != response.id));
            ChildEligibility {
                mismatches: mismatches(child, others, rules, today),
                unfinished: unfinished.map(|response| (response.id, response.created_at)),
                has_done: here.iter().any(|response| response.is_over),
                child: child.clone(),
            }
        };
        self.children.iter().map(judge).collect()
    }
}

pub(crate) fn mismatches<'a>(
    child: &Child,
    responses: impl IntoIterator<Item = &'a FamilyResponse>,
    rules: &Eligibility,
    today: chrono::NaiveDate,
) -> Vec<Mismatch> {
    let counted: Vec<Participation> = responses
        .into_iter()
        .map(|response| response.participation)
        .collect();
    rules.mismatches(Candidate {
        details: &child.details,
        responses: &counted,
        today,
    })
}
