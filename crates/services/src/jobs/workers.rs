//! Working off the queues: by workers that wait for jobs, or all at once.

use std::sync::Arc;
use std::time::Duration;

use adapters::queue::{self, WorkerOptions};
use futures::FutureExt;

use super::{QUEUES, handle};
use crate::context::Context;
use crate::error::{Error, causes};

/// Pause while the database is away.
const AWAY: Duration = Duration::from_secs(10);

/// Works until `stop` is over. `heartbeat` is how often a worker says that it is alive.
pub async fn work(
    ctx: &Context,
    process: String,
    heartbeat: Duration,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Error> {
    let shared = ctx.clone();
    let handler: queue::Handler = Arc::new(move |payload, earlier| {
        let ctx = shared.clone();
        async move {
            // The database may be away; the job must not be lost for it. If this process ends
            // first, another finds the job.
            while let Err(error) = handle(&ctx, payload.clone(), earlier).await {
                let error = causes(&error);
                tracing::error!(%error, "the result of a job can't be stored; trying again");
                tokio::time::sleep(AWAY).await;
            }
        }
        .boxed()
    });
    let options = WorkerOptions {
        name: process,
        heartbeat,
        drain: Duration::from_secs(30),
    };
    Ok(queue::work(ctx.db.for_queue(), QUEUES, options, handler, stop).await?)
}

/// Does everything that is due, one after the other, without a worker. Returns how many jobs there
/// were.
pub async fn drain(ctx: &Context) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let mut found = Vec::new();
        for queue in QUEUES {
            found.extend(queue::take(ctx.db.for_queue(), queue.name, ctx.now()).await?);
        }
        if found.is_empty() {
            return Ok(done);
        }
        for payload in found {
            handle(ctx, payload, 0).await?;
            done += 1;
        }
    }
}

/// How many jobs wait in each queue.
pub async fn waiting(ctx: &Context) -> Result<Vec<(&'static str, i64)>, Error> {
    let mut counts = Vec::new();
    for queue in QUEUES {
        let count = queue::waiting(ctx.db.for_queue(), queue.name).await?;
        counts.push((queue.name, count));
    }
    Ok(counts)
}

/// Removes jobs that ended more than a day ago from the queue's tables: what they were about may be
/// personal.
pub(crate) async fn forget_ended(ctx: &Context, batch: u64) -> Result<u64, Error> {
    let oldest = ctx.now() - chrono::Duration::days(1);
    let mut gone = 0;
    loop {
        let some = queue::forget_ended(ctx.db.for_queue(), oldest, batch).await?;
        gone += some;
        if some < batch {
            return Ok(gone);
        }
    }
}
