//! Asking to join a lab.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::labs::LabId;
use domain::messages::Email;
use domain::permissions::Action;
use entities::{account, lab_join_request};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{EMAILS, admins};
use crate::act::{Act, OfLab};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::database::insert_new;
use crate::error::Error;
use crate::people::name_of;
use crate::permissions::lab_role;
use crate::{people, throttle};

/// Somebody who asked to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRequest {
    pub account: AccountId,
    /// What to call it.
    pub name: String,
    pub email: String,
    pub asked_at: DateTime<Utc>,
}

/// Who asked to join, in the order in which they asked.
pub(super) async fn list(ctx: &Context, id: LabId) -> Result<Vec<JoinRequest>, Error> {
    let rows = lab_join_request::Entity::find()
        .filter(lab_join_request::Column::LabId.eq(id))
        .find_also_related(account::Entity)
        .order_by_asc(lab_join_request::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, account)| {
            account.map(|account| JoinRequest {
                account: account.id,
                name: name_of(&account),
                email: account.email.clone(),
                asked_at: row.created_at,
            })
        })
        .collect())
}

/// Asks to join. The lab's admins are told once.
pub async fn request_join(ctx: &Context, actor: &Actor, id: LabId) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    throttle::count_or_refuse(ctx, "labs", person.account, EMAILS).await?;
    let act = Act::lab_from_outside(ctx, actor, id).await?;
    if lab_role(&act.tx, id, person.account).await?.is_some() {
        return Err(Error::Conflict(
            "You already belong to this lab.".to_owned(),
        ));
    }
    let request = lab_join_request::ActiveModel {
        id: Set(ctx.uuid()?),
        lab_id: Set(id),
        account_id: Set(person.account),
        created_at: Set(ctx.now()),
    };
    let key = [
        lab_join_request::Column::LabId,
        lab_join_request::Column::AccountId,
    ];
    if !insert_new(request, key, &act.tx).await? {
        return act.unchanged(()).await;
    }
    let email = Email::LabJoinRequest {
        lab: act.lab.name.clone(),
        lab_id: id.to_string(),
        person: name_of(&people::find(&act.tx, person.account).await?),
    };
    for admin in admins(&act.tx, id).await? {
        act.email(&admin, &email).await?;
    }
    act.audit(Event::of(AuditAction::LabJoinRequested)).await?;
    act.commit(()).await
}

/// Takes back one's own request to join.
pub async fn withdraw_request(ctx: &Context, actor: &Actor, id: LabId) -> Result<(), Error> {
    let act = Act::lab_from_outside(ctx, actor, id).await?;
    let account = act.person.account;
    end(act, account).await
}

/// Turns down somebody's request to join.
pub async fn decline_request(
    ctx: &Context,
    actor: &Actor,
    id: LabId,
    account: AccountId,
) -> Result<(), Error> {
    let act = Act::lab(ctx, actor, id, Action::ManageLabResearchers).await?;
    end(act, account).await
}

async fn end(act: Act<'_, OfLab<'_>>, account: AccountId) -> Result<(), Error> {
    if !delete(&act, act.lab.id, account).await? {
        return act.unchanged(()).await;
    }
    act.audit(Event::of(AuditAction::LabJoinDeclined).to(account))
        .await?;
    act.commit(()).await
}

/// Deletes a request to join, and tells whether there was one.
pub(super) async fn delete<S>(
    act: &Act<'_, S>,
    lab: LabId,
    account: AccountId,
) -> Result<bool, Error> {
    let deleted = lab_join_request::Entity::delete_many()
        .filter(lab_join_request::Column::LabId.eq(lab))
        .filter(lab_join_request::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    Ok(deleted.rows_affected > 0)
}
