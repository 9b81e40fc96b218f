//! Passkeys: adding one, giving one as the second factor, removing one.

use domain::accounts::{AccountId, PasskeyId};
use domain::{Violations, text};
use entities::passkey;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use super::changes::AddedFactor;
use super::{challenges, changes, finding};
use crate::accounts::sessions::{self, NewSession};
use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::database::insert_new;
use crate::error::{Error, Noun};

/// Most passkeys of one account.
const MOST: usize = 20;
/// Longest name of a passkey, in characters.
const LONGEST_NAME: usize = 60;

fn refused(error: &impl std::fmt::Display) -> Error {
    tracing::info!(%error, "a passkey was refused");
    Error::Conflict(
        "This passkey could not be used. Please try again, or use another way.".to_owned(),
    )
}

/// What the browser is told of the passkeys that the account has.
async fn credentials(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<String>, Error> {
    let rows = finding::passkeys(db, account).await?;
    Ok(rows.into_iter().map(|row| row.credential).collect())
}

/// Asks the browser to make a passkey. Returns the options for it.
pub async fn begin_passkey(ctx: &Context, actor: &Actor) -> Result<Value, Error> {
    let act = Act::own_freshly(ctx, actor).await?;
    let known = credentials(&act.tx, act.account.id).await?;
    if known.len() >= MOST {
        return Err(Error::Conflict(
            "This account has many passkeys. Please remove one first.".to_owned(),
        ));
    }
    let person = act.person;
    let name = if person.nickname.is_empty() {
        &person.email
    } else {
        &person.nickname
    };
    let challenge = ctx
        .passkeys
        .begin_adding(person.account.0, &person.email, name, &known)
        .map_err(|error| refused(&error))?;
    challenges::store(&act, challenges::TO_ADD, challenge.state).await?;
    act.commit(challenge.options).await
}

/// Stores the passkey that the browser made.
pub async fn finish_passkey(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    answer: Value,
) -> Result<AddedFactor, Error> {
    actor.fresh(ctx.now())?;
    let mut violations = Violations::new();
    let mut name = text::line("name", "the name", name, LONGEST_NAME, &mut violations);
    violations.or(())?;
    if name.is_empty() {
        "Passkey".clone_into(&mut name);
    }
    let state = challenges::take(ctx, actor, challenges::TO_ADD).await?;
    let new = ctx
        .passkeys
        .finish_adding(&state, answer)
        .map_err(|error| refused(&error))?;
    let act = Act::own_freshly(ctx, actor).await?;
    let row = passkey::ActiveModel {
        id: Set(ctx.id(PasskeyId::from_parts)?),
        account_id: Set(act.account.id),
        name: Set(name),
        credential_id: Set(new.credential_id),
        credential: Set(new.credential),
        created_at: Set(ctx.now()),
        used_at: Set(None),
    };
    if !insert_new(row, [passkey::Column::CredentialId], &act.tx).await? {
        return Err(Error::Conflict(
            "This passkey is already in use.".to_owned(),
        ));
    }
    let added = changes::added(&act, "a passkey was added").await?;
    act.commit(added).await
}

/// Asks the browser for a passkey, as the second factor of this session.
pub async fn begin_asking_passkey(ctx: &Context, actor: &Actor) -> Result<Value, Error> {
    let act = Act::half_signed_in(ctx, actor).await?;
    let known = credentials(&act.tx, act.account.id).await?;
    if known.is_empty() {
        return Err(Error::Conflict("This account has no passkey.".to_owned()));
    }
    let challenge = ctx
        .passkeys
        .begin_asking(&known)
        .map_err(|error| refused(&error))?;
    challenges::store(&act, challenges::TO_GIVE, challenge.state).await?;
    act.commit(challenge.options).await
}

/// Takes the browser's answer for this session, which goes on under a new token.
pub async fn finish_asking_passkey(
    ctx: &Context,
    actor: &Actor,
    answer: Value,
) -> Result<NewSession, Error> {
    let (person, _) = actor.half_signed_in()?;
    let state = challenges::take(ctx, actor, challenges::TO_GIVE).await?;
    let known = credentials(&ctx.db, person.account).await?;
    let used = ctx
        .passkeys
        .finish_asking(&state, answer, &known)
        .map_err(|error| refused(&error))?;
    let act = Act::half_signed_in(ctx, actor).await?;
    passkey::Entity::update_many()
        .col_expr(passkey::Column::Credential, Expr::value(used.credential))
        .col_expr(passkey::Column::UsedAt, Expr::value(ctx.now()))
        .filter(passkey::Column::CredentialId.eq(used.credential_id))
        .filter(passkey::Column::AccountId.eq(act.account.id))
        .exec(&act.tx)
        .await?;
    let renewed = sessions::give_second_factor(&act).await?;
    act.commit(renewed).await
}

pub async fn remove_passkey(ctx: &Context, actor: &Actor, id: PasskeyId) -> Result<(), Error> {
    let act = Act::own_freshly(ctx, actor).await?;
    let deleted = passkey::Entity::delete_many()
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::AccountId.eq(act.account.id))
        .exec(&act.tx)
        .await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound(Noun::Passkey));
    }
    changes::removed(&act, "a passkey was removed").await?;
    act.commit(()).await
}
