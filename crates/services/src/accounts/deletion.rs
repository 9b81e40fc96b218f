//! Leaving: a copy of one's data, and the end of an account, with time to change one's mind.

use domain::accounts::{AccountId, DELETION_WAIT, ExportRequestId};
use domain::audit::AuditAction;
use domain::messages::Letter;
use entities::{
    account, child, demographic_snapshot, email_change, export_request, lab_join_request,
    lab_member, letter, passkey, passkey_challenge, recovery_code, response, study_member, totp,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::settings::{confirm_password, lock};
use super::{Device, end_access, find};
use crate::actor::{Actor, Via};
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::Error;
use crate::jobs::{self, Job, JobError};
use crate::{labs, messages};

/// Asks for the end of the account. It happens after a while; until then it can be undone on the
/// account page or by a link.
pub async fn request_deletion(
    ctx: &Context,
    actor: &Actor,
    password: SecretString,
) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let row = find(&ctx.db, person.account).await?;
    confirm_password(ctx, &row, "delete_password", password).await?;
    let keep = match person.via {
        Via::Session(session) => Some(session),
        Via::Token(..) => None,
    };
    let due = ctx.now() + DELETION_WAIT;
    let tx = ctx.begin().await?;
    labs::refuse_sole_admin(&tx, person.account, None).await?;
    account::ActiveModel {
        id: Set(row.id),
        deletion_due_at: Set(Some(due)),
        ..Default::default()
    }
    .update(&tx)
    .await?;
    end_access(&tx, row.id, keep).await?;
    messages::write(
        ctx,
        &tx,
        &row,
        &Letter::DeletionRequested {
            on: due.format("%-d %B %Y").to_string(),
        },
    )
    .await?;
    jobs::add_at(
        &tx,
        &DeleteAccount { account: row.id },
        due,
        format!("{}/{}", row.id, due.timestamp_micros()),
    )
    .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::DeletionRequested).to(row.id),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps the account after all.
pub async fn cancel_deletion(ctx: &Context, actor: &Actor, device: &Device) -> Result<(), Error> {
    let person = actor.signed_in()?;
    let tx = ctx.begin().await?;
    keep(ctx, &tx, person.account, device).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn keep(
    ctx: &Context,
    db: &impl ConnectionTrait,
    id: AccountId,
    device: &Device,
) -> Result<(), Error> {
    account::ActiveModel {
        id: Set(id),
        deletion_due_at: Set(None),
        ..Default::default()
    }
    .update(db)
    .await?;
    audit::record_as(
        ctx,
        db,
        Some(id),
        device.address.clone(),
        Event::of(AuditAction::DeletionCancelled).to(id),
    )
    .await
}

/// Ends an account whose time has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteAccount {
    account: AccountId,
}

impl Job for DeleteAccount {
    const NAME: &'static str = "delete_account";
    const QUEUE: &'static str = "people";
    const ATTEMPTS: u32 = 12;

    async fn run(self, ctx: &Context) -> Result<(), JobError> {
        delete(ctx, self.account).await.map_err(jobs::retry)
    }
}

/// Removes what says who the family is. What children answered was given to researchers with
/// consent and stays with them, without names; children who took part in nothing go altogether.
async fn delete(ctx: &Context, id: AccountId) -> Result<(), Error> {
    let tx = ctx.begin().await?;
    let row = find(&tx, id).await?;
    // Kept after all, asked for anew, or done already.
    if row.deleted_at.is_some() || row.deletion_due_at.is_none_or(|due| due > ctx.now()) {
        return Ok(());
    }
    let goodbye = adapters::Mail {
        to: messages::address_of(&row).to_owned(),
        ..adapters::Mail::default()
    };
    for kept in child::Entity::find()
        .filter(child::Column::AccountId.eq(id))
        .all(&tx)
        .await?
    {
        let has_answers = response::Entity::find()
            .filter(response::Column::ChildId.eq(kept.id))
            .count(&tx)
            .await?
            > 0;
        if has_answers {
            let nameless = child::ActiveModel {
                id: Set(kept.id),
                given_name: Set(String::new()),
                additional_information: Set(String::new()),
                gender_self_describe: Set(String::new()),
                former_lookit_profile_id: Set(String::new()),
                deleted_at: Set(Some(kept.deleted_at.unwrap_or_else(|| ctx.now()))),
                ..Default::default()
            };
            nameless.update(&tx).await?;
        } else {
            child::Entity::delete_by_id(kept.id).exec(&tx).await?;
        }
    }
    // A household's answers stay only where a response points at them.
    let used = response::Entity::find()
        .filter(response::Column::AccountId.eq(id))
        .all(&tx)
        .await?
        .into_iter()
        .filter_map(|row| row.demographic_snapshot_id);
    demographic_snapshot::Entity::delete_many()
        .filter(demographic_snapshot::Column::AccountId.eq(id))
        .filter(demographic_snapshot::Column::Id.is_not_in(used))
        .exec(&tx)
        .await?;
    lab_member::Entity::delete_many()
        .filter(lab_member::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    lab_join_request::Entity::delete_many()
        .filter(lab_join_request::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    study_member::Entity::delete_many()
        .filter(study_member::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    totp::Entity::delete_many()
        .filter(totp::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    passkey::Entity::delete_many()
        .filter(passkey::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    email_change::Entity::delete_many()
        .filter(email_change::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    passkey_challenge::Entity::delete_many()
        .filter(passkey_challenge::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    letter::Entity::delete_many()
        .filter(letter::Column::AccountId.eq(id))
        .exec(&tx)
        .await?;
    end_access(&tx, id, None).await?;
    let emptied = account::ActiveModel {
        id: Set(id),
        email: Set(format!("deleted {id}")),
        claimed_email: Set(String::new()),
        password_hash: Set(String::new()),
        given_name: Set(String::new()),
        middle_name: Set(String::new()),
        family_name: Set(String::new()),
        nickname: Set(String::new()),
        admin_comments: Set(String::new()),
        former_lookit_id: Set(String::new()),
        is_active: Set(false),
        is_researcher: Set(false),
        is_staff: Set(false),
        is_superuser: Set(false),
        has_second_factor: Set(false),
        deleted_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    emptied.update(&tx).await?;
    if row.email_confirmed_at.is_some() {
        messages::write_to(ctx, &tx, None, &goodbye.to, None, &Letter::Deleted).await?;
    }
    audit::record_as(
        ctx,
        &tx,
        None,
        String::new(),
        Event::of(AuditAction::AccountDeleted).to(id),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Asks for a copy of everything that the family gave. It is made by a job; one wish at a time.
pub async fn request_export(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let tx = ctx.begin().await?;
    // Two wishes at once must not both find none.
    lock(&tx, person.account).await?;
    if open_exports(&tx, person.account).await? == 0 {
        let row = export_request::ActiveModel {
            id: Set(ctx.id(ExportRequestId::from_parts)?),
            account_id: Set(person.account),
            state: Set("waiting".to_owned()),
            created_at: Set(ctx.now()),
            ended_at: Set(None),
        };
        export_request::Entity::insert(row)
            .exec_without_returning(&tx)
            .await?;
        audit::record(
            ctx,
            &tx,
            actor,
            Event::of(AuditAction::ExportRequested).to(person.account),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn open_exports(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, Error> {
    Ok(export_request::Entity::find()
        .filter(export_request::Column::AccountId.eq(account))
        .filter(export_request::Column::EndedAt.is_null())
        .count(db)
        .await?)
}

/// Whether a copy was asked for and is not made yet.
pub async fn has_export_request(ctx: &Context, actor: &Actor) -> Result<bool, Error> {
    let person = actor.signed_in()?;
    Ok(open_exports(&ctx.db, person.account).await? > 0)
}
