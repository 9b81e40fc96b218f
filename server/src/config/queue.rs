//! The workers of the job queue, which lives in the database.

use std::time::Duration;

use super::variables::{ConfigError, Source, Variable, optional};

pub(super) const HEARTBEAT: Variable = optional(
    "LOOKIT_HEARTBEAT_SECONDS",
    "30",
    "how often a worker reports that it is alive; after two missing reports its jobs go to others",
);

pub(super) fn heartbeat(source: &Source) -> Result<Duration, ConfigError> {
    let reason = "it must be a number of seconds from 1 to 600";
    let seconds = source.number(&HEARTBEAT, 1..=600, reason)?;
    Ok(Duration::from_secs(seconds.into()))
}
