//! The audit: who did what to whom, when and from where. Entries are only ever added, each chained
//! to the one before.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveTime, Utc};
use domain::accounts::AccountId;
use domain::audit::{Anchor, AuditAction, AuditRecord, ChainFault, GENESIS, is_keyed};
use domain::labs::LabId;
use domain::permissions::Action;
use domain::studies::StudyId;
use entities::{account, audit_entry, audit_head, lab, study};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::act::{Act, Subject};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging};
use crate::people::name_of;
use crate::permissions::{ActionTarget, require};

/// What is to be recorded. Who did it, when and from where are added.
#[derive(Clone, Debug)]
pub struct Event {
    action: AuditAction,
    account: Option<AccountId>,
    lab: Option<LabId>,
    study: Option<StudyId>,
    detail: String,
}

impl Event {
    pub fn of(action: AuditAction) -> Self {
        Self {
            action,
            account: None,
            lab: None,
            study: None,
            detail: String::new(),
        }
    }

    /// The account to which it was done.
    pub fn to(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// The lab in which it happened; an act about a lab or a study knows it already.
    pub fn lab(mut self, lab: LabId) -> Self {
        self.lab = Some(lab);
        self
    }

    /// The study in which it happened; an act about a study knows it already.
    pub fn study(mut self, study: StudyId) -> Self {
        self.study = Some(study);
        self
    }

    /// More, in words; never a secret.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

impl<S: Subject> Act<'_, S> {
    /// Adds an entry to the audit: what happened, in the act's lab and study unless the event names
    /// others, by whoever asks.
    pub(crate) async fn audit(&self, event: Event) -> Result<(), Error> {
        let (who, address) = self.actor.person().map_or((None, String::new()), |person| {
            (Some(person.account), person.address.clone())
        });
        self.audit_as(who, address, event).await
    }

    /// The same for somebody who was not signed in when the act began.
    pub(crate) async fn audit_as(
        &self,
        who: Option<AccountId>,
        address: String,
        mut event: Event,
    ) -> Result<(), Error> {
        let (lab, study) = self.place();
        event.lab = event.lab.or(lab);
        event.study = event.study.or(study);
        append(self.ctx, &self.tx, who, address, event).await
    }
}

/// Records that a researcher read about somebody. A page may be read many times; it is recorded
/// once for each person, thing and day, so that reading stays cheap.
pub(crate) async fn look(ctx: &Context, actor: &Actor, event: Event) -> Result<(), Error> {
    let person = actor.researcher()?;
    let day = ctx.clock.today().and_time(NaiveTime::MIN).and_utc();
    let known = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Number)
        .filter(audit_entry::Column::ActorId.eq(person.account.0))
        .filter(audit_entry::Column::At.gte(day))
        .filter(audit_entry::Column::Action.eq(event.action))
        .filter(audit_entry::Column::Detail.eq(&event.detail))
        .limit(1)
        .into_tuple::<i64>()
        .one(&ctx.db)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let act = Act::look(ctx, actor).await?;
    act.audit(event).await?;
    act.commit(()).await
}

pub(crate) async fn append(
    ctx: &Context,
    db: &impl ConnectionTrait,
    who: Option<AccountId>,
    address: String,
    event: Event,
) -> Result<(), Error> {
    // Updating the head first locks it on PostgreSQL; SQLite has one writer anyway.
    let moved = audit_head::Entity::update_many()
        .col_expr(
            audit_head::Column::Number,
            Expr::col(audit_head::Column::Number).add(1),
        )
        .exec(db)
        .await?;
    let head = audit_head::Entity::find()
        .one(db)
        .await?
        .filter(|_| moved.rows_affected == 1)
        .ok_or_else(|| Error::internal("the audit has no head"))?;
    let record = AuditRecord {
        number: head.number,
        at: ctx.now(),
        actor: who.map(|id| id.0),
        action: event.action,
        account: event.account.map(|id| id.0),
        lab: event.lab.map(|id| id.0),
        study: event.study.map(|id| id.0),
        detail: event.detail,
        address,
    };
    let hash = keyed_hash(ctx, &record, &head.hash)?;
    let row = audit_entry::ActiveModel {
        id: Set(ctx.uuid()?),
        number: Set(record.number),
        at: Set(record.at),
        actor_id: Set(record.actor),
        action: Set(record.action),
        account_id: Set(record.account),
        lab_id: Set(record.lab),
        study_id: Set(record.study),
        detail: Set(record.detail),
        address: Set(record.address),
        previous_hash: Set(head.hash),
        hash: Set(hash.clone()),
    };
    audit_entry::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Hash, Expr::value(hash))
        .exec(db)
        .await?;
    Ok(())
}

/// A hash that only this site can make.
fn keyed_hash(ctx: &Context, record: &AuditRecord, previous: &str) -> Result<String, Error> {
    Ok(ctx.keys.sign("audit", &record.text(previous))?)
}

/// An entry as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Place in the chain.
    pub number: i64,
    pub at: DateTime<Utc>,
    /// Name of whoever did it.
    pub actor: String,
    pub action: AuditAction,
    /// Name of the account to which it was done; empty for none.
    pub account: String,
    /// Name of the study, or else of the lab, in which it happened; empty for none.
    pub place: String,
    pub detail: String,
    /// Network address; empty where only the study's own people look.
    pub address: String,
}

/// Entries about one study, newest first, for those who look after it.
pub async fn of_study(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    paging: Paging,
) -> Result<Page<AuditLine>, Error> {
    // A program can't ask: no scope of a token covers who works on a study.
    actor.researcher_in_person()?;
    let (person, roles) = require(
        ctx,
        actor,
        Action::ReadStudyDetails,
        ActionTarget::Study(id),
    )
    .await?;
    // The study's admins, its lab's admins and staff: those who choose who works on it.
    if !roles.grants(Action::ManageStudyResearchers)
        && !person
            .powers
            .staff_role()
            .is_some_and(|role| role.grants(Action::ReadAudit))
    {
        return Err(Error::Denied);
    }
    let mut page = read(
        ctx,
        audit_entry::Entity::find().filter(audit_entry::Column::StudyId.eq(id)),
        paging,
    )
    .await?;
    for line in &mut page.entries {
        line.address.clear();
    }
    Ok(page)
}

/// All entries, newest first, for staff. `account` names one account that did it, or that it was
/// done to.
pub async fn all(
    ctx: &Context,
    actor: &Actor,
    account: Option<AccountId>,
    paging: Paging,
) -> Result<Page<AuditLine>, Error> {
    require(ctx, actor, Action::ReadAudit, ActionTarget::Site).await?;
    let mut wanted = audit_entry::Entity::find();
    if let Some(account) = account {
        wanted = wanted.filter(
            audit_entry::Column::AccountId
                .eq(account.0)
                .or(audit_entry::Column::ActorId.eq(account.0)),
        );
    }
    read(ctx, wanted, paging).await
}

async fn read(
    ctx: &Context,
    wanted: sea_orm::Select<audit_entry::Entity>,
    paging: Paging,
) -> Result<Page<AuditLine>, Error> {
    let total = wanted.clone().count(&ctx.db).await?;
    let rows = wanted
        .order_by_desc(audit_entry::Column::Number)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let names = Names::of(ctx, &rows).await?;
    Ok(Page {
        entries: rows.into_iter().map(|row| names.line(row)).collect(),
        total,
        paging,
    })
}

/// What accounts, labs and studies of some entries are called. Those that were deleted since have
/// no name.
struct Names {
    people: HashMap<Uuid, String>,
    labs: HashMap<Uuid, String>,
    studies: HashMap<Uuid, String>,
}

impl Names {
    async fn of(ctx: &Context, rows: &[audit_entry::Model]) -> Result<Self, Error> {
        let ids = |pick: fn(&audit_entry::Model) -> Option<Uuid>| {
            rows.iter().filter_map(pick).collect::<HashSet<_>>()
        };
        let mut people = ids(|row| row.actor_id);
        people.extend(ids(|row| row.account_id));
        let people = account::Entity::find()
            .filter(account::Column::Id.is_in(people))
            .all(&ctx.db)
            .await?;
        let labs: Vec<(LabId, String)> = lab::Entity::find()
            .select_only()
            .columns([lab::Column::Id, lab::Column::Name])
            .filter(lab::Column::Id.is_in(ids(|row| row.lab_id)))
            .into_tuple()
            .all(&ctx.db)
            .await?;
        let studies: Vec<(StudyId, String)> = study::Entity::find()
            .select_only()
            .columns([study::Column::Id, study::Column::Name])
            .filter(study::Column::Id.is_in(ids(|row| row.study_id)))
            .into_tuple()
            .all(&ctx.db)
            .await?;
        Ok(Self {
            people: people
                .into_iter()
                .map(|row| (row.id.0, name_of(&row)))
                .collect(),
            labs: labs.into_iter().map(|(id, name)| (id.0, name)).collect(),
            studies: studies.into_iter().map(|(id, name)| (id.0, name)).collect(),
        })
    }

    fn line(&self, row: audit_entry::Model) -> AuditLine {
        let name = |names: &HashMap<Uuid, String>, id: Option<Uuid>, nobody: &str| {
            id.map_or_else(
                || nobody.to_owned(),
                |id| names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
            )
        };
        AuditLine {
            number: row.number,
            at: row.at,
            actor: name(&self.people, row.actor_id, "Lookit itself"),
            action: row.action,
            account: name(&self.people, row.account_id, ""),
            place: if row.study_id.is_some() {
                name(&self.studies, row.study_id, "")
            } else {
                name(&self.labs, row.lab_id, "")
            },
            detail: row.detail,
            address: row.address,
        }
    }
}

/// Whether the chain holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// All entries follow each other; how many there are.
    Whole(i64),
    /// So they do, but none of them has a keyed hash: anybody could have written them.
    Unkeyed(i64),
    Broken {
        /// Number of the first entry that does not fit, or that which is missing.
        number: i64,
        fault: ChainFault,
    },
}

/// Checks the whole chain, a thousand entries at a time, and that it goes through places which were
/// written down before.
pub async fn verify(ctx: &Context, anchors: &[Anchor]) -> Result<Chain, Error> {
    let mut walk = Walk::start();
    loop {
        let rows = audit_entry::Entity::find()
            .filter(audit_entry::Column::Number.gt(walk.number))
            .order_by_asc(audit_entry::Column::Number)
            .limit(1000)
            .all(&ctx.db)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if let Some(fault) = walk.step(ctx, row, anchors)? {
                let number = walk.number;
                return Ok(Chain::Broken { number, fault });
            }
        }
    }
    Ok(walk.end(head(ctx).await?.as_ref(), anchors))
}

/// The end of the chain, as it is remembered; nothing where even that is gone.
pub async fn head(ctx: &Context) -> Result<Option<Anchor>, Error> {
    let head = audit_head::Entity::find().one(&ctx.db).await?;
    Ok(head.map(|head| Anchor {
        number: head.number,
        hash: head.hash,
    }))
}

/// A walk along the chain: the place that it has reached.
struct Walk {
    number: i64,
    hash: String,
}

impl Walk {
    fn start() -> Self {
        Self {
            number: 0,
            hash: GENESIS.to_owned(),
        }
    }

    /// Goes on to the next entry, and tells why it does not follow, if it does not.
    fn step(
        &mut self,
        ctx: &Context,
        row: audit_entry::Model,
        anchors: &[Anchor],
    ) -> Result<Option<ChainFault>, Error> {
        self.number += 1;
        let previous = std::mem::replace(&mut self.hash, row.hash.clone());
        if row.number != self.number {
            return Ok(Some(ChainFault::Missing));
        }
        if row.previous_hash != previous {
            return Ok(Some(ChainFault::Detached));
        }
        let record = AuditRecord {
            number: row.number,
            at: row.at,
            actor: row.actor_id,
            action: row.action,
            account: row.account_id,
            lab: row.lab_id,
            study: row.study_id,
            detail: row.detail,
            address: row.address,
        };
        let hash = if is_keyed(&row.hash) {
            keyed_hash(ctx, &record, &previous)?
        } else if is_keyed(&previous) {
            return Ok(Some(ChainFault::Unkeyed));
        } else {
            record.plain_hash(&previous)
        };
        if hash != row.hash {
            return Ok(Some(ChainFault::Changed));
        }
        let is_there = |anchor: &Anchor| anchor.number != row.number || anchor.hash == row.hash;
        Ok((!anchors.iter().all(is_there)).then_some(ChainFault::NotAnchored))
    }

    /// What the whole chain is, after its last entry.
    fn end(self, head: Option<&Anchor>, anchors: &[Anchor]) -> Chain {
        let Self { number, hash } = self;
        let is_end = head.is_some_and(|head| head.number == number && head.hash == hash);
        let is_beyond = |anchor: &Anchor| anchor.number > number;
        if !is_end || anchors.iter().any(is_beyond) {
            return Chain::Broken {
                number: number + 1,
                fault: ChainFault::CutOff,
            };
        }
        if number == 0 || is_keyed(&hash) {
            Chain::Whole(number)
        } else {
            Chain::Unkeyed(number)
        }
    }
}
