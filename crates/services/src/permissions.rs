//! The one place that asks who may do what. [`require`] asks for a page or a file, outside any
//! change. Inside a change an [`Act`](crate::act::Act) has asked already, by [`allowed`], in the
//! transaction that makes the change, so that the right can't be lost in between. [`within`] says
//! where, for lists.

use domain::accounts::AccountId;
use domain::labs::{LabId, LabRole};
use domain::permissions::{Action, Roles, peer_reviewer_grants};
use domain::studies::{StudyId, StudyRole};
use entities::{lab_member, peer_reviewer, study, study_member};
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect,
};

use crate::actor::{Actor, Credential, Person};
use crate::context::Context;
use crate::error::{Error, Noun};

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionTarget {
    Site,
    Lab(LabId),
    Study(StudyId),
}

/// Whether the actor may do this, by what `db` sees: a transaction, or the database for reading.
/// Returns the person and their roles there.
///
/// What a person may not even know of is not found; what they may see but not do is denied. A
/// program needs the scope too.
pub(crate) async fn allowed<'a>(
    db: &impl ConnectionTrait,
    actor: &'a Actor,
    action: Action,
    target: ActionTarget,
) -> Result<(&'a Person, Roles), Error> {
    let person = actor.researcher()?;
    let roles = roles(db, person, target).await?;
    if roles.grants(action) && is_in_scope(person, action) {
        return Ok((person, roles));
    }
    match target {
        ActionTarget::Study(_) if !roles.grants(Action::ReadStudyDetails) => {
            Err(Error::NotFound(Noun::Study))
        }
        ActionTarget::Site | ActionTarget::Lab(_) | ActionTarget::Study(_) => Err(Error::Denied),
    }
}

/// Whether the way in which somebody came covers an action: a program only what its scopes name.
fn is_in_scope(person: &Person, action: Action) -> bool {
    match &person.via {
        Credential::Session(_) => true,
        Credential::Token(_, scopes) => scopes.iter().any(|scope| scope.covers(action)),
    }
}

/// Whether the actor may do this now, for a page or a file. For a change, ask with an
/// [`Act`](crate::act::Act).
pub async fn require<'a>(
    ctx: &Context,
    actor: &'a Actor,
    action: Action,
    target: ActionTarget,
) -> Result<(&'a Person, Roles), Error> {
    allowed(&ctx.db, actor, action, target).await
}

/// Refuses to change one's own role, or to appoint oneself: that takes somebody else.
pub(crate) fn refuse_own(person: &Person, account: AccountId) -> Result<(), Error> {
    if person.account != account {
        return Ok(());
    }
    Err(Error::Conflict(
        "Nobody can change their own role. Please ask somebody else who manages the people here."
            .to_owned(),
    ))
}

/// The roles of a person at a target.
pub(crate) async fn roles(
    db: &impl ConnectionTrait,
    person: &Person,
    target: ActionTarget,
) -> Result<Roles, Error> {
    let staff = person.powers.staff_role();
    Ok(match target {
        ActionTarget::Site => Roles {
            staff,
            ..Roles::default()
        },
        ActionTarget::Lab(lab) => Roles {
            staff,
            lab: lab_role(db, lab, person.account).await?,
            study: None,
            is_peer_reviewer: false,
        },
        ActionTarget::Study(study) => {
            let known = role_row(db, study, person.account)
                .await?
                .ok_or(Error::NotFound(Noun::Study))?;
            Roles {
                staff,
                lab: known.lab_role,
                study: known.study_role,
                is_peer_reviewer: known.is_peer_reviewer > 0
                    && known.lab_role.is_none()
                    && known.study_role.is_none()
                    && staff.is_none(),
            }
        }
    })
}

#[derive(FromQueryResult)]
struct RoleRow {
    lab_role: Option<LabRole>,
    study_role: Option<StudyRole>,
    is_peer_reviewer: i64,
}

/// The roles of an account in a study and its lab, and whether it is a peer reviewer of the study:
/// in one statement, since every page of a study asks.
async fn role_row(
    db: &impl ConnectionTrait,
    study: StudyId,
    account: AccountId,
) -> Result<Option<RoleRow>, Error> {
    let of_lab = study::Entity::belongs_to(lab_member::Entity)
        .from(study::Column::LabId)
        .to(lab_member::Column::LabId)
        .on_condition(move |_, right| {
            Expr::col((right, lab_member::Column::AccountId))
                .eq(account)
                .into_condition()
        })
        .into();
    let of_study = study::Entity::belongs_to(study_member::Entity)
        .from(study::Column::Id)
        .to(study_member::Column::StudyId)
        .on_condition(move |_, right| {
            Expr::col((right, study_member::Column::AccountId))
                .eq(account)
                .into_condition()
        })
        .into();
    let peer = study::Entity::belongs_to(peer_reviewer::Entity)
        .from(study::Column::Id)
        .to(peer_reviewer::Column::StudyId)
        .on_condition(move |_, right| {
            Expr::col((right, peer_reviewer::Column::AccountId))
                .eq(account)
                .into_condition()
        })
        .into();
    Ok(study::Entity::find_by_id(study)
        .select_only()
        .column_as(lab_member::Column::Role, "lab_role")
        .column_as(study_member::Column::Role, "study_role")
        .column_as(
            Expr::expr(
                Expr::case(
                    Expr::col((peer_reviewer::Entity, peer_reviewer::Column::Id)).is_not_null(),
                    1_i64,
                )
                .finally(0_i64),
            ),
            "is_peer_reviewer",
        )
        .join(JoinType::LeftJoin, of_lab)
        .join(JoinType::LeftJoin, of_study)
        .join(JoinType::LeftJoin, peer)
        .into_model::<RoleRow>()
        .one(db)
        .await?)
}

pub(crate) async fn lab_role(
    db: &impl ConnectionTrait,
    lab: LabId,
    account: AccountId,
) -> Result<Option<LabRole>, Error> {
    Ok(lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(lab))
        .filter(lab_member::Column::AccountId.eq(account))
        .one(db)
        .await?
        .map(|row| row.role))
}

pub(crate) async fn study_role(
    db: &impl ConnectionTrait,
    study: StudyId,
    account: AccountId,
) -> Result<Option<StudyRole>, Error> {
    Ok(study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(study))
        .filter(study_member::Column::AccountId.eq(account))
        .one(db)
        .await?
        .map(|row| row.role))
}

/// Where a person may do something, as a condition on the study table: the rule of [`allowed`],
/// asked within the statement that lists studies.
pub fn within(actor: &Actor, action: Action) -> Result<(&Person, Condition), Error> {
    let person = actor.researcher()?;
    if !is_in_scope(person, action) {
        return Err(Error::Denied);
    }
    let is_everywhere = person.powers.staff_role();
    if is_everywhere.is_some_and(|role| role.grants(action)) {
        return Ok((person, Condition::all()));
    }
    let lab_roles = LabRole::ALL.iter().filter(|role| role.grants(action));
    let labs = Query::select()
        .column(lab_member::Column::LabId)
        .from(lab_member::Entity)
        .and_where(lab_member::Column::AccountId.eq(person.account))
        .and_where(lab_member::Column::Role.is_in(lab_roles.copied()))
        .to_owned();
    let study_roles = StudyRole::ALL.iter().filter(|role| role.grants(action));
    let studies = Query::select()
        .column(study_member::Column::StudyId)
        .from(study_member::Entity)
        .and_where(study_member::Column::AccountId.eq(person.account))
        .and_where(study_member::Column::Role.is_in(study_roles.copied()))
        .to_owned();
    let mut own = Condition::any()
        .add(study::Column::LabId.in_subquery(labs))
        .add(study::Column::Id.in_subquery(studies));
    if peer_reviewer_grants(action) {
        let asked = Query::select()
            .column(peer_reviewer::Column::StudyId)
            .from(peer_reviewer::Entity)
            .and_where(peer_reviewer::Column::AccountId.eq(person.account))
            .to_owned();
        own = own.add(study::Column::Id.in_subquery(asked));
    }
    Ok((person, Condition::all().add(own)))
}
