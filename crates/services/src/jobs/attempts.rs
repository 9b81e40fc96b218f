//! One try of one job: within its time limit, tried again after a pause, and set aside in the end.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use adapters::queue::{self, Due, NewJob};
use chrono::{DateTime, Utc};
use entities::dead_job;
use futures::FutureExt;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use super::{Job, JobError, QueuedJob, retry};
use crate::act::Act;
use crate::context::Context;
use crate::error::Error;

/// Longest time for what is left to do when a job is given up.
const FAREWELL: Duration = Duration::from_secs(30);

/// Pause before the next try: half a minute, doubled each time, six hours at most.
fn pause(attempt: u32) -> chrono::Duration {
    chrono::Duration::seconds((30_i64 << attempt.saturating_sub(1).min(20)).min(6 * 3600))
}

pub(super) async fn attempt<J: Job>(ctx: &Context, queued: QueuedJob) -> Result<(), Error> {
    let job = match serde_json::from_value::<J>(queued.job.clone()) {
        Ok(job) => job,
        Err(error) => {
            let reason = format!("its content can't be read: {error}");
            return set_aside(ctx, J::QUEUE, &queued, &reason).await;
        }
    };
    match guarded(J::LIMIT, job.run(ctx)).await {
        Ok(()) => Ok(()),
        Err(JobError::Early(due)) => run_again::<J>(ctx, queued, due).await,
        Err(JobError::Retry(reason)) if queued.attempt < J::ATTEMPTS => {
            let attempt = queued.attempt;
            tracing::warn!(job = J::NAME, attempt, %reason, "a job will be tried again");
            let next = QueuedJob {
                attempt: attempt + 1,
                ..queued
            };
            run_again::<J>(ctx, next, ctx.now() + pause(attempt)).await
        }
        Err(JobError::Retry(reason) | JobError::Fail(reason)) => {
            give_up::<J>(ctx, &queued, &reason).await
        }
    }
}

/// What becomes of a piece of work that may take too long or panic.
async fn guarded(
    limit: Duration,
    work: impl Future<Output = Result<(), JobError>>,
) -> Result<(), JobError> {
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
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

/// Adds a job once more. Its key stays behind: the row that had it is not gone yet.
async fn run_again<J: Job>(ctx: &Context, next: QueuedJob, at: DateTime<Utc>) -> Result<(), Error> {
    let new = NewJob {
        queue: J::QUEUE,
        payload: serde_json::to_value(next)?,
        due: Due::At(at),
        key: None,
    };
    let act = Act::bookkeeping(ctx).await?;
    queue::insert(&act.tx, new).await?;
    act.commit(()).await
}

/// Tells whoever waits for a job that it was given up, and sets it aside. Telling may be what kills
/// workers, so it is guarded too, and the job is set aside whatever comes of it.
pub(super) async fn give_up<J: Job>(
    ctx: &Context,
    queued: &QueuedJob,
    reason: &str,
) -> Result<(), Error> {
    let told = async {
        match serde_json::from_value::<J>(queued.job.clone()) {
            Ok(job) => job.give_up(ctx, reason).await.map_err(retry),
            // Nobody can tell what it was for.
            Err(_) => Ok(()),
        }
    };
    match guarded(FAREWELL, told).await {
        Ok(()) => set_aside(ctx, J::QUEUE, queued, reason).await,
        Err(failure) => {
            let reason = format!("{reason}; and whoever waits was not told: {failure}");
            set_aside(ctx, J::QUEUE, queued, &reason).await
        }
    }
}

/// Keeps a job that was given up, for people to look at.
pub(super) async fn set_aside(
    ctx: &Context,
    queue: &str,
    queued: &QueuedJob,
    reason: &str,
) -> Result<(), Error> {
    tracing::error!(job = %queued.name, attempt = queued.attempt, %reason, "a job was given up");
    let row = dead_job::ActiveModel {
        id: Set(ctx.uuid()?),
        queue: Set(queue.to_owned()),
        name: Set(queued.name.clone()),
        payload: Set(queued.job.to_string()),
        attempts: Set(i32::try_from(queued.attempt).unwrap_or(i32::MAX)),
        reason: Set(reason.to_owned()),
        request_id: Set(None),
        failed_at: Set(ctx.now()),
    };
    let act = Act::bookkeeping(ctx).await?;
    dead_job::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    act.commit(()).await
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
        let no = JobError::Fail("no".to_owned());
        assert_eq!(guarded(limit, async { Err(no.clone()) }).await, Err(no));
        assert_eq!(guarded(limit, async { Ok(()) }).await, Ok(()));
    }
}
