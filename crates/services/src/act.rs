//! [`Act`]: the guard on which every verb that writes stands.
//!
//! There is no other way to a transaction. Each constructor begins one, locks what the verb is
//! about, and asks inside it whether the actor may do this: the roles are those that count when the
//! change is made. Rows are locked in the order account, lab, study, so that two acts never wait
//! for each other; the lock lets others add rows that only refer to the locked one. The act then
//! carries who asks and what it is about; `audit`, `email` and `add` (in [`crate::audit`],
//! [`crate::messages`] and [`crate::jobs`]) record what belongs to the change in the same
//! transaction.
//!
//! A verb ends in [`Act::commit`] or, where there was nothing to do, in [`Act::unchanged`]; a test
//! reads the sources for that. An error on the way drops the act, which undoes all of it.

use std::ops::{Deref, DerefMut};

use adapters::Token;
use domain::accounts::{AccountId, SessionId};
use domain::families::child::ChildId;
use domain::labs::LabId;
use domain::permissions::{Action, Roles};
use domain::responses::ResponseId;
use domain::studies::{StudyId, StudyState};
use entities::{account, child, lab, response, run_session, study};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};

use crate::actor::{Actor, Person};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::links::{self, Link};
use crate::permissions::{ActionTarget, allowed};
use crate::responses::{Report, opened_by};

/// A change on its way: a transaction, whoever asked for it, and what it is about.
#[must_use = "a change that is not committed is undone"]
pub(crate) struct Act<'a, Subject> {
    pub ctx: &'a Context,
    pub actor: &'a Actor,
    /// Statements of this change go here, never to `ctx.db`: it does not see what this change has
    /// written so far, and may wait for the connection that this one holds.
    pub tx: DatabaseTransaction,
    subject: Subject,
}

/// What an act is about, as far as the audit cares.
pub(crate) trait Subject {
    /// The lab and the study in which it happens.
    fn place(&self) -> (Option<LabId>, Option<StudyId>) {
        (None, None)
    }
}

/// A study, locked, and the roles in it of the researcher who asks.
pub(crate) struct OfStudy<'a> {
    pub person: &'a Person,
    pub roles: Roles,
    pub study: study::Model,
}

impl Subject for OfStudy<'_> {
    fn place(&self) -> (Option<LabId>, Option<StudyId>) {
        (Some(self.study.lab_id), Some(self.study.id))
    }
}

/// A lab, locked, and the researcher who asks.
pub(crate) struct OfLab<'a> {
    pub person: &'a Person,
    pub lab: lab::Model,
}

impl Subject for OfLab<'_> {
    fn place(&self) -> (Option<LabId>, Option<StudyId>) {
        (Some(self.lab.id), None)
    }
}

/// The account of somebody else, locked, and the member of staff who asks.
pub(crate) struct OfAccount<'a> {
    pub person: &'a Person,
    pub account: account::Model,
}

impl Subject for OfAccount<'_> {}

/// The account of the person who asks, locked.
pub(crate) struct Own<'a> {
    pub person: &'a Person,
    /// The session that asks.
    pub session: SessionId,
    pub account: account::Model,
}

impl Subject for Own<'_> {}

/// A child of the family that asks, locked.
pub(crate) struct OwnChild<'a> {
    pub person: &'a Person,
    pub child: child::Model,
}

impl Subject for OwnChild<'_> {}

/// A response, locked: a run adds to it, or another site reports that it is complete.
pub(crate) struct OfResponse {
    pub response: response::Model,
}

impl Subject for OfResponse {
    fn place(&self) -> (Option<LabId>, Option<StudyId>) {
        (None, Some(self.response.study_id))
    }
}

/// The key of a run, locked, whose ticket was not used yet.
pub(crate) struct OfTicket {
    pub session: run_session::Model,
}

impl Subject for OfTicket {}

/// Nothing that needs a right of its own: see the constructors.
pub(crate) struct Free;

impl Subject for Free {}

impl<'a> Act<'a, OfStudy<'a>> {
    /// A researcher in a browser does something to a study.
    pub async fn study(
        ctx: &'a Context,
        actor: &'a Actor,
        id: StudyId,
        action: Action,
    ) -> Result<Self, Error> {
        actor.researcher_in_person()?;
        let tx = ctx.db.begin().await?;
        let study = locked_study(&tx, id).await?;
        let (person, roles) = allowed(&tx, actor, action, ActionTarget::Study(id)).await?;
        let subject = OfStudy {
            person,
            roles,
            study,
        };
        Ok(Self::new(ctx, actor, tx, subject))
    }

    /// A researcher in a browser tries a study as families would see it: one of their own, or one
    /// whose preview is shared with every researcher.
    pub async fn preview(ctx: &'a Context, actor: &'a Actor, id: StudyId) -> Result<Self, Error> {
        let person = actor.researcher_in_person()?;
        let tx = ctx.db.begin().await?;
        let study = locked_study(&tx, id).await?;
        let roles = roles_for_preview(&tx, actor, &study).await?;
        let subject = OfStudy {
            person,
            roles,
            study,
        };
        Ok(Self::new(ctx, actor, tx, subject))
    }

    /// A researcher, or a program with a token of theirs, takes data out of a study, which the
    /// audit records. Nothing of the study changes, so its row is not locked.
    pub async fn download(
        ctx: &'a Context,
        actor: &'a Actor,
        id: StudyId,
        action: Action,
    ) -> Result<Self, Error> {
        actor.researcher()?;
        let tx = ctx.db.begin().await?;
        let (person, roles) = allowed(&tx, actor, action, ActionTarget::Study(id)).await?;
        let found = study::Entity::find_by_id(id).one(&tx).await?;
        let subject = OfStudy {
            person,
            roles,
            study: found.ok_or(Error::NotFound(Noun::Study))?,
        };
        Ok(Self::new(ctx, actor, tx, subject))
    }

    /// Asks for a further right over the study.
    pub async fn also(&self, action: Action) -> Result<(), Error> {
        allowed(
            &self.tx,
            self.actor,
            action,
            ActionTarget::Study(self.study.id),
        )
        .await?;
        Ok(())
    }

    /// Asks for a right over another lab than the study's.
    pub async fn also_in_lab(&self, action: Action, lab: LabId) -> Result<(), Error> {
        allowed(&self.tx, self.actor, action, ActionTarget::Lab(lab)).await?;
        Ok(())
    }
}

/// The roles of a researcher who may try a study: in one of their own, or none in one whose preview
/// is shared with every researcher.
pub(crate) async fn roles_for_preview(
    db: &impl ConnectionTrait,
    actor: &Actor,
    study: &study::Model,
) -> Result<Roles, Error> {
    if study.has_shared_preview && study.state != StudyState::Archived {
        return Ok(Roles::default());
    }
    let about = ActionTarget::Study(study.id);
    Ok(allowed(db, actor, Action::ReadStudyDetails, about).await?.1)
}

async fn locked_study(tx: &DatabaseTransaction, id: StudyId) -> Result<study::Model, Error> {
    let locked = study::Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
    locked.one(tx).await?.ok_or(Error::NotFound(Noun::Study))
}

impl<'a> Act<'a, OfLab<'a>> {
    /// A researcher in a browser does something to a lab.
    pub async fn lab(
        ctx: &'a Context,
        actor: &'a Actor,
        id: LabId,
        action: Action,
    ) -> Result<Self, Error> {
        actor.researcher_in_person()?;
        let tx = ctx.db.begin().await?;
        let lab = lock_lab(&tx, id).await?;
        let (person, _) = allowed(&tx, actor, action, ActionTarget::Lab(id)).await?;
        let subject = OfLab { person, lab };
        Ok(Self::new(ctx, actor, tx, subject))
    }

    /// A researcher in a browser asks something of a lab that needs no role in it: to join, to
    /// leave, to take that request back.
    pub async fn lab_from_outside(
        ctx: &'a Context,
        actor: &'a Actor,
        id: LabId,
    ) -> Result<Self, Error> {
        let person = actor.researcher_in_person()?;
        let tx = ctx.db.begin().await?;
        let subject = OfLab {
            person,
            lab: lock_lab(&tx, id).await?,
        };
        Ok(Self::new(ctx, actor, tx, subject))
    }

    /// Staff in a browser do something to a lab, by a right over the whole site.
    pub async fn lab_by_staff(
        ctx: &'a Context,
        actor: &'a Actor,
        id: LabId,
        action: Action,
    ) -> Result<Self, Error> {
        let (tx, person) = by_staff(ctx, actor, action).await?;
        let subject = OfLab {
            person,
            lab: lock_lab(&tx, id).await?,
        };
        Ok(Self::new(ctx, actor, tx, subject))
    }
}

/// Begins a transaction for somebody in a browser with a right over the whole site.
async fn by_staff<'a>(
    ctx: &Context,
    actor: &'a Actor,
    action: Action,
) -> Result<(DatabaseTransaction, &'a Person), Error> {
    actor.researcher_in_person()?;
    let tx = ctx.db.begin().await?;
    let (person, _) = allowed(&tx, actor, action, ActionTarget::Site).await?;
    Ok((tx, person))
}

/// A lab, locked.
pub(crate) async fn lock_lab(tx: &DatabaseTransaction, id: LabId) -> Result<lab::Model, Error> {
    let locked = lab::Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
    locked.one(tx).await?.ok_or(Error::NotFound(Noun::Lab))
}

impl<'a> Act<'a, OfAccount<'a>> {
    /// Staff in a browser do something to an account, by a right over the whole site.
    pub async fn account_of(
        ctx: &'a Context,
        actor: &'a Actor,
        id: AccountId,
        action: Action,
    ) -> Result<Self, Error> {
        let (tx, person) = by_staff(ctx, actor, action).await?;
        let locked = account::Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
        let account = locked
            .one(&tx)
            .await?
            .ok_or(Error::NotFound(Noun::Account))?;
        Ok(Self::new(ctx, actor, tx, OfAccount { person, account }))
    }
}

impl<'a> Act<'a, Own<'a>> {
    /// Somebody signed in changes their own account, or what belongs to it.
    pub async fn own(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        actor.signed_in()?;
        Self::half_signed_in(ctx, actor).await
    }

    /// The same, where it is about how somebody signs in: the second factor was given lately.
    pub async fn own_freshly(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        actor.fresh(ctx.now())?;
        Self::half_signed_in(ctx, actor).await
    }

    /// Somebody who works in labs changes what is their own, or makes something new.
    pub async fn researcher(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        actor.researcher_in_person()?;
        Self::half_signed_in(ctx, actor).await
    }

    /// Somebody who may still owe the second factor: gives it, or signs out.
    pub async fn half_signed_in(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        let (person, session) = actor.half_signed_in()?;
        let tx = ctx.db.begin().await?;
        let locked = account::Entity::find_by_id(person.account).lock(LockType::NoKeyUpdate);
        let account = locked.one(&tx).await?.ok_or(Error::SignIn)?;
        let subject = Own {
            person,
            session,
            account,
        };
        Ok(Self::new(ctx, actor, tx, subject))
    }
}

impl<'a> Act<'a, OwnChild<'a>> {
    /// A family does something about one of its children.
    pub async fn child(ctx: &'a Context, actor: &'a Actor, id: ChildId) -> Result<Self, Error> {
        let person = actor.signed_in()?;
        let tx = ctx.db.begin().await?;
        let locked = child::Entity::find_by_id(id)
            .filter(child::Column::AccountId.eq(person.account))
            .filter(child::Column::DeletedAt.is_null())
            .lock(LockType::NoKeyUpdate);
        let child = locked.one(&tx).await?.ok_or(Error::NotFound(Noun::Child))?;
        Ok(Self::new(ctx, actor, tx, OwnChild { person, child }))
    }
}

impl<'a> Act<'a, OfResponse> {
    /// A run in a browser adds to its response: the only one that its key opens.
    pub async fn run(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        let Actor::Run(run) = actor else {
            return Err(Error::SignIn);
        };
        let tx = ctx.db.begin().await?;
        let mut opened = opened_by(run, ctx.now());
        let only = [response::Entity];
        QuerySelect::query(&mut opened).lock_with_tables(LockType::NoKeyUpdate, only);
        let response = opened.one(&tx).await?.ok_or(Error::SignIn)?;
        Ok(Self::new(ctx, actor, tx, OfResponse { response }))
    }

    /// A researcher in a browser says something about one response of a study.
    pub async fn response(
        ctx: &'a Context,
        actor: &'a Actor,
        id: ResponseId,
        action: Action,
    ) -> Result<Self, Error> {
        actor.researcher_in_person()?;
        let act = Self::locked(ctx, actor, id).await?;
        let study = ActionTarget::Study(act.response.study_id);
        match allowed(&act.tx, actor, action, study).await {
            Ok(_) => Ok(act),
            // Whoever may not know of the study does not learn that this is one of its responses.
            Err(Error::NotFound(_)) => Err(Error::NotFound(Noun::Response)),
            Err(error) => Err(error),
        }
    }

    /// Another site, or a family on its way back from one, reports something about a response. A
    /// report exists only where its signature was right.
    pub async fn report(ctx: &'a Context, report: &Report) -> Result<Self, Error> {
        let act = Self::locked(ctx, &Actor::Visitor, report.response()).await?;
        if !report.is_about(&act.response) {
            return Err(Error::NotFound(Noun::Response));
        }
        Ok(act)
    }

    async fn locked(ctx: &'a Context, actor: &'a Actor, id: ResponseId) -> Result<Self, Error> {
        let tx = ctx.db.begin().await?;
        let locked = response::Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
        let found = locked.one(&tx).await?;
        let response = found.ok_or(Error::NotFound(Noun::Response))?;
        Ok(Self::new(ctx, actor, tx, OfResponse { response }))
    }
}

impl<'a> Act<'a, OfTicket> {
    /// Whoever holds a run's ticket enters the run, once and before the ticket expires.
    pub async fn ticket(ctx: &'a Context, ticket: &Token) -> Result<Self, Error> {
        let tx = ctx.db.begin().await?;
        let locked = run_session::Entity::find()
            .filter(run_session::Column::TicketDigest.eq(ticket.digest()))
            .filter(run_session::Column::TokenDigest.is_null())
            .filter(run_session::Column::TicketExpiresAt.gt(ctx.now()))
            .lock(LockType::NoKeyUpdate);
        let session = locked.one(&tx).await?.ok_or(Error::NotFound(Noun::Run))?;
        Ok(Self::new(ctx, &Actor::Visitor, tx, OfTicket { session }))
    }
}

impl<'a> Act<'a, Free> {
    /// A researcher looks at what only some may see, which the audit records. The verb has asked
    /// whether this one may; nothing is locked.
    pub async fn look(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        actor.researcher()?;
        Self::free(ctx, actor).await
    }

    /// The platform acts by itself: a job, the clean-up, a command of an operator.
    pub async fn system(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        actor.system()?;
        Self::free(ctx, actor).await
    }

    /// The platform keeps its own books beside what somebody asks for: counts an attempt, or notes
    /// when a key was used. It holds even when the request itself is refused.
    pub async fn bookkeeping(ctx: &'a Context) -> Result<Self, Error> {
        Self::free(ctx, &Actor::System).await
    }

    /// Anybody may do this: sign up, sign in, ask for a new password. The verb bounds it by counts
    /// of attempts.
    pub async fn anybody(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        Self::free(ctx, actor).await
    }

    /// Whoever holds a signed link that still works may do what it is for. What the link is about
    /// is locked.
    pub async fn link(ctx: &'a Context, actor: &'a Actor, link: &Link) -> Result<Self, Error> {
        let act = Self::free(ctx, actor).await?;
        links::check_within(ctx, &act.tx, link).await?;
        Ok(act)
    }

    async fn free(ctx: &'a Context, actor: &'a Actor) -> Result<Self, Error> {
        let tx = ctx.db.begin().await?;
        Ok(Self::new(ctx, actor, tx, Free))
    }
}

impl<'a, S> Act<'a, S> {
    fn new(ctx: &'a Context, actor: &'a Actor, tx: DatabaseTransaction, subject: S) -> Self {
        Self {
            ctx,
            actor,
            tx,
            subject,
        }
    }

    /// Makes the change last.
    pub async fn commit<T>(self, value: T) -> Result<T, Error> {
        self.tx.commit().await?;
        Ok(value)
    }

    /// Ends an act that found nothing to change.
    pub async fn unchanged<T>(self, value: T) -> Result<T, Error> {
        self.tx.rollback().await?;
        Ok(value)
    }

    /// The account of whoever asks, if it is signed in.
    pub fn account_id(&self) -> Option<AccountId> {
        self.actor.person().map(|person| person.account)
    }
}

impl<S> Deref for Act<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.subject
    }
}

impl<S> DerefMut for Act<'_, S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.subject
    }
}
