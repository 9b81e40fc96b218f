//! Approving a lab, and taking the approval back, which pauses the lab's studies.

use std::collections::BTreeMap;

use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::labs::LabId;
use domain::messages::Email;
use domain::permissions::Action;
use domain::studies::{StudyState, Transition};
use entities::{account, lab, study};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::emails::people_of;
use super::log::{self, Extra};
use crate::act::{Act, OfLab};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::labs;
use crate::permissions::lab_role;

/// What stands in the log of a study that stops because of its lab.
const PAUSED: &str = "The approval of the lab was withdrawn.";

/// Approves a lab, or takes the approval back. Nobody approves a lab of their own.
pub async fn set_lab_approval(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    is_approved: bool,
) -> Result<(), Error> {
    let act = Act::lab_by_staff(ctx, actor, id, Action::EditLabApproval).await?;
    if act.lab.is_approved == is_approved {
        return act.unchanged(()).await;
    }
    if is_approved {
        refuse_own_lab(&act).await?;
    }
    lab::ActiveModel {
        id: Set(id),
        is_approved: Set(is_approved),
        ..Default::default()
    }
    .update(&act.tx)
    .await?;
    if is_approved {
        let email = Email::LabApproved {
            lab: act.lab.name.clone(),
            lab_id: id.to_string(),
        };
        for admin in labs::admins(&act.tx, id).await? {
            act.email(&admin, &email).await?;
        }
        act.audit(Event::of(AuditAction::LabApproved)).await?;
    } else {
        withdraw(&act).await?;
    }
    act.commit(()).await
}

async fn refuse_own_lab(act: &Act<'_, OfLab<'_>>) -> Result<(), Error> {
    if lab_role(&act.tx, act.lab.id, act.person.account)
        .await?
        .is_none()
    {
        return Ok(());
    }
    Err(Error::Conflict(
        "You belong to this lab, so somebody else must approve it.".to_owned(),
    ))
}

/// Pauses what the lab collects, and tells its admins and the people of these studies.
async fn withdraw(act: &Act<'_, OfLab<'_>>) -> Result<(), Error> {
    let mut told: BTreeMap<AccountId, account::Model> = BTreeMap::new();
    for admin in labs::admins(&act.tx, act.lab.id).await? {
        told.insert(admin.id, admin);
    }
    let mut paused = Vec::new();
    for study in studies_of(act).await? {
        let Some(state) = Transition::Pause.from(study.state) else {
            continue;
        };
        for person in people_of(&act.tx, &study).await? {
            told.insert(person.id, person);
        }
        paused.push(study.name.clone());
        pause(act, study, state).await?;
    }
    act.audit(Event::of(AuditAction::LabUnapproved)).await?;
    let email = Email::LabUnapproved {
        lab: act.lab.name.clone(),
        lab_id: act.lab.id.to_string(),
        paused,
    };
    for person in told.values() {
        act.email(person, &email).await?;
    }
    Ok(())
}

/// All studies of the lab, locked whatever their state is: one that somebody starts at this moment
/// is waited for, and one that is started later finds the lab without approval.
async fn studies_of(act: &Act<'_, OfLab<'_>>) -> Result<Vec<study::Model>, Error> {
    Ok(study::Entity::find()
        .filter(study::Column::LabId.eq(act.lab.id))
        .order_by_asc(study::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(&act.tx)
        .await?)
}

async fn pause(
    act: &Act<'_, OfLab<'_>>,
    study: study::Model,
    state: StudyState,
) -> Result<(), Error> {
    let (id, version) = (study.id, study.version);
    let mut changed: study::ActiveModel = study.into();
    changed.state = Set(state);
    changed.state_changed_at = Set(Some(act.ctx.now()));
    changed.comment = Set(PAUSED.to_owned());
    changed.update(&act.tx).await?;
    let extra = Extra {
        comments: PAUSED.to_owned(),
        version: Some(version),
        ..Extra::default()
    };
    log::append(act, id, state, &extra).await?;
    let event = Event::of(AuditAction::StudyMoved).study(id);
    act.audit(event.detail(format!("{state}, with its lab's approval")))
        .await
}
