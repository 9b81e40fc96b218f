//! Every kind of job, and the queues they wait in. A new job is one more line here.

use adapters::queue::JobQueue;

use super::attempts::{attempt, give_up, set_aside};
use super::{Job, QueuedJob};
use crate::context::Context;
use crate::error::Error;

/// Every kind of job, and what is done with each.
macro_rules! kinds {
    ($($job:ty),+ $(,)?) => {
        /// Name and queue of every kind of job.
        pub const KINDS: &[(&str, &str)] = &[$((<$job as Job>::NAME, <$job as Job>::QUEUE)),+];

        pub(super) async fn dispatch(ctx: &Context, queued: QueuedJob) -> Result<(), Error> {
            match queued.name.as_str() {
                $(<$job as Job>::NAME => attempt::<$job>(ctx, queued).await,)+
                other => {
                    let reason = format!("no job is called {other}");
                    set_aside(ctx, "unknown", &queued, &reason).await
                }
            }
        }

        /// Gives a job up without another try.
        pub(super) async fn bury(
            ctx: &Context,
            queued: &QueuedJob,
            reason: &str,
        ) -> Result<(), Error> {
            match queued.name.as_str() {
                $(<$job as Job>::NAME => give_up::<$job>(ctx, queued, reason).await,)+
                _ => set_aside(ctx, "unknown", queued, reason).await,
            }
        }
    };
}

kinds![crate::messages::SendEmail, crate::accounts::DeleteAccount];

/// Queues and how many of their jobs run at a time.
pub const QUEUES: &[JobQueue] = &[
    JobQueue {
        name: "mail",
        at_once: 8,
    },
    JobQueue {
        name: "people",
        at_once: 2,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_job_has_a_queue() {
        for (name, queue_name) in KINDS {
            assert!(
                QUEUES.iter().any(|queue| queue.name == *queue_name),
                "{name} waits in {queue_name}, where nobody works"
            );
        }
        let names: HashSet<_> = KINDS.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), KINDS.len());
    }
}
