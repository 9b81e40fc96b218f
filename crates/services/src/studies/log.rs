//! What happened to a study's state, by whom, and with which words.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::permissions::Action;
use domain::studies::{Declarations, StudyId, StudyLogId, StudyState};
use entities::{account, study_log};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde::{Deserialize, Serialize};

use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging};
use crate::people::name_of;
use crate::permissions::{ActionTarget, require};

/// What an entry holds besides its state. Comments and declarations stay here, whatever happens
/// later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Extra {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comments: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declarations: Option<Declarations>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Fields whose edit brought it about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub edited: String,
}

/// What happened to a study's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Where it led; nothing for actions of older tables that are not states.
    pub state: Option<StudyState>,
    /// The action as it is stored.
    pub action: String,
    /// Who did it; empty where nobody is known.
    pub by: String,
    pub at: DateTime<Utc>,
    /// What was written along.
    pub comment: String,
    pub declarations: Option<Declarations>,
    /// The version at that time.
    pub version: Option<i32>,
    /// Fields whose edit brought it about.
    pub edited: String,
}

/// Notes that a study came into a state.
pub(super) async fn append<S>(
    act: &Act<'_, S>,
    study: StudyId,
    state: StudyState,
    extra: &Extra,
) -> Result<(), Error> {
    let text = if *extra == Extra::default() {
        String::new()
    } else {
        serde_json::to_string(extra)?
    };
    let row = study_log::ActiveModel {
        id: Set(act.ctx.id(StudyLogId::from_parts)?),
        study_id: Set(study),
        account_id: Set(act.account_id()),
        action: Set(state.as_str().to_owned()),
        extra: Set(text),
        created_at: Set(act.ctx.now()),
    };
    study_log::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}

/// The log of a study, latest first; of one state only, if that is asked for.
pub async fn log(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    state: Option<StudyState>,
    paging: Paging,
) -> Result<Page<LogEntry>, Error> {
    require(
        ctx,
        actor,
        Action::ReadStudyDetails,
        ActionTarget::Study(id),
    )
    .await?;
    let wanted = of_study(id, state);
    let total = wanted.clone().count(&ctx.db).await?;
    Ok(Page {
        entries: read(&ctx.db, latest_first(wanted, paging)).await?,
        total,
        paging,
    })
}

/// The last entries, for whoever was let in already.
pub(super) async fn latest(
    db: &impl ConnectionTrait,
    id: StudyId,
    size: u64,
) -> Result<Vec<LogEntry>, Error> {
    read(
        db,
        latest_first(of_study(id, None), Paging { page: 1, size }),
    )
    .await
}

/// Who approved the study last, which is not whoever submitted it, and when.
pub(super) async fn approval(
    db: &impl ConnectionTrait,
    id: StudyId,
) -> Result<Option<(String, DateTime<Utc>)>, Error> {
    let approvals = of_study(id, Some(StudyState::Approved));
    let found = read(db, latest_first(approvals, Paging { page: 1, size: 1 })).await?;
    Ok(found.into_iter().next().map(|entry| (entry.by, entry.at)))
}

/// Who submitted the study last.
pub(super) async fn submitter(
    db: &impl ConnectionTrait,
    id: StudyId,
) -> Result<Option<AccountId>, Error> {
    let submissions = of_study(id, Some(StudyState::Submitted));
    let found = latest_first(submissions, Paging { page: 1, size: 1 })
        .one(db)
        .await?;
    Ok(found.and_then(|entry| entry.account_id))
}

/// How often the study came into a state since then.
pub(super) async fn times(
    db: &impl ConnectionTrait,
    id: StudyId,
    state: StudyState,
    since: DateTime<Utc>,
) -> Result<u64, Error> {
    let entries = of_study(id, Some(state)).filter(study_log::Column::CreatedAt.gt(since));
    Ok(entries.count(db).await?)
}

fn of_study(id: StudyId, state: Option<StudyState>) -> Select<study_log::Entity> {
    let wanted = study_log::Entity::find().filter(study_log::Column::StudyId.eq(id));
    match state {
        Some(state) => wanted.filter(study_log::Column::Action.eq(state.as_str())),
        None => wanted,
    }
}

fn latest_first(wanted: Select<study_log::Entity>, paging: Paging) -> Select<study_log::Entity> {
    wanted
        .order_by_desc(study_log::Column::CreatedAt)
        .order_by_desc(study_log::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
}

async fn read(
    db: &impl ConnectionTrait,
    wanted: Select<study_log::Entity>,
) -> Result<Vec<LogEntry>, Error> {
    let rows = wanted.find_also_related(account::Entity).all(db).await?;
    let entry = |(row, account): (study_log::Model, Option<account::Model>)| {
        // Entries of older tables may hold anything; what can't be read is left out rather than
        // breaking the page.
        let extra: Extra = serde_json::from_str(&row.extra).unwrap_or_default();
        LogEntry {
            state: row.action.parse().ok(),
            action: row.action,
            by: account.as_ref().map(name_of).unwrap_or_default(),
            at: row.created_at,
            comment: extra.comments,
            declarations: extra.declarations.filter(|declared| {
                !declared.keys.is_empty() || !declared.issues_description.is_empty()
            }),
            version: extra.version,
            edited: extra.edited,
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}
