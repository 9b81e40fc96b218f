//! What becomes of one delivery of the queue: it is read, and done by the kind of job that it
//! names.

use serde_json::Value;

use super::attempts::set_aside;
use super::{QueuedJob, registry};
use crate::context::Context;
use crate::error::Error;

/// Deliveries of one job after which it is taken to kill its workers.
const MOST_DELIVERIES: usize = 5;

/// Does what one payload of the queue says. Only the database can make this fail.
pub async fn handle(ctx: &Context, payload: Value, earlier_deliveries: usize) -> Result<(), Error> {
    let queued: QueuedJob = match serde_json::from_value(payload.clone()) {
        Ok(queued) => queued,
        Err(error) => {
            let unreadable = QueuedJob {
                name: "unreadable".to_owned(),
                attempt: 1,
                job: payload,
            };
            return set_aside(ctx, "unknown", &unreadable, &error.to_string()).await;
        }
    };
    if earlier_deliveries >= MOST_DELIVERIES {
        return registry::bury(ctx, &queued, "its workers died again and again").await;
    }
    registry::dispatch(ctx, queued).await
}
