//! Who belongs to a lab, and in which role.

use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::labs::{LabId, LabRole};
use domain::messages::Email;
use domain::permissions::Action;
use domain::studies::StudyRole;
use entities::{account, lab, lab_member, peer_reviewer, study, study_member};
use sea_orm::sea_query::{LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::invitations::{self, Invitation};
use super::requests::{self, JoinRequest};
use super::{load, store_role};
use crate::act::{Act, OfLab};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::paging::{Page, Paging, holds, search_words};
use crate::people::{self, name_of};
use crate::permissions::{ActionTarget, lab_role, refuse_own, require};

/// A member of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub account: AccountId,
    /// What to call it.
    pub name: String,
    pub email: String,
    pub role: LabRole,
}

/// The people of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    pub lab_name: String,
    /// Members, by family name.
    pub page: Page<Member>,
    /// Who asked to join; for those who may answer.
    pub asking: Vec<JoinRequest>,
    /// Open invitations; for those who may invite.
    pub invitations: Vec<Invitation>,
    /// Whether the person may change anything.
    pub may_manage: bool,
    pub own: AccountId,
}

/// Who belongs to a lab.
pub async fn members(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    words: &str,
    paging: Paging,
) -> Result<Members, Error> {
    let row = load(&ctx.db, id).await?;
    actor.researcher_in_person()?;
    let (person, roles) = require(
        ctx,
        actor,
        Action::ReadLabResearchers,
        ActionTarget::Lab(id),
    )
    .await?;
    let mut wanted = Condition::all().add(lab_member::Column::LabId.eq(id));
    for word in search_words(words) {
        let like = |column: account::Column| holds((account::Entity, column), &word);
        wanted = wanted.add(
            Condition::any()
                .add(like(account::Column::GivenName))
                .add(like(account::Column::MiddleName))
                .add(like(account::Column::FamilyName))
                .add(like(account::Column::Email)),
        );
    }
    let found = lab_member::Entity::find()
        .find_also_related(account::Entity)
        .filter(wanted);
    let total = found.clone().count(&ctx.db).await?;
    let rows = found
        .order_by_asc(account::Column::FamilyName)
        .order_by_asc(account::Column::GivenName)
        .order_by_asc(account::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let entries = rows
        .into_iter()
        .filter_map(|(member, account)| {
            account.map(|account| Member {
                account: account.id,
                name: name_of(&account),
                email: account.email.clone(),
                role: member.role,
            })
        })
        .collect();
    let may_manage = roles.grants(Action::ManageLabResearchers);
    let (asking, open) = if may_manage {
        (
            requests::list(ctx, id).await?,
            invitations::open(ctx, id).await?,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    Ok(Members {
        lab_name: row.name,
        page: Page {
            entries,
            total,
            paging,
        },
        asking,
        invitations: open,
        may_manage,
        own: person.account,
    })
}

/// Refuses to lose the only admin of a lab, or of a study in it. Of all labs if none is named.
pub(crate) async fn refuse_sole_admin(
    db: &impl ConnectionTrait,
    account: AccountId,
    lab: Option<LabId>,
) -> Result<(), Error> {
    let mut own = lab_member::Entity::find().filter(lab_member::Column::AccountId.eq(account));
    if let Some(lab) = lab {
        own = own.filter(lab_member::Column::LabId.eq(lab));
    }
    for row in own.all(db).await? {
        // Two admins who leave at once must not both find the other still there.
        lab::Entity::find_by_id(row.lab_id)
            .lock(LockType::NoKeyUpdate)
            .one(db)
            .await?;
        let others = lab_member::Entity::find()
            .filter(lab_member::Column::LabId.eq(row.lab_id))
            .filter(lab_member::Column::AccountId.ne(account));
        let is_sole = row.role == LabRole::Admin
            && others
                .filter(lab_member::Column::Role.eq(LabRole::Admin))
                .count(db)
                .await?
                == 0;
        if is_sole {
            let name = load(db, row.lab_id).await?.name;
            return Err(Error::Conflict(format!(
                "{name} would have no admin. Please make somebody else an admin of it first."
            )));
        }
    }
    let mut studies = study_member::Entity::find()
        .filter(study_member::Column::AccountId.eq(account))
        .filter(study_member::Column::Role.eq(StudyRole::Admin))
        .find_also_related(study::Entity);
    if let Some(lab) = lab {
        studies = studies.filter(study::Column::LabId.eq(lab));
    }
    for (row, study) in studies.all(db).await? {
        let others = study_member::Entity::find()
            .filter(study_member::Column::StudyId.eq(row.study_id))
            .filter(study_member::Column::AccountId.ne(account))
            .filter(study_member::Column::Role.eq(StudyRole::Admin));
        if others.count(db).await? == 0 {
            let name = study.map(|study| study.name).unwrap_or_default();
            return Err(Error::Conflict(format!(
                "The study \u{201c}{name}\u{201d} would have no admin. \
                 Please make somebody else an admin of it first."
            )));
        }
    }
    Ok(())
}

/// Gives a member, or somebody who asked to join, a role. Nobody else: people come by asking or by
/// invitation.
pub async fn set_role(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
    role: LabRole,
) -> Result<(), Error> {
    let act = Act::lab(ctx, actor, id, Action::ManageLabResearchers).await?;
    let now = lab_role(&act.tx, id, account).await?;
    if now == Some(role) {
        return act.unchanged(()).await;
    }
    refuse_own(act.person, account)?;
    let had_asked = requests::delete(&act, id, account).await?;
    if now.is_none() && !had_asked {
        return Err(Error::NotFound(Noun::Account));
    }
    if now == Some(LabRole::Admin) {
        refuse_last_admin(&act.tx, id, account).await?;
    }
    store_role(&act, id, account, role).await?;
    let email = Email::LabRole {
        lab: act.lab.name.clone(),
        lab_id: id.to_string(),
        role,
    };
    act.email(&people::find(&act.tx, account).await?, &email)
        .await?;
    let event = Event::of(AuditAction::LabRoleSet).to(account);
    act.audit(event.detail(role.as_str())).await?;
    act.commit(()).await
}

async fn refuse_last_admin(
    db: &impl ConnectionTrait,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    let others = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(id))
        .filter(lab_member::Column::AccountId.ne(account))
        .filter(lab_member::Column::Role.eq(LabRole::Admin));
    if others.count(db).await? > 0 {
        return Ok(());
    }
    Err(Error::Conflict(
        "The lab would have no admin. Please make somebody else an admin first.".to_owned(),
    ))
}

/// Removes somebody from a lab, and from all its studies.
pub async fn remove_member(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    let act = Act::lab(ctx, actor, id, Action::ManageLabResearchers).await?;
    remove(act, account).await
}

/// Leaves a lab, and all its studies.
pub async fn leave(ctx: &Context, actor: &Actor, id: LabId) -> Result<(), Error> {
    let act = Act::lab_from_outside(ctx, actor, id).await?;
    let account = act.person.account;
    remove(act, account).await
}

async fn remove(act: Act<'_, OfLab<'_>>, account: AccountId) -> Result<(), Error> {
    let id = act.lab.id;
    if lab_role(&act.tx, id, account).await?.is_none() {
        return Err(Error::NotFound(Noun::Account));
    }
    refuse_sole_admin(&act.tx, account, Some(id)).await?;
    lab_member::Entity::delete_many()
        .filter(lab_member::Column::LabId.eq(id))
        .filter(lab_member::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    let studies = Query::select()
        .column(study::Column::Id)
        .from(study::Entity)
        .and_where(study::Column::LabId.eq(id))
        .to_owned();
    study_member::Entity::delete_many()
        .filter(study_member::Column::AccountId.eq(account))
        .filter(study_member::Column::StudyId.in_subquery(studies.clone()))
        .exec(&act.tx)
        .await?;
    // Somebody who was a peer reviewer before they joined does not become one again.
    peer_reviewer::Entity::delete_many()
        .filter(peer_reviewer::Column::AccountId.eq(account))
        .filter(peer_reviewer::Column::StudyId.in_subquery(studies))
        .exec(&act.tx)
        .await?;
    let email = Email::LabRemoved {
        lab: act.lab.name.clone(),
    };
    act.email(&people::find(&act.tx, account).await?, &email)
        .await?;
    act.audit(Event::of(AuditAction::LabMemberRemoved).to(account))
        .await?;
    act.commit(()).await
}
