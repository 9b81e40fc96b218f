//! Peer reviewers: researchers of other labs who are asked for an opinion. They may look until
//! staff have decided, the study moves or is archived, or a month has passed.

use domain::accounts::{AccountId, EmailAddress};
use domain::audit::AuditAction;
use domain::messages::Email;
use domain::permissions::Action;
use domain::studies::StudyId;
use entities::{account, lab, peer_reviewer};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::act::{Act, OfStudy};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::database::insert_new;
use crate::error::Error;
use crate::people::name_of;
use crate::permissions::{ActionTarget, lab_role, require, study_role};
use crate::{people, throttle};

/// Emails to peer reviewers that one person can cause within a quarter of an hour.
const EMAILS: i32 = 10;

pub(super) async fn of_study(
    db: &impl ConnectionTrait,
    id: StudyId,
) -> Result<Vec<(AccountId, String)>, Error> {
    let rows = peer_reviewer::Entity::find()
        .filter(peer_reviewer::Column::StudyId.eq(id))
        .find_also_related(account::Entity)
        .all(db)
        .await?;
    let accounts = rows.into_iter().filter_map(|(_, account)| account);
    Ok(accounts
        .map(|account| (account.id, name_of(&account)))
        .collect())
}

/// Asks a researcher of another lab for an opinion. Whether the address has a researcher's account
/// is not told.
pub async fn add_peer_reviewer(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    email: &str,
) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    require(
        ctx,
        actor,
        Action::ManageStudyResearchers,
        ActionTarget::Study(id),
    )
    .await?;
    let email = EmailAddress::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please enter the email address of a researcher.",
        )
    })?;
    throttle::count_or_refuse(ctx, "peers", person.account, EMAILS).await?;
    let act = Act::study(ctx, actor, id, Action::ManageStudyResearchers).await?;
    let Some(found) = researcher(&act.tx, &email).await? else {
        return act.unchanged(()).await;
    };
    if is_known(&act, found.id).await? || !store(&act, found.id).await? {
        return act.unchanged(()).await;
    }
    let lab = lab::Entity::find_by_id(act.study.lab_id)
        .one(&act.tx)
        .await?;
    let email = Email::StudyPeer {
        study: act.study.name.clone(),
        study_id: id.to_string(),
        lab: lab.map(|lab| lab.name).unwrap_or_default(),
        person: name_of(&people::find(&act.tx, person.account).await?),
    };
    act.email(&found, &email).await?;
    act.audit(Event::of(AuditAction::StudyPeerSet).to(found.id))
        .await?;
    act.commit(()).await
}

async fn researcher(
    db: &impl ConnectionTrait,
    email: &EmailAddress,
) -> Result<Option<account::Model>, Error> {
    Ok(account::Entity::find()
        .filter(account::Column::Email.eq(email.as_str()))
        .filter(account::Column::IsActive.eq(true))
        .filter(account::Column::IsResearcher.eq(true))
        .one(db)
        .await?)
}

/// Whether somebody belongs to the study or its lab, and so is not a peer reviewer.
async fn is_known(act: &Act<'_, OfStudy<'_>>, account: AccountId) -> Result<bool, Error> {
    let study = &act.study;
    Ok(lab_role(&act.tx, study.lab_id, account).await?.is_some()
        || study_role(&act.tx, study.id, account).await?.is_some())
}

/// Notes that somebody is asked, and tells whether that is new.
async fn store(act: &Act<'_, OfStudy<'_>>, account: AccountId) -> Result<bool, Error> {
    let new = peer_reviewer::ActiveModel {
        id: Set(act.ctx.uuid()?),
        study_id: Set(act.study.id),
        account_id: Set(account),
        created_at: Set(act.ctx.now()),
    };
    let key = [
        peer_reviewer::Column::StudyId,
        peer_reviewer::Column::AccountId,
    ];
    insert_new(new, key, &act.tx).await
}

/// No longer asks somebody. Comments stay.
pub async fn remove_peer_reviewer(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    account: AccountId,
) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::ManageStudyResearchers).await?;
    peer_reviewer::Entity::delete_many()
        .filter(peer_reviewer::Column::StudyId.eq(id))
        .filter(peer_reviewer::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    let event = Event::of(AuditAction::StudyPeerSet).to(account);
    act.audit(event.detail("no longer")).await?;
    act.commit(()).await
}

/// No longer asks anybody about a study. Comments stay.
pub(super) async fn end(db: &impl ConnectionTrait, id: StudyId) -> Result<(), Error> {
    peer_reviewer::Entity::delete_many()
        .filter(peer_reviewer::Column::StudyId.eq(id))
        .exec(db)
        .await?;
    Ok(())
}
