//! Every kind of job, and the queues they wait in. A new job is one more line here.

use adapters::queue::Lane;

use super::{Envelope, Job, attempt, bury};
use crate::context::Context;
use crate::error::Error;

/// Every kind of job, and what is done with each.
macro_rules! kinds {
    ($($job:ty),+ $(,)?) => {
        /// Name and queue of every kind of job.
        pub const KINDS: &[(&str, &str)] = &[$((<$job as Job>::NAME, <$job as Job>::QUEUE)),+];

        pub(super) async fn dispatch(ctx: &Context, envelope: Envelope) -> Result<(), Error> {
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
