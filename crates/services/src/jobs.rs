//! Jobs: what is done after a request, by workers. A job is added in the transaction that causes
//! it, carries ids, and may run twice without harm.
//!
//! Retry, time limits, panics and giving up are ours; the queue below only leases
//! (`docs/decisions/0005-jobs.md`).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use adapters::queue::{self, Lane, NewJob, WorkerOptions};
use chrono::{DateTime, Utc};
use entities::dead_job;
use futures::FutureExt;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::error::Error;

/// Deliveries of one job after which it is thought to kill its workers.
const DEADLY: usize = 5;

/// Why a job did not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobError {
    /// It may work later.
    Retry(String),
    /// It never will.
    Fail(String),
}

/// A failure that may pass.
pub(crate) fn retry(error: impl std::fmt::Display) -> JobError {
    JobError::Retry(error.to_string())
}

/// A failure that will not pass.
pub(crate) fn fail(error: impl std::fmt::Display) -> JobError {
    JobError::Fail(error.to_string())
}

/// One kind of job.
pub trait Job: Serialize + DeserializeOwned + Send + Sync {
    /// Name in the queue; it never changes.
    const NAME: &'static str;
    /// Queue that it waits in.
    const QUEUE: &'static str;
    /// Tries before it is given up.
    const ATTEMPTS: u32;
    /// Longest time for one try.
    const LIMIT: Duration = Duration::from_mins(2);

    /// Does the work. It may have been done before, by a worker that died.
    fn run(self, ctx: &Context) -> impl Future<Output = Result<(), JobError>> + Send;

    /// What is left to do when the job is given up.
    fn give_up(
        self,
        _ctx: &Context,
        _reason: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }
}

/// What lies in the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Envelope {
    name: String,
    /// Which try this is, counted from 1.
    attempt: u32,
    job: Value,
}

/// Adds a job, in the caller's transaction, to be done at once.
pub async fn add<J: Job>(db: &impl ConnectionTrait, job: &J) -> Result<(), Error> {
    insert::<J>(db, job, None, None).await
}

/// Adds a job for later. While one with the same key is known, it is the same job.
pub async fn add_at<J: Job>(
    db: &impl ConnectionTrait,
    job: &J,
    at: DateTime<Utc>,
    key: String,
) -> Result<(), Error> {
    insert::<J>(db, job, Some(at), Some(key)).await
}

async fn insert<J: Job>(
    db: &impl ConnectionTrait,
    job: &J,
    run_at: Option<DateTime<Utc>>,
    key: Option<String>,
) -> Result<(), Error> {
    let envelope = Envelope {
        name: J::NAME.to_owned(),
        attempt: 1,
        job: serde_json::to_value(job)?,
    };
    Ok(queue::insert(
        db,
        NewJob {
            queue: J::QUEUE,
            payload: serde_json::to_value(envelope)?,
            run_at,
            key,
        },
    )
    .await?)
}

/// Every kind of job, and what is done with each.
macro_rules! kinds {
    ($($job:ty),+ $(,)?) => {
        /// Name and queue of every kind of job.
        pub const KINDS: &[(&str, &str)] = &[$((<$job as Job>::NAME, <$job as Job>::QUEUE)),+];

        async fn dispatch(ctx: &Context, envelope: Envelope) -> Result<(), Error> {
            match envelope.name.as_str() {
                $(<$job as Job>::NAME => attempt::<$job>(ctx, envelope).await,)+
                other => bury(ctx, "unknown", &envelope, &format!("no job is called {other}")).await,
            }
        }
    };
}

kinds![
    crate::messages::SendLetter,
    crate::accounts::StartReset,
    crate::accounts::DeleteAccount
];

/// Queues and how many of their jobs run at a time.
pub const LANES: &[Lane] = &[
    Lane {
        queue: "mail",
        at_once: 8,
    },
    Lane {
        queue: "people",
        at_once: 2,
    },
];

/// Pause before the next try: half a minute, doubled each time, six hours at most.
fn pause(attempt: u32) -> chrono::Duration {
    chrono::Duration::seconds((30_i64 << attempt.saturating_sub(1).min(20)).min(6 * 3600))
}

async fn attempt<J: Job>(ctx: &Context, envelope: Envelope) -> Result<(), Error> {
    let job = match serde_json::from_value::<J>(envelope.job.clone()) {
        Ok(job) => job,
        Err(error) => {
            return bury(
                ctx,
                J::QUEUE,
                &envelope,
                &format!("its content can't be read: {error}"),
            )
            .await;
        }
    };
    let reason = match guarded(J::LIMIT, job.run(ctx)).await {
        Ok(()) => return Ok(()),
        Err(JobError::Retry(reason)) if envelope.attempt < J::ATTEMPTS => {
            tracing::warn!(job = J::NAME, attempt = envelope.attempt, %reason, "a job will be tried again");
            let next = Envelope {
                attempt: envelope.attempt + 1,
                ..envelope.clone()
            };
            let payload = serde_json::to_value(next)?;
            return Ok(queue::insert(
                &ctx.db,
                NewJob {
                    queue: J::QUEUE,
                    payload,
                    run_at: Some(ctx.now() + pause(envelope.attempt)),
                    key: None,
                },
            )
            .await?);
        }
        Err(JobError::Retry(reason) | JobError::Fail(reason)) => reason,
    };
    give_up::<J>(ctx, &envelope, &reason).await
}

/// What becomes of a piece of work that may take too long or panic.
async fn guarded(
    limit: Duration,
    work: impl Future<Output = Result<(), JobError>>,
) -> Result<(), JobError> {
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            let words = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(JobError::Retry(format!(
                "it panicked: {}",
                words.unwrap_or_default()
            )))
        }
        Err(_) => Err(JobError::Retry(format!(
            "it took longer than {} seconds",
            limit.as_secs()
        ))),
    }
}

async fn give_up<J: Job>(ctx: &Context, envelope: &Envelope, reason: &str) -> Result<(), Error> {
    if let Ok(job) = serde_json::from_value::<J>(envelope.job.clone()) {
        job.give_up(ctx, reason).await?;
    }
    bury(ctx, J::QUEUE, envelope, reason).await
}

/// Keeps a job that was given up, for people to look at.
async fn bury(ctx: &Context, queue: &str, envelope: &Envelope, reason: &str) -> Result<(), Error> {
    tracing::error!(job = %envelope.name, attempt = envelope.attempt, %reason, "a job was given up");
    let row = dead_job::ActiveModel {
        id: Set(ctx.uuid()?),
        queue: Set(queue.to_owned()),
        name: Set(envelope.name.clone()),
        payload: Set(envelope.job.to_string()),
        attempts: Set(i32::try_from(envelope.attempt).unwrap_or(i32::MAX)),
        reason: Set(reason.to_owned()),
        request_id: Set(None),
        failed_at: Set(ctx.now()),
    };
    dead_job::Entity::insert(row)
        .exec_without_returning(&ctx.db)
        .await?;
    Ok(())
}

/// Does what lies in the queue. Only the database can make this fail.
pub async fn handle(ctx: &Context, payload: Value, earlier_deliveries: usize) -> Result<(), Error> {
    let envelope: Envelope = match serde_json::from_value(payload.clone()) {
        Ok(envelope) => envelope,
        Err(error) => {
            let unreadable = Envelope {
                name: "unreadable".to_owned(),
                attempt: 1,
                job: payload,
            };
            return bury(ctx, "unknown", &unreadable, &error.to_string()).await;
        }
    };
    if earlier_deliveries >= DEADLY {
        return bury(
            ctx,
            "unknown",
            &envelope,
            "its workers died again and again",
        )
        .await;
    }
    dispatch(ctx, envelope).await
}

/// Works until `stop` is over. `heartbeat` is how often a worker gives a sign of life.
pub async fn work(
    ctx: &Context,
    process: String,
    heartbeat: Duration,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Error> {
    let doors = ctx.clone();
    let handler: queue::Handler = Arc::new(move |payload, earlier| {
        let ctx = doors.clone();
        async move {
            // The database may be away; the job must not be lost for it. If this process ends
            // first, another finds the job.
            while let Err(error) = handle(&ctx, payload.clone(), earlier).await {
                tracing::error!(%error, "what became of a job can't be written down; trying again");
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
        }
        .boxed()
    });
    Ok(queue::work(
        &ctx.db,
        LANES,
        WorkerOptions {
            name: process,
            heartbeat,
            drain: Duration::from_secs(30),
        },
        handler,
        stop,
    )
    .await?)
}

/// Does everything that is due, one after the other, without a worker. Gives back how many jobs
/// there were.
pub async fn drain(ctx: &Context) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let mut found = Vec::new();
        for lane in LANES {
            found.extend(queue::take(&ctx.db, lane.queue, ctx.now()).await?);
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

/// How many jobs wait or run in each queue.
pub async fn waiting(ctx: &Context) -> Result<Vec<(&'static str, i64)>, Error> {
    let mut found = Vec::new();
    for lane in LANES {
        found.push((lane.queue, queue::waiting(&ctx.db, lane.queue).await?));
    }
    Ok(found)
}

/// Removes jobs that ended a week ago, and says how many there were.
pub async fn forget_ended(ctx: &Context) -> Result<u64, Error> {
    let before = ctx.now() - chrono::Duration::days(7);
    Ok(queue::forget_ended(&ctx.db, before).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        let seconds: Vec<i64> = [1, 2, 3, 10, 11, 40]
            .into_iter()
            .map(|attempt| pause(attempt).num_seconds())
            .collect();
        assert_eq!(seconds, [30, 60, 120, 15360, 21600, 21600]);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_panics_or_never_ends_is_tried_again() {
        let limit = Duration::from_secs(5);
        assert_eq!(
            guarded(limit, async { panic!("at the {}", "disco") }).await,
            Err(JobError::Retry("it panicked: at the disco".to_owned()))
        );
        assert_eq!(
            guarded(limit, std::future::pending()).await,
            Err(JobError::Retry("it took longer than 5 seconds".to_owned()))
        );
        assert_eq!(
            guarded(limit, async { Err(fail("no")) }).await,
            Err(JobError::Fail("no".to_owned()))
        );
        assert_eq!(guarded(limit, async { Ok(()) }).await, Ok(()));
    }

    #[test]
    fn every_job_has_a_lane() {
        for (name, queue) in KINDS {
            assert!(
                LANES.iter().any(|lane| lane.queue == *queue),
                "{name} waits in {queue}, where nobody works"
            );
        }
        let names: std::collections::HashSet<_> = KINDS.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), KINDS.len());
    }
}
