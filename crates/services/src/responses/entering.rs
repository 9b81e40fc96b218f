//! Entering a run: the site issues a ticket, and the run origin exchanges it for the run's key.

use adapters::Token;
use chrono::{DateTime, Duration, Utc};
use domain::responses::{ResponseId, RunSessionId};
use entities::run_session;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use crate::act::Act;
use crate::actor::{Actor, Run};
use crate::context::Context;
use crate::error::Error;

/// How long a ticket can be exchanged: the time of one redirect, with a slow connection.
const TICKET: Duration = Duration::minutes(5);
/// How long a run's key opens its response.
const RUN: Duration = Duration::hours(24);

/// A run that can be entered.
pub struct RunTicket {
    pub session: RunSessionId,
    /// Good once, for a few minutes.
    pub ticket: Token,
    pub response: ResponseId,
}

/// A ticket for a response, in the transaction that found or made the response.
pub(super) async fn issue<S>(act: &Act<'_, S>, response: ResponseId) -> Result<RunTicket, Error> {
    let (ctx, ticket) = (act.ctx, Token::draw()?);
    let (session, now) = (ctx.id(RunSessionId::from_parts)?, ctx.now());
    run_session::Entity::delete_many()
        .filter(run_session::Column::ExpiresAt.lt(now))
        .exec(&act.tx)
        .await?;
    let row = run_session::ActiveModel {
        id: Set(session),
        response_id: Set(Some(response)),
        preview_study_id: Set(None),
        ticket_digest: Set(ticket.digest()),
        token_digest: Set(None),
        created_at: Set(now),
        ticket_expires_at: Set(now + TICKET),
        expires_at: Set(now + RUN),
    };
    run_session::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(RunTicket {
        session,
        ticket,
        response,
    })
}

/// The key of a run that was entered.
pub struct RunKey {
    pub session: RunSessionId,
    /// For the run origin's cookie.
    pub token: Token,
    pub expires_at: DateTime<Utc>,
}

/// Exchanges a ticket for the run's key. A ticket is good once.
pub async fn enter(ctx: &Context, ticket: &Token) -> Result<RunKey, Error> {
    let token = Token::draw()?;
    let act = Act::ticket(ctx, ticket).await?;
    run_session::ActiveModel {
        id: Set(act.session.id),
        token_digest: Set(Some(token.digest())),
        ..Default::default()
    }
    .update(&act.tx)
    .await?;
    let entered = RunKey {
        session: act.session.id,
        token,
        expires_at: act.session.expires_at,
    };
    act.commit(entered).await
}

/// Who holds a run's key.
pub async fn recognise(
    ctx: &Context,
    session: RunSessionId,
    token: &Token,
) -> Result<Actor, Error> {
    let row = run_session::Entity::find_by_id(session)
        .filter(run_session::Column::TokenDigest.eq(token.digest()))
        .filter(run_session::Column::ExpiresAt.gt(ctx.now()))
        .one(&ctx.db)
        .await?;
    Ok(row
        .and_then(|row| row.response_id)
        .map_or(Actor::Visitor, |response| Actor::Run(Run(response))))
}
