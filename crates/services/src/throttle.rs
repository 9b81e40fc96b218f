//! Counting attempts and refusing too many, per window of a quarter of an hour.

use adapters::Token;
use chrono::Duration;
use domain::accounts::AccountId;
use entities::throttle;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use secrecy::ExposeSecret;

use crate::act::Act;
use crate::context::Context;
use crate::error::Error;

/// Length of a window.
const WINDOW: Duration = Duration::minutes(15);

/// What is counted, and how much of it a window allows.
pub(crate) struct Counter {
    subject: String,
    limit: i32,
}

impl Counter {
    /// Counts `kind` for `text`. The table keeps a keyed digest, so that it reveals no addresses of
    /// people, with or without an account.
    pub fn of(ctx: &Context, kind: &str, text: &str, limit: i32) -> Self {
        let secret = ctx.site.secret.expose_secret();
        let digest = Token::from_text(&format!("{secret}\n{kind}\n{text}")).digest();
        Self {
            subject: format!("{kind}:{digest}"),
            limit,
        }
    }
}

/// Counts something that an account does to other people, such as writing to them, and refuses it
/// when it is too often.
pub(crate) async fn count_or_refuse(
    ctx: &Context,
    kind: &str,
    account: AccountId,
    limit: i32,
) -> Result<(), Error> {
    let counter = Counter::of(ctx, kind, &account.to_string(), limit);
    refuse_if_full(ctx, &[&counter]).await?;
    count(ctx, &[&counter]).await
}

/// Refuses when one of the counters has reached its limit, and says how long to wait.
pub(crate) async fn refuse_if_full(ctx: &Context, counters: &[&Counter]) -> Result<(), Error> {
    let subjects = counters.iter().map(|counter| counter.subject.as_str());
    let rows = throttle::Entity::find()
        .filter(throttle::Column::Subject.is_in(subjects))
        .all(&ctx.db)
        .await?;
    let now = ctx.now();
    for row in rows {
        let ends_at = row.window_started_at + WINDOW;
        let is_full = counters
            .iter()
            .any(|counter| counter.subject == row.subject && row.failures >= counter.limit);
        if is_full && now < ends_at {
            return Err(Error::TooMany {
                minutes: ((ends_at - now).num_seconds() + 59) / 60,
            });
        }
    }
    Ok(())
}

/// Counts one more on each counter.
pub(crate) async fn count(ctx: &Context, counters: &[&Counter]) -> Result<(), Error> {
    let now = ctx.now();
    let act = Act::bookkeeping(ctx).await?;
    throttle::Entity::delete_many()
        .filter(throttle::Column::WindowStartedAt.lt(now - WINDOW))
        .exec(&act.tx)
        .await?;
    for counter in counters {
        let row = throttle::ActiveModel {
            id: Set(ctx.uuid()?),
            subject: Set(counter.subject.clone()),
            failures: Set(1),
            window_started_at: Set(now),
        };
        let again = OnConflict::column(throttle::Column::Subject)
            .value(
                throttle::Column::Failures,
                Expr::col((throttle::Entity, throttle::Column::Failures)).add(1),
            )
            .to_owned();
        throttle::Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(&act.tx)
            .await?;
    }
    act.commit(()).await
}

/// Forgets what was counted, after a success.
pub(crate) async fn forget<S>(act: &Act<'_, S>, counter: &Counter) -> Result<(), Error> {
    throttle::Entity::delete_many()
        .filter(throttle::Column::Subject.eq(&counter.subject))
        .exec(&act.tx)
        .await?;
    Ok(())
}
