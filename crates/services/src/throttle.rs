//! Counting attempts and refusing too many. An attempt is counted before anybody looks whether it
//! is right, in one statement that also says how many there were: of any number of guesses at the
//! same time no more than the limit are looked at.

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

/// Length of a window, where a counter does not say otherwise.
const WINDOW: Duration = Duration::minutes(15);
/// Length of the longest window.
pub(crate) const DAY: Duration = Duration::hours(24);

/// What is counted, and how much of it a window allows.
pub(crate) struct Counter {
    subject: String,
    limit: i32,
    window: Duration,
    is_cleared: bool,
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
            window: WINDOW,
            is_cleared: false,
        }
    }

    /// The same for a window of another length, a day at most.
    pub fn within(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// The same, forgotten with the first success: who succeeds is the one whom it protects.
    pub fn until_success(self) -> Self {
        Self {
            is_cleared: true,
            ..self
        }
    }
}

/// An attempt that was counted. It stays counted unless it is released.
pub(crate) struct Reserved(Vec<Counter>);

/// Counts an attempt on each counter, or refuses it when one of them is full.
pub(crate) async fn reserve<const N: usize>(
    ctx: &Context,
    counters: [Counter; N],
) -> Result<Reserved, Error> {
    let mut counters = Vec::from(counters);
    // Always in the same order, so that two attempts never wait for each other.
    counters.sort_by(|one, other| one.subject.cmp(&other.subject));
    let act = Act::bookkeeping(ctx).await?;
    for counter in &counters {
        let row = count(&act, counter).await?;
        if row.failures > counter.limit {
            let rest = row.window_started_at + counter.window - ctx.now();
            return Err(Error::TooMany {
                minutes: (rest.num_seconds() + 59) / 60,
            });
        }
    }
    act.commit(Reserved(counters)).await
}

/// Counts one more, in a window that began now if the last one is over.
async fn count<S>(act: &Act<'_, S>, counter: &Counter) -> Result<throttle::Model, Error> {
    let now = act.ctx.now();
    let column = |column: throttle::Column| Expr::col((throttle::Entity, column));
    let is_over = column(throttle::Column::WindowStartedAt).lte(now - counter.window);
    let failures =
        Expr::case(is_over.clone(), 1).finally(column(throttle::Column::Failures).add(1));
    let started = Expr::case(is_over, now).finally(column(throttle::Column::WindowStartedAt));
    let again = OnConflict::column(throttle::Column::Subject)
        .value(throttle::Column::Failures, failures)
        .value(throttle::Column::WindowStartedAt, started)
        .to_owned();
    let row = throttle::ActiveModel {
        id: Set(act.ctx.uuid()?),
        subject: Set(counter.subject.clone()),
        failures: Set(1),
        window_started_at: Set(now),
    };
    Ok(throttle::Entity::insert(row)
        .on_conflict(again)
        .exec_with_returning(&act.tx)
        .await?)
}

impl Reserved {
    /// Takes the attempt back: it was right. Part of the change that it allowed.
    pub async fn release<S>(self, act: &Act<'_, S>) -> Result<(), Error> {
        for counter in self.0 {
            let is_its_own = throttle::Column::Subject.eq(counter.subject);
            if counter.is_cleared {
                let cleared = throttle::Entity::delete_many().filter(is_its_own);
                cleared.exec(&act.tx).await?;
                continue;
            }
            let one_less = Expr::col(throttle::Column::Failures).sub(1);
            throttle::Entity::update_many()
                .col_expr(throttle::Column::Failures, one_less)
                .filter(is_its_own)
                .filter(throttle::Column::Failures.gt(0))
                .exec(&act.tx)
                .await?;
        }
        Ok(())
    }

    /// The same where nothing else is changed.
    pub async fn release_alone(self, ctx: &Context) -> Result<(), Error> {
        let act = Act::bookkeeping(ctx).await?;
        self.release(&act).await?;
        act.commit(()).await
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
    reserve(ctx, [counter]).await.map(drop)
}
