//! Moving an account to another email address.

use domain::accounts::{AccountId, EmailAddress, EmailChangeId, LinkPurpose};
use domain::audit::AuditAction;
use domain::messages::Email;
use entities::{account, email_change};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, SqlErr};
use secrecy::SecretString;

use super::access::{self, Client};
use super::{limits, password};
use crate::act::{Act, Free, Own};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::people;

/// The change that waits for one or both addresses to agree.
pub(super) async fn open_change(
    ctx: &Context,
    account: AccountId,
) -> Result<Option<email_change::Model>, Error> {
    Ok(email_change::Entity::find()
        .filter(email_change::Column::AccountId.eq(account))
        .filter(email_change::Column::EndedAt.is_null())
        .filter(email_change::Column::ExpiresAt.gt(ctx.now()))
        .one(&ctx.db)
        .await?)
}

/// Asks for another address. Both addresses get an email, and both must agree.
pub async fn request_email_change(
    ctx: &Context,
    actor: &Actor,
    new: &str,
    password: SecretString,
) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let new = EmailAddress::parse(new).ok_or_else(|| {
        Error::field(
            "new_email",
            "no_address",
            "Please enter the new email address, such as name@example.org.",
        )
    })?;
    let account = people::find(&ctx.db, person.account).await?;
    if account.email == new.as_str() {
        return Err(Error::field(
            "new_email",
            "same",
            "This is already your email address.",
        ));
    }
    password::confirm(ctx, &account, "change_password", password).await?;
    limits::count_email(ctx, person.account).await?;
    let act = Act::own_freshly(ctx, actor).await?;
    end_changes(&act, act.account.id).await?;
    begin_change(&act, &new).await?;
    act.commit(()).await
}

async fn begin_change(act: &Act<'_, Own<'_>>, new: &EmailAddress) -> Result<(), Error> {
    let (account, now) = (&act.account, act.ctx.now());
    let id = act.ctx.id(EmailChangeId::from_parts)?;
    let change = email_change::ActiveModel {
        id: Set(id),
        account_id: Set(account.id),
        new_email: Set(new.as_str().to_owned()),
        created_at: Set(now),
        expires_at: Set(now + LinkPurpose::AgreeToChange.lifetime()),
        old_agreed_at: Set(None),
        new_confirmed_at: Set(None),
        ended_at: Set(None),
    };
    email_change::Entity::insert(change)
        .exec_without_returning(&act.tx)
        .await?;
    let email = Email::AgreeToChange {
        new: new.as_str().to_owned(),
    };
    act.email_address(Some(account.id), &account.email, Some(id.0), &email)
        .await?;
    // Anybody can have an account and type any address.
    act.email_address(None, new.as_str(), Some(id.0), &Email::ConfirmNewAddress)
        .await
}

/// Takes back the wish for another address.
pub async fn cancel_email_change(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let act = Act::own(ctx, actor).await?;
    end_changes(&act, act.account.id).await?;
    act.commit(()).await
}

async fn end_changes<S>(act: &Act<'_, S>, account: AccountId) -> Result<(), Error> {
    email_change::Entity::update_many()
        .col_expr(email_change::Column::EndedAt, Expr::value(act.ctx.now()))
        .filter(email_change::Column::AccountId.eq(account))
        .filter(email_change::Column::EndedAt.is_null())
        .exec(&act.tx)
        .await?;
    Ok(())
}

/// Notes that one of the two addresses has agreed, and moves the account once both have.
pub(super) async fn agree(
    act: &Act<'_, Free>,
    id: EmailChangeId,
    by: email_change::Column,
    client: &Client,
) -> Result<&'static str, Error> {
    email_change::Entity::update_many()
        .col_expr(by, Expr::value(act.ctx.now()))
        .filter(email_change::Column::Id.eq(id))
        .exec(&act.tx)
        .await?;
    let change = email_change::Entity::find_by_id(id)
        .one(&act.tx)
        .await?
        .ok_or_else(|| Error::Conflict("This change of address was cancelled.".to_owned()))?;
    if change.old_agreed_at.is_none() || change.new_confirmed_at.is_none() {
        return Ok(
            "Thank you. As soon as the other address has agreed too, your account uses the new \
             one.",
        );
    }
    finish_change(act, change, client).await?;
    Ok("Your account now uses the new address. Please sign in with it.")
}

/// Moves the account to its new address; all sessions end.
async fn finish_change(
    act: &Act<'_, Free>,
    change: email_change::Model,
    client: &Client,
) -> Result<(), Error> {
    let row = people::find(&act.tx, change.account_id).await?;
    let email = Email::AddressChanged {
        new: change.new_email.clone(),
    };
    act.email(&row, &email).await?;
    let moved = account::ActiveModel {
        id: Set(row.id),
        email: Set(change.new_email),
        ..Default::default()
    };
    moved.update(&act.tx).await.map_err(taken)?;
    end_changes(act, row.id).await?;
    access::end(act, row.id, None).await?;
    let event = Event::of(AuditAction::AddressChanged).to(row.id);
    act.audit_as(Some(row.id), client.address(), event).await
}

/// What the index says when two accounts want one address. Only the owner of that address gets
/// here, so this tells nobody else.
fn taken(error: DbErr) -> Error {
    if !matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return error.into();
    }
    Error::Conflict(
        "Another account already uses this address. Sign in to it instead, or delete it first."
            .to_owned(),
    )
}
