//! Sessions: how they begin, who holds one, and how they end.

use adapters::Token;
use chrono::{DateTime, Duration, Utc};
use domain::accounts::{AccountId, SessionId};
use entities::{account, session};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::access::{self, Client, person};
use crate::act::{Act, Own};
use crate::actor::{Actor, Credential, Person};
use crate::context::Context;
use crate::error::Error;
use crate::people::{is_usable, powers_of};

/// How long a family stays signed in.
const OF_FAMILY: Duration = Duration::days(14);
/// How long a researcher or a member of staff stays signed in: they see other people's children.
const OF_RESEARCHER: Duration = Duration::hours(12);

/// A session that has just begun.
#[derive(Clone)]
pub struct NewSession {
    /// For the cookie.
    pub token: Token,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    pub person: Person,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: String,
    pub created_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Begins a session of an account whose password was right; a second factor may still be owed.
pub(super) async fn begin<S>(
    act: &Act<'_, S>,
    account: account::Model,
    client: &Client,
) -> Result<NewSession, Error> {
    let token = Token::draw()?;
    let length = if account.is_researcher || powers_of(&account).staff_role().is_some() {
        OF_RESEARCHER
    } else {
        OF_FAMILY
    };
    let (id, now) = (act.ctx.id(SessionId::from_parts)?, act.ctx.now());
    let session = session::ActiveModel {
        id: Set(id),
        account_id: Set(account.id),
        token_digest: Set(token.digest()),
        user_agent: Set(client.user_agent.chars().take(300).collect()),
        address: Set(client.address()),
        created_at: Set(now),
        expires_at: Set(now + length),
        second_factor_at: Set(None),
    };
    session::Entity::insert(session)
        .exec_without_returning(&act.tx)
        .await?;
    let signed_in = account::ActiveModel {
        id: Set(account.id),
        signed_in_at: Set(Some(now)),
        ..Default::default()
    };
    signed_in.update(&act.tx).await?;
    Ok(NewSession {
        token,
        expires_at: now + length,
        person: person(Credential::Session(id), None, &account, &client.address()),
    })
}

/// Notes that the session which asks has given its second factor. From now on it can do more, so it
/// goes on under a new token.
pub(super) async fn give_second_factor(act: &Act<'_, Own<'_>>) -> Result<NewSession, Error> {
    go_on(act, Set(Some(act.ctx.now())), true).await
}

/// Gives the session that asks a new token: one that somebody else saw, or planted in this browser,
/// is worth nothing afterwards.
pub(super) async fn renew(act: &Act<'_, Own<'_>>) -> Result<NewSession, Error> {
    let has_second_factor = act.account.has_second_factor;
    go_on(act, NotSet, has_second_factor).await
}

async fn go_on(
    act: &Act<'_, Own<'_>>,
    second_factor_at: ActiveValue<Option<DateTime<Utc>>>,
    has_second_factor: bool,
) -> Result<NewSession, Error> {
    let token = Token::draw()?;
    let renewed = session::ActiveModel {
        id: Set(act.session),
        token_digest: Set(token.digest()),
        second_factor_at,
        ..Default::default()
    };
    let row = renewed.update(&act.tx).await?;
    let account = account::Model {
        has_second_factor,
        ..act.account.clone()
    };
    let via = Credential::Session(act.session);
    Ok(NewSession {
        token,
        expires_at: row.expires_at,
        person: person(via, row.second_factor_at, &account, &act.person.address),
    })
}

/// Who holds a session token; a visitor if nobody does. One query.
pub async fn recognise(ctx: &Context, token: &Token, client: &Client) -> Result<Actor, Error> {
    let found = session::Entity::find()
        .filter(session::Column::TokenDigest.eq(token.digest()))
        .filter(session::Column::ExpiresAt.gt(ctx.now()))
        .find_also_related(account::Entity)
        .one(&ctx.db)
        .await?;
    Ok(match found {
        Some((session, Some(account))) if is_usable(&account) => Actor::of(person(
            Credential::Session(session.id),
            session.second_factor_at,
            &account,
            &client.address(),
        )),
        _ => Actor::Visitor,
    })
}

/// Sessions of the account, newest first.
pub async fn sessions(ctx: &Context, actor: &Actor) -> Result<Vec<SessionRow>, Error> {
    let person = actor.signed_in()?;
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(person.account))
        .filter(session::Column::ExpiresAt.gt(ctx.now()))
        .order_by_desc(session::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionRow {
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            is_current: person.via == Credential::Session(row.id),
        })
        .collect())
}

/// Ends the session that asks.
pub async fn sign_out(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let act = Act::half_signed_in(ctx, actor).await?;
    session::Entity::delete_by_id(act.session)
        .exec(&act.tx)
        .await?;
    act.commit(()).await
}

/// Ends all sessions of the account, this one included, and the runs that were begun in them. Tells
/// how many sessions there were.
pub async fn sign_out_everywhere(ctx: &Context, actor: &Actor) -> Result<u64, Error> {
    let act = Act::own(ctx, actor).await?;
    let ended = access::end_browsers(&act, act.account.id, None).await?;
    act.commit(ended).await
}

/// Ends one session of the account.
pub async fn end_session(ctx: &Context, actor: &Actor, id: SessionId) -> Result<(), Error> {
    let act = Act::own(ctx, actor).await?;
    session::Entity::delete_many()
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::AccountId.eq(act.account.id))
        .exec(&act.tx)
        .await?;
    act.commit(()).await
}

/// Removes sessions of one account that ended by themselves.
pub(super) async fn remove_ended<S>(act: &Act<'_, S>, account: AccountId) -> Result<(), Error> {
    session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::ExpiresAt.lt(act.ctx.now()))
        .exec(&act.tx)
        .await?;
    Ok(())
}
