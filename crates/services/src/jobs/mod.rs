//! Jobs: what is done after a request, by workers. A job is added in the transaction that causes
//! it, carries ids, and may run twice without harm.
//!
//! Retry, time limits, panics and giving up are ours; the queue below only leases
//! (`docs/decisions/0005-jobs.md`).

mod attempts;
mod deliveries;
mod registry;
mod workers;

use std::time::Duration;

use adapters::queue::{self, Due, NewJob};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::act::Act;
use crate::context::Context;
use crate::error::{Error, causes};

pub use deliveries::handle;
pub use registry::{KINDS, QUEUES};
pub(crate) use workers::forget_ended;
pub use workers::{drain, waiting, work};

/// Why a job did not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It never will.
    #[error("{0}")]
    Fail(String),
    /// It was taken before its time, which is this; that does not count as a try.
    #[error("it came before {0}")]
    Early(DateTime<Utc>),
}

/// A failure that may pass.
pub(crate) fn retry(error: impl std::error::Error) -> JobError {
    JobError::Retry(causes(&error))
}

/// A failure that will not pass.
pub(crate) fn fail(error: impl std::error::Error) -> JobError {
    JobError::Fail(causes(&error))
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

/// A job as it waits in the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct QueuedJob {
    name: String,
    /// Which try this is, counted from 1.
    attempt: u32,
    job: Value,
}

impl<S> Act<'_, S> {
    /// Adds a job to this change, to be done as soon as the change is committed.
    pub(crate) async fn add<J: Job>(&self, job: &J) -> Result<(), Error> {
        insert::<J>(&self.tx, job, Due::Now(self.ctx.now()), None).await
    }

    /// Adds a job for later. While one with the same key is known, it is the same job.
    pub(crate) async fn add_at<J: Job>(
        &self,
        job: &J,
        at: DateTime<Utc>,
        key: String,
    ) -> Result<(), Error> {
        insert::<J>(&self.tx, job, Due::At(at), Some(key)).await
    }
}

pub(crate) async fn insert<J: Job>(
    db: &impl ConnectionTrait,
    job: &J,
    due: Due,
    key: Option<String>,
) -> Result<(), Error> {
    let queued = QueuedJob {
        name: J::NAME.to_owned(),
        attempt: 1,
        job: serde_json::to_value(job)?,
    };
    let new = NewJob {
        queue: J::QUEUE,
        payload: serde_json::to_value(queued)?,
        due,
        key,
    };
    Ok(queue::insert(db, new).await?)
}
