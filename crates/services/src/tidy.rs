//! Tidying up: what is over goes, so that nothing personal stays longer than
//! `docs/reference/retention.md` says, and tables stay small. Workers do it every hour.

use chrono::{DateTime, Duration, Utc};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use crate::act::Act;
use crate::context::Context;
use crate::error::{Error, causes};
use crate::{accounts, jobs};

/// Rows that one change removes at most, so that nobody waits long for it.
const BATCH: u64 = 1000;

/// Rows that go when a time in them is this long ago.
struct Ending {
    table: &'static str,
    column: &'static str,
    kept: Duration,
}

const fn ending(table: &'static str, column: &'static str, kept: Duration) -> Ending {
    Ending {
        table,
        column,
        kept,
    }
}

const NOTHING: Duration = Duration::zero();

/// A test demands that every column which tells when something ends is here.
const ENDINGS: &[Ending] = &[
    ending("session", "expires_at", NOTHING),
    ending("pending_account", "expires_at", NOTHING),
    ending("passkey_challenge", "expires_at", NOTHING),
    ending("email_change", "expires_at", NOTHING),
    ending("email_change", "ended_at", NOTHING),
    ending("throttle", "window_started_at", Duration::days(1)),
    ending("email", "ended_at", Duration::days(30)),
    // An opinion that nobody gave in this time is not waited for any longer.
    ending("peer_reviewer", "created_at", Duration::days(30)),
    // A browser that was closed too early may come back with what it kept.
    ending("run_session", "expires_at", Duration::days(28)),
    ending("lab_invitation", "expires_at", Duration::days(90)),
    ending("lab_invitation", "ended_at", Duration::days(90)),
    ending("api_token", "expires_at", Duration::days(90)),
    ending("api_token", "revoked_at", Duration::days(90)),
    ending("dead_job", "failed_at", Duration::days(90)),
];

/// Removes what is over, each on its own: one failure does not keep the rest. Tells how much went,
/// by table.
pub async fn tidy(ctx: &Context) -> Vec<(&'static str, u64)> {
    let mut gone = vec![
        (
            "account",
            counted("account", accounts::delete_due(ctx).await),
        ),
        (
            "jobs",
            counted("jobs", jobs::forget_ended(ctx, BATCH).await),
        ),
    ];
    for ending in ENDINGS {
        let removed = remove(ctx, ending).await;
        gone.push((ending.table, counted(ending.table, removed)));
    }
    gone
}

fn counted(table: &str, outcome: Result<u64, Error>) -> u64 {
    outcome.unwrap_or_else(|error| {
        tracing::warn!(table, error = causes(&error), "tidying up failed");
        0
    })
}

async fn remove(ctx: &Context, ending: &Ending) -> Result<u64, Error> {
    let before = ctx.now() - ending.kept;
    let mut gone = 0;
    loop {
        let some = remove_some(ctx, ending, before).await?;
        gone += some;
        if some < BATCH {
            return Ok(gone);
        }
    }
}

async fn remove_some(ctx: &Context, ending: &Ending, before: DateTime<Utc>) -> Result<u64, Error> {
    let over = Query::select()
        .column("id")
        .from(ending.table)
        .and_where(Expr::col(ending.column).lt(before))
        .limit(BATCH)
        .to_owned();
    let removal = Query::delete()
        .from_table(ending.table)
        .and_where(Expr::col("id").in_subquery(over))
        .to_owned();
    let act = Act::bookkeeping(ctx).await?;
    let removed = act.tx.execute(&removal).await?.rows_affected();
    act.commit(removed).await
}
