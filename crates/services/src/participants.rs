//! Families that took part: only those with a response in a study whose responses the person may
//! read, of which somebody decided that the family consented, and of their children only those who
//! gave one.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::families::child::{Child, ChildId};
use domain::families::demographics::Demographics;
use domain::permissions::Action;
use domain::responses::{ConsentRuling, ResponseId};
use domain::studies::StudyId;
use entities::{account, child, demographic_snapshot, response, study};
use sea_orm::sea_query::{Expr, Func, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use crate::actor::Actor;
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::within;

/// A family in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantRow {
    pub id: AccountId,
    /// What the family calls itself; may be empty.
    pub nickname: String,
    /// When it was last here.
    pub signed_in_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParticipantSort {
    /// Those who were here lately first.
    #[default]
    LastActive,
    Nickname,
}

/// Responses that count: real, with a consent that was accepted, in a study whose responses the
/// actor may read. That a consent frame was completed is not enough: nobody has looked at it.
fn visible(actor: &Actor) -> Result<Condition, Error> {
    let (_, own) = within(actor, Action::ReadStudyResponseData)?;
    let studies = Query::select()
        .column(study::Column::Id)
        .from(study::Entity)
        .cond_where(own)
        .to_owned();
    Ok(Condition::all()
        .add(response::Column::IsPreview.eq(false))
        .add(response::Column::ConsentRuling.eq(ConsentRuling::Accepted))
        .add(response::Column::StudyId.in_subquery(studies)))
}

/// Families that took part, in which any word occurs in nickname or global id.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    words: &str,
    sort: ParticipantSort,
    paging: Paging,
) -> Result<Page<ParticipantRow>, Error> {
    actor.researcher_in_person()?;
    let took_part = Query::select()
        .column(response::Column::AccountId)
        .from(response::Entity)
        .cond_where(visible(actor)?)
        .to_owned();
    let mut wanted = account::Entity::find()
        .filter(account::Column::Id.in_subquery(took_part))
        .filter(account::Column::DeletedAt.is_null());
    let words = search_words(words);
    if !words.is_empty() {
        let mut any = Condition::any();
        for word in &words {
            any = any.add(holds(account::Column::Nickname, word));
            if let Ok(id) = word.parse::<AccountId>() {
                any = any.add(account::Column::Id.eq(id));
            }
        }
        wanted = wanted.filter(any);
    }
    let total = wanted.clone().count(&ctx.db).await?;
    let ordered = match sort {
        ParticipantSort::LastActive => wanted.order_by_desc(account::Column::SignedInAt),
        ParticipantSort::Nickname => wanted.order_by_asc(Expr::expr(Func::lower(Expr::col(
            account::Column::Nickname,
        )))),
    };
    let rows = ordered
        .order_by_asc(account::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    Ok(Page {
        entries: rows
            .into_iter()
            .map(|row| ParticipantRow {
                id: row.id,
                nickname: row.nickname,
                signed_in_at: row.signed_in_at,
            })
            .collect(),
        total,
        paging,
    })
}

/// A response of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantResponse {
    pub id: ResponseId,
    pub study: StudyId,
    pub study_name: String,
    pub child_name: String,
    pub created_at: DateTime<Utc>,
    /// Whether the exit survey was submitted.
    pub is_completed: bool,
}

/// A family, as far as its responses make it visible.
#[derive(Clone, Debug, PartialEq)]
pub struct ParticipantPage {
    /// What the list shows.
    pub row: ParticipantRow,
    /// Children with a visible response, and no others.
    pub children: Vec<Child>,
    /// The household's latest answers.
    pub demographics: Option<Demographics>,
    /// When those were given.
    pub demographics_at: Option<DateTime<Utc>>,
    /// Visible responses, newest first.
    pub responses: Page<ParticipantResponse>,
}

/// One family. One that is not in the list is not found.
pub async fn find(
    ctx: &Context,
    actor: &Actor,
    id: AccountId,
    paging: Paging,
) -> Result<ParticipantPage, Error> {
    actor.researcher_in_person()?;
    let missing = || Error::NotFound(Noun::Account);
    let seen = response::Entity::find()
        .filter(visible(actor)?)
        .filter(response::Column::AccountId.eq(id));
    let total = seen.clone().count(&ctx.db).await?;
    if total == 0 {
        return Err(missing());
    }
    let account = account::Entity::find_by_id(id)
        .filter(account::Column::DeletedAt.is_null())
        .one(&ctx.db)
        .await?
        .ok_or_else(missing)?;
    let event = Event::of(AuditAction::FamilyRead).to(id);
    audit::look(ctx, actor, event.detail(format!("family {id}"))).await?;
    let children = children(ctx, &seen).await?;
    let latest = demographic_snapshot::Entity::find()
        .filter(demographic_snapshot::Column::AccountId.eq(id))
        .order_by_desc(demographic_snapshot::Column::CreatedAt)
        .order_by_desc(demographic_snapshot::Column::Id)
        .one(&ctx.db)
        .await?;
    let entries = responses(ctx, seen, &children, paging).await?;
    Ok(ParticipantPage {
        row: ParticipantRow {
            id,
            nickname: account.nickname,
            signed_in_at: account.signed_in_at,
        },
        children,
        demographics: latest.as_ref().map(Demographics::try_from).transpose()?,
        demographics_at: latest.map(|row| row.created_at),
        responses: Page {
            entries,
            total,
            paging,
        },
    })
}

/// The children of these responses, in the order in which the family added them.
async fn children(ctx: &Context, seen: &Select<response::Entity>) -> Result<Vec<Child>, Error> {
    let ids: BTreeSet<ChildId> = seen
        .clone()
        .select_only()
        .column(response::Column::ChildId)
        .distinct()
        .into_tuple::<ChildId>()
        .all(&ctx.db)
        .await?
        .into_iter()
        .collect();
    let rows = child::Entity::find()
        .filter(child::Column::Id.is_in(ids))
        .order_by_asc(child::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    rows.into_iter()
        .map(|row| Child::try_from(row).map_err(Error::from))
        .collect()
}

async fn responses(
    ctx: &Context,
    seen: Select<response::Entity>,
    children: &[Child],
    paging: Paging,
) -> Result<Vec<ParticipantResponse>, Error> {
    let names: HashMap<ChildId, &str> = children
        .iter()
        .map(|child| (child.id, child.details.given_name.as_str()))
        .collect();
    let rows = seen
        .order_by_desc(response::Column::CreatedAt)
        .order_by_desc(response::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .find_also_related(study::Entity)
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(row, study)| ParticipantResponse {
            id: row.id,
            study: row.study_id,
            study_name: study.map(|study| study.name).unwrap_or_default(),
            child_name: names
                .get(&row.child_id)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            created_at: row.created_at,
            is_completed: row.is_completed,
        })
        .collect())
}
