//! The end of an account, with time to change one's mind.

use chrono::{DateTime, Utc};
use domain::accounts::{AccountId, DELETION_WAIT};
use domain::audit::AuditAction;
use domain::messages::Email;
use entities::{
    account, child, demographic_snapshot, email, email_change, lab_invitation, lab_join_request,
    lab_member, passkey_challenge, peer_reviewer, response, study_draft, study_member,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QuerySelect, QueryTrait,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::access::{self, Client};
use super::{birthdays, factors, password};
use crate::act::{Act, Free, Subject};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, causes};
use crate::jobs::{self, Job, JobError};
use crate::labs;
use crate::people;

/// Asks for the end of the account. It happens after a while; until then it can be undone on the
/// account page or by a link.
pub async fn request_deletion(
    ctx: &Context,
    actor: &Actor,
    password: SecretString,
) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let account = people::find(&ctx.db, person.account).await?;
    password::confirm(ctx, &account, "delete_password", password).await?;
    let act = Act::own_freshly(ctx, actor).await?;
    let (id, due) = (act.account.id, ctx.now() + DELETION_WAIT);
    labs::refuse_sole_admin(&act.tx, id, None).await?;
    let dated = account::ActiveModel {
        id: Set(id),
        deletion_due_at: Set(Some(due)),
        ..Default::default()
    };
    dated.update(&act.tx).await?;
    access::end(&act, id, Some(act.session)).await?;
    let email = Email::DeletionRequested {
        on: due.format("%-d %B %Y").to_string(),
    };
    act.email(&act.account, &email).await?;
    let key = format!("{id}/{}", due.timestamp_micros());
    act.add_at(&DeleteAccount { account: id }, due, key).await?;
    act.audit(Event::of(AuditAction::DeletionRequested).to(id))
        .await?;
    act.commit(()).await
}

/// Keeps the account after all.
pub async fn cancel_deletion(ctx: &Context, actor: &Actor, client: &Client) -> Result<(), Error> {
    let act = Act::own(ctx, actor).await?;
    keep(&act, act.account.id, client).await?;
    act.commit(()).await
}

pub(super) async fn keep<S: Subject>(
    act: &Act<'_, S>,
    id: AccountId,
    client: &Client,
) -> Result<(), Error> {
    let kept = account::ActiveModel {
        id: Set(id),
        deletion_due_at: Set(None),
        ..Default::default()
    };
    kept.update(&act.tx).await?;
    let event = Event::of(AuditAction::DeletionCancelled).to(id);
    act.audit_as(Some(id), client.address(), event).await
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
        match delete(ctx, self.account).await.map_err(jobs::retry)? {
            Outcome::Done => Ok(()),
            Outcome::Early(due) => Err(JobError::Early(due)),
        }
    }
}

/// Ends accounts whose time has come, also those whose job was lost, and tells how many there were.
pub(crate) async fn delete_due(ctx: &Context) -> Result<u64, Error> {
    let due: Vec<AccountId> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::DeletionDueAt.lte(ctx.now()))
        .filter(account::Column::DeletedAt.is_null())
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let mut ended = 0;
    for id in due {
        match delete(ctx, id).await {
            Ok(_) => ended += 1,
            Err(error) => {
                let error = causes(&error);
                tracing::error!(account = %id, %error, "an account could not be deleted");
            }
        }
    }
    Ok(ended)
}

/// What came of an attempt to delete an account.
enum Outcome {
    /// It is gone, or its owner keeps it.
    Done,
    /// Its time comes later.
    Early(DateTime<Utc>),
}

/// Removes what says who the family is. What children answered was given to researchers with
/// consent and stays with them, without names; children who took part in nothing go altogether.
async fn delete(ctx: &Context, id: AccountId) -> Result<Outcome, Error> {
    let act = Act::system(ctx, &Actor::System).await?;
    let account = access::lock(&act, id).await?;
    let due = account
        .deletion_due_at
        .filter(|_| account.deleted_at.is_none());
    match due {
        // Kept after all, or done already.
        None => return act.unchanged(Outcome::Done).await,
        Some(due) if due > ctx.now() => return act.unchanged(Outcome::Early(due)).await,
        Some(_) => {}
    }
    erase_children(&act, id).await?;
    erase_demographics(&act, id).await?;
    birthdays::coarsen(&act, id).await?;
    erase_roles(&act, id).await?;
    erase_sign_in(&act, &account).await?;
    erase_account(&act, id).await?;
    act.email_address(None, &account.email, None, &Email::Deleted)
        .await?;
    act.audit(Event::of(AuditAction::AccountDeleted).to(id))
        .await?;
    act.commit(Outcome::Done).await
}

async fn erase_children(act: &Act<'_, Free>, id: AccountId) -> Result<(), Error> {
    let children = child::Entity::find().filter(child::Column::AccountId.eq(id));
    for row in children.all(&act.tx).await? {
        if !has_answers(&act.tx, &row).await? {
            child::Entity::delete_by_id(row.id).exec(&act.tx).await?;
            continue;
        }
        let nameless = child::ActiveModel {
            id: Set(row.id),
            given_name: Set(String::new()),
            additional_information: Set(String::new()),
            gender_self_describe: Set(String::new()),
            former_lookit_profile_id: Set(String::new()),
            deleted_at: Set(Some(row.deleted_at.unwrap_or_else(|| act.ctx.now()))),
            ..Default::default()
        };
        nameless.update(&act.tx).await?;
    }
    Ok(())
}

async fn has_answers(db: &impl ConnectionTrait, child: &child::Model) -> Result<bool, Error> {
    let responses = response::Entity::find().filter(response::Column::ChildId.eq(child.id));
    Ok(responses.count(db).await? > 0)
}

/// A household's answers stay only where a response points at them.
async fn erase_demographics(act: &Act<'_, Free>, id: AccountId) -> Result<(), Error> {
    let used = response::Entity::find()
        .select_only()
        .column(response::Column::DemographicSnapshotId)
        .filter(response::Column::AccountId.eq(id))
        .filter(response::Column::DemographicSnapshotId.is_not_null())
        .into_query();
    demographic_snapshot::Entity::delete_many()
        .filter(demographic_snapshot::Column::AccountId.eq(id))
        .filter(demographic_snapshot::Column::Id.not_in_subquery(used))
        .exec(&act.tx)
        .await?;
    Ok(())
}

async fn erase_roles(act: &Act<'_, Free>, id: AccountId) -> Result<(), Error> {
    lab_member::Entity::delete_many()
        .filter(lab_member::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    lab_join_request::Entity::delete_many()
        .filter(lab_join_request::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    study_member::Entity::delete_many()
        .filter(study_member::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    peer_reviewer::Entity::delete_many()
        .filter(peer_reviewer::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    study_draft::Entity::delete_many()
        .filter(study_draft::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    Ok(())
}

/// Removes all by which somebody signs in, and every place that has their address.
async fn erase_sign_in(act: &Act<'_, Free>, account: &account::Model) -> Result<(), Error> {
    let id = account.id;
    factors::remove_all(act, id).await?;
    passkey_challenge::Entity::delete_many()
        .filter(passkey_challenge::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    // Emails to a former address name the account; those to somebody who had none yet, such as
    // invitations, name the address alone, and so do those to an address that the account wanted.
    let wanted = email_change::Entity::find()
        .select_only()
        .column(email_change::Column::NewEmail)
        .filter(email_change::Column::AccountId.eq(id))
        .into_query();
    let addressed = email::Column::AccountId
        .eq(id)
        .or(email::Column::Email.eq(&account.email))
        .or(email::Column::Email.in_subquery(wanted));
    email::Entity::delete_many()
        .filter(addressed)
        .exec(&act.tx)
        .await?;
    email_change::Entity::delete_many()
        .filter(email_change::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    lab_invitation::Entity::delete_many()
        .filter(lab_invitation::Column::Email.eq(&account.email))
        .exec(&act.tx)
        .await?;
    Ok(())
}

async fn erase_account(act: &Act<'_, Free>, id: AccountId) -> Result<(), Error> {
    let emptied = account::ActiveModel {
        id: Set(id),
        email: Set(format!("deleted {id}")),
        password_hash: Set(String::new()),
        given_name: Set(String::new()),
        middle_name: Set(String::new()),
        family_name: Set(String::new()),
        nickname: Set(String::new()),
        time_zone: Set(String::new()),
        locale: Set(String::new()),
        admin_comments: Set(String::new()),
        former_lookit_id: Set(String::new()),
        is_active: Set(false),
        is_researcher: Set(false),
        is_staff: Set(false),
        is_superuser: Set(false),
        deleted_at: Set(Some(act.ctx.now())),
        ..Default::default()
    };
    emptied.update(&act.tx).await?;
    Ok(())
}
