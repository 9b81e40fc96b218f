//! Who works on a study.

use domain::accounts::{AccountId, Email};
use domain::audit::AuditAction;
use domain::messages::Letter;
use domain::permissions::Action;
use domain::studies::{StudyId, StudyRole};
use entities::{account, lab, lab_member, study, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use crate::accounts::{self, name_of};
use crate::actor::Actor;
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::messages;
use crate::permissions::{Target, allowed, lab_role, study_role};
use crate::studies::lock;

/// Somebody who works on a study, or could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collaborator {
    /// The account.
    pub account: AccountId,
    /// What to call it.
    pub name: String,
    /// Address.
    pub email: String,
    /// Role in the study; none for somebody of the lab who has none.
    pub role: Option<StudyRole>,
}

/// The people of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// The study's name.
    pub study_name: String,
    /// The lab's name.
    pub lab_name: String,
    /// Who works on it.
    pub members: Vec<Collaborator>,
    /// Who belongs to the lab and not to the study; for those who may add people.
    pub candidates: Vec<Collaborator>,
    /// Whether the person may change anything.
    pub may_manage: bool,
    /// The person.
    pub own: AccountId,
}

/// Who works on a study.
pub async fn people(ctx: &Context, actor: &Actor, id: StudyId) -> Result<People, Error> {
    actor.researcher_in_person()?;
    let (person, standing) =
        allowed(&ctx.db, actor, Action::ReadStudyDetails, Target::Study(id)).await?;
    // A colleague who was asked for an opinion need not have everybody's address.
    if standing.is_peer {
        return Err(Error::Denied);
    }
    let (study, lab) = study::Entity::find_by_id(id)
        .find_also_related(lab::Entity)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    let collaborator = |account: account::Model, role| Collaborator {
        account: account.id,
        name: name_of(&account),
        email: messages::address_of(&account).to_owned(),
        role,
    };
    let rows = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(id))
        .find_also_related(account::Entity)
        .order_by_asc(account::Column::FamilyName)
        .order_by_asc(account::Column::Id)
        .all(&ctx.db)
        .await?;
    let mut members: Vec<Collaborator> = rows
        .into_iter()
        .filter_map(|(row, account)| account.map(|account| collaborator(account, Some(row.role))))
        .collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.role));
    let may_manage = standing.grants(Action::ManageStudyResearchers);
    let candidates = if may_manage {
        let rows = lab_member::Entity::find()
            .filter(lab_member::Column::LabId.eq(study.lab_id))
            .find_also_related(account::Entity)
            .filter(account::Column::IsActive.eq(true))
            .order_by_asc(account::Column::FamilyName)
            .all(&ctx.db)
            .await?;
        rows.into_iter()
            .filter_map(|(_, account)| account)
            .filter(|account| members.iter().all(|member| member.account != account.id))
            .map(|account| collaborator(account, None))
            .collect()
    } else {
        Vec::new()
    };
    Ok(People {
        study_name: study.name,
        lab_name: lab.map(|lab| lab.name).unwrap_or_default(),
        members,
        candidates,
        may_manage,
        own: person.account,
    })
}

/// Adds somebody of the lab, by address. Who does not belong to the lab must be invited to it
/// first, so that nobody can find out here whether an address has an account.
pub async fn add_by_email(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    email: &str,
    role: StudyRole,
) -> Result<(), Error> {
    actor.researcher_in_person()?;
    allowed(
        &ctx.db,
        actor,
        Action::ManageStudyResearchers,
        Target::Study(id),
    )
    .await?;
    let nobody = || {
        Error::field(
            "email",
            "unknown",
            "Nobody in this lab has this address. Please invite the person to the lab first.",
        )
    };
    let email = Email::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please choose a person, or enter the e-mail address of one.",
        )
    })?;
    let found = account::Entity::find()
        .filter(account::Column::Email.eq(email.as_str()))
        .filter(account::Column::IsActive.eq(true))
        .one(&ctx.db)
        .await?
        .ok_or_else(nobody)?;
    let tx = ctx.begin().await?;
    let study = lock(&tx, id).await?;
    if lab_role(&tx, study.lab_id, found.id).await?.is_none() {
        return Err(nobody());
    }
    let row = study_member::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(found.id),
        role: Set(role),
        created_at: Set(ctx.now()),
    };
    let once = OnConflict::columns([
        study_member::Column::StudyId,
        study_member::Column::AccountId,
    ])
    .do_nothing()
    .to_owned();
    if !matches!(
        study_member::Entity::insert(row)
            .on_conflict(once)
            .exec_without_returning(&tx)
            .await,
        Ok(1)
    ) {
        return Err(Error::field(
            "email",
            "member",
            "This person works on the study already.",
        ));
    }
    tell(ctx, &tx, actor, &study, found.id, role).await?;
    tx.commit().await?;
    Ok(())
}

async fn tell(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    study: &study::Model,
    account: AccountId,
    role: StudyRole,
) -> Result<(), Error> {
    let lab = lab::Entity::find_by_id(study.lab_id)
        .one(db)
        .await?
        .map(|lab| lab.name)
        .unwrap_or_default();
    let letter = Letter::StudyRole {
        study: study.name.clone(),
        study_id: study.id.to_string(),
        lab,
        role,
    };
    messages::write(ctx, db, &accounts::find(db, account).await?, &letter).await?;
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::StudyRoleSet)
            .study(study.id)
            .lab(study.lab_id)
            .to(account)
            .detail(role.as_str()),
    )
    .await
}

/// Gives somebody who works on the study another role.
pub async fn set_role(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    account: AccountId,
    role: StudyRole,
) -> Result<(), Error> {
    actor.researcher_in_person()?;
    allowed(
        &ctx.db,
        actor,
        Action::ManageStudyResearchers,
        Target::Study(id),
    )
    .await?;
    let tx = ctx.begin().await?;
    let study = lock(&tx, id).await?;
    let now = study_role(&tx, id, account)
        .await?
        .ok_or(Error::NotFound(Noun::Account))?;
    if now == role {
        return Ok(());
    }
    if now == StudyRole::Admin {
        refuse_last_admin(&tx, id, account).await?;
    }
    study_member::Entity::update_many()
        .col_expr(study_member::Column::Role, Expr::value(role))
        .filter(study_member::Column::StudyId.eq(id))
        .filter(study_member::Column::AccountId.eq(account))
        .exec(&tx)
        .await?;
    tell(ctx, &tx, actor, &study, account, role).await?;
    tx.commit().await?;
    Ok(())
}

async fn refuse_last_admin(
    db: &impl ConnectionTrait,
    id: StudyId,
    account: AccountId,
) -> Result<(), Error> {
    let others = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(id))
        .filter(study_member::Column::AccountId.ne(account))
        .filter(study_member::Column::Role.eq(StudyRole::Admin));
    if others.count(db).await? == 0 {
        Err(Error::Conflict(
            "The study would be without an admin. Please make somebody else an admin first."
                .to_owned(),
        ))
    } else {
        Ok(())
    }
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
    allowed(&ctx.db, actor, action, Target::Study(id)).await?;
    let tx = ctx.begin().await?;
    let study = lock(&tx, id).await?;
    if study_role(&tx, id, account)
        .await?
        .ok_or(Error::NotFound(Noun::Account))?
        == StudyRole::Admin
    {
        refuse_last_admin(&tx, id, account).await?;
    }
    study_member::Entity::delete_many()
        .filter(study_member::Column::StudyId.eq(id))
        .filter(study_member::Column::AccountId.eq(account))
        .exec(&tx)
        .await?;
    messages::write(
        ctx,
        &tx,
        &accounts::find(&tx, account).await?,
        &Letter::StudyRemoved {
            study: study.name.clone(),
        },
    )
    .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::StudyMemberRemoved)
            .study(id)
            .lab(study.lab_id)
            .to(account),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
