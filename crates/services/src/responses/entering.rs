//! Entering a run: the site issues a ticket, and the run origin exchanges it for the run's keys.

use adapters::Token;
use chrono::{DateTime, Duration, Utc};
use domain::responses::{ResponseId, RunSessionId};
use entities::run_session;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use crate::act::Act;
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
    let row = run_session::ActiveModel {
        id: Set(session),
        response_id: Set(Some(response)),
        preview_study_id: Set(None),
        ticket_digest: Set(ticket.digest()),
        token_digest: Set(None),
        created_at: Set(now),
        ticket_expires_at: Set(now + TICKET),
        expires_at: Set(now + RUN),
        append_digest: Set(None),
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

/// The keys of a run that was entered.
pub struct RunKey {
    pub session: RunSessionId,
    /// For the run origin's cookie.
    pub token: Token,
    pub expires_at: DateTime<Utc>,
    /// For the browser's own database: it adds what the page could not send, for four weeks, and
    /// reads nothing.
    pub append: Token,
}

/// Exchanges a ticket for the run's keys. A ticket is good once.
pub async fn enter(ctx: &Context, ticket: &Token) -> Result<RunKey, Error> {
    let (token, append) = (Token::draw()?, Token::draw()?);
    let act = Act::ticket(ctx, ticket).await?;
    let entered = run_session::ActiveModel {
        id: Set(act.session.id),
        token_digest: Set(Some(token.digest())),
        append_digest: Set(Some(append.digest())),
        ..Default::default()
    };
    run_session::Entity::update(entered)
        .exec_without_returning(&act.tx)
        .await?;
    let entered = RunKey {
        session: act.session.id,
        token,
        expires_at: act.session.expires_at,
        append,
    };
    act.commit(entered).await
}
