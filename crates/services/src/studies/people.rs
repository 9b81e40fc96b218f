//! Who works on a study.

use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::labs::LabId;
use domain::messages::Email;
use domain::permissions::{Action, Roles};
use domain::studies::{StudyId, StudyRole};
use entities::{account, lab, lab_member, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::access::readable;
use crate::act::{Act, OfStudy};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::database::insert_new;
use crate::error::{Error, Noun};
use crate::people::{self, name_of};
use crate::permissions::{lab_role, refuse_own, study_role};

/// Somebody who works on a study, or could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyMember {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    /// Role in the study; none for somebody of the lab who has none.
    pub role: Option<StudyRole>,
}

impl StudyMember {
    fn of(account: &account::Model, role: Option<StudyRole>) -> Self {
        Self {
            account: account.id,
            name: name_of(account),
            email: account.email.clone(),
            role,
        }
    }
}

/// The people of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyMembers {
    pub study_name: String,
    pub lab_name: String,
    /// Who works on it.
    pub members: Vec<StudyMember>,
    /// Those who belong to the lab and not to the study; for those who may add people.
    pub candidates: Vec<StudyMember>,
    /// Whether the person may change anything.
    pub may_manage: bool,
    /// The roles that the person may give and take.
    pub given: Vec<StudyRole>,
    /// The person who asks.
    pub own: AccountId,
}

/// Who works on a study.
pub async fn people(ctx: &Context, actor: &Actor, id: StudyId) -> Result<StudyMembers, Error> {
    let person = actor.researcher_in_person()?;
    let (study, lab, roles) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    // Peer reviewers are not shown everybody's address.
    if roles.is_peer_reviewer {
        return Err(Error::Denied);
    }
    let members = members(&ctx.db, id).await?;
    let may_manage = roles.grants(Action::ManageStudyResearchers);
    let candidates = if may_manage {
        candidates(&ctx.db, study.lab_id, &members).await?
    } else {
        Vec::new()
    };
    Ok(StudyMembers {
        study_name: study.name,
        lab_name: lab.name,
        members,
        candidates,
        may_manage,
        given: given_by(roles),
        own: person.account,
    })
}

fn given_by(roles: Roles) -> Vec<StudyRole> {
    let all = StudyRole::ALL.iter().copied();
    all.filter(|role| roles.may_appoint(*role)).collect()
}

/// Refuses to give or take a role that allows more than the person may do themselves.
fn refuse_above(act: &Act<'_, OfStudy<'_>>, role: StudyRole) -> Result<(), Error> {
    if act.roles.may_appoint(role) {
        return Ok(());
    }
    Err(Error::field(
        "role",
        "ceiling",
        format!(
            "The role \u{201c}{}\u{201d} allows more than yours. Please ask an admin of the study \
             or of the lab.",
            role.label()
        ),
    ))
}

/// Highest role first, then by name.
async fn members(db: &impl ConnectionTrait, id: StudyId) -> Result<Vec<StudyMember>, Error> {
    let rows = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(id))
        .find_also_related(account::Entity)
        .order_by_asc(account::Column::FamilyName)
        .order_by_asc(account::Column::Id)
        .all(db)
        .await?;
    let mut members: Vec<StudyMember> = rows
        .into_iter()
        .filter_map(|(row, account)| Some(StudyMember::of(&account?, Some(row.role))))
        .collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.role));
    Ok(members)
}

async fn candidates(
    db: &impl ConnectionTrait,
    lab: LabId,
    members: &[StudyMember],
) -> Result<Vec<StudyMember>, Error> {
    let rows = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(lab))
        .find_also_related(account::Entity)
        .filter(account::Column::IsActive.eq(true))
        .order_by_asc(account::Column::FamilyName)
        .all(db)
        .await?;
    let accounts = rows.into_iter().filter_map(|(_, account)| account);
    Ok(accounts
        .filter(|account| members.iter().all(|member| member.account != account.id))
        .map(|account| StudyMember::of(&account, None))
        .collect())
}

/// Adds somebody of the lab. People from outside must be invited to it first, so that nobody can be
/// pulled in.
pub async fn add(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    account: AccountId,
    role: StudyRole,
) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::ManageStudyResearchers).await?;
    refuse_above(&act, role)?;
    refuse_own(act.person, account)?;
    let account = of_lab(&act, account).await?;
    let row = study_member::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(account.id),
        role: Set(role),
        created_at: Set(ctx.now()),
    };
    let key = [
        study_member::Column::StudyId,
        study_member::Column::AccountId,
    ];
    if !insert_new(row, key, &act.tx).await? {
        return Err(Error::field(
            "candidate",
            "member",
            "This person already works on the study.",
        ));
    }
    tell(&act, &account, role).await?;
    act.commit(()).await
}

/// An account, if it belongs to the study's lab.
async fn of_lab(act: &Act<'_, OfStudy<'_>>, id: AccountId) -> Result<account::Model, Error> {
    if lab_role(&act.tx, act.study.lab_id, id).await?.is_some() {
        let account = people::find(&act.tx, id).await?;
        if account.is_active {
            return Ok(account);
        }
    }
    Err(Error::field(
        "candidate",
        "unknown",
        "Please choose somebody who belongs to the lab.",
    ))
}

/// Tells somebody of a new role, and the audit.
async fn tell(
    act: &Act<'_, OfStudy<'_>>,
    account: &account::Model,
    role: StudyRole,
) -> Result<(), Error> {
    let lab = lab::Entity::find_by_id(act.study.lab_id)
        .one(&act.tx)
        .await?;
    let email = Email::StudyRole {
        study: act.study.name.clone(),
        study_id: act.study.id.to_string(),
        lab: lab.map(|lab| lab.name).unwrap_or_default(),
        role,
    };
    act.email(account, &email).await?;
    let event = Event::of(AuditAction::StudyRoleSet).to(account.id);
    act.audit(event.detail(role.as_str())).await
}

/// Gives somebody who works on the study another role.
pub async fn set_role(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    account: AccountId,
    role: StudyRole,
) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::ManageStudyResearchers).await?;
    let now = role_of(&act, account).await?;
    if now == role {
        return act.unchanged(()).await;
    }
    refuse_own(act.person, account)?;
    refuse_above(&act, now)?;
    refuse_above(&act, role)?;
    if now == StudyRole::Admin {
        refuse_last_admin(&act, account).await?;
    }
    study_member::Entity::update_many()
        .col_expr(study_member::Column::Role, Expr::value(role))
        .filter(study_member::Column::StudyId.eq(id))
        .filter(study_member::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    tell(&act, &people::find(&act.tx, account).await?, role).await?;
    act.commit(()).await
}

async fn role_of(act: &Act<'_, OfStudy<'_>>, account: AccountId) -> Result<StudyRole, Error> {
    study_role(&act.tx, act.study.id, account)
        .await?
        .ok_or(Error::NotFound(Noun::Account))
}

async fn refuse_last_admin(act: &Act<'_, OfStudy<'_>>, account: AccountId) -> Result<(), Error> {
    let others = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(act.study.id))
        .filter(study_member::Column::AccountId.ne(account))
        .filter(study_member::Column::Role.eq(StudyRole::Admin));
    if others.count(&act.tx).await? > 0 {
        return Ok(());
    }
    Err(Error::Conflict(
        "The study would have no admin. Please make somebody else an admin first.".to_owned(),
    ))
}

/// Removes somebody from a study. Everybody may remove themselves.
pub async fn remove(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    account: AccountId,
) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    let action = if person.account == account {
        Action::ReadStudyDetails
    } else {
        Action::ManageStudyResearchers
    };
    let act = Act::study(ctx, actor, id, action).await?;
    let role = role_of(&act, account).await?;
    if person.account != account {
        refuse_above(&act, role)?;
    }
    if role == StudyRole::Admin {
        refuse_last_admin(&act, account).await?;
    }
    study_member::Entity::delete_many()
        .filter(study_member::Column::StudyId.eq(id))
        .filter(study_member::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    let email = Email::StudyRemoved {
        study: act.study.name.clone(),
    };
    act.email(&people::find(&act.tx, account).await?, &email)
        .await?;
    act.audit(Event::of(AuditAction::StudyMemberRemoved).to(account))
        .await?;
    act.commit(()).await
}
