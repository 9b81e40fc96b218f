//! The job queue: tables of apalis in our own database, so that a job commits or vanishes with the
//! change that caused it.
//!
//! apalis leases jobs and finds those of workers that died. Everything else (retry, time limits,
//! panics, giving up) is `services::jobs`, for reasons that `docs/decisions/0005-jobs.md` names: to
//! apalis, every job succeeds.

use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, Value};

use crate::secrets::{SecretError, random};

mod workers;

pub use self::workers::{Handler, JobQueue, WorkerOptions, work};

#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("queue: {0}")]
    Database(#[from] DbErr),
    #[error("queue: {0}")]
    Workers(String),
    /// There were no random bytes for a job's id.
    #[error("queue: {0}")]
    Chance(#[from] SecretError),
}

/// A job to add.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    pub queue: &'a str,
    /// What to do, as JSON.
    pub payload: serde_json::Value,
    pub due: Due,
    /// A second job with the same key is dropped while the first is known.
    pub key: Option<String>,
}

/// When a job may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once; this is now by the clock of whoever adds it.
    Now(DateTime<Utc>),
    /// Not before this time.
    At(DateTime<Utc>),
}

impl Due {
    /// The time in whole seconds, which is all that SQLite's queue keeps: rounded up, since a job
    /// that comes a moment too early finds that its time has not come.
    fn seconds(self) -> i64 {
        match self {
            Self::Now(now) => now.timestamp(),
            Self::At(at) => at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0),
        }
    }
}

/// Adds a job, in the caller's transaction.
pub async fn insert(db: &impl ConnectionTrait, job: NewJob<'_>) -> Result<(), QueueError> {
    let id = ulid::Ulid::from_bytes(random()?).to_string();
    let payload = Value::Bytes(Some(job.payload.to_string().into_bytes()));
    let backend = db.get_database_backend();
    // "At once" is never later than the database's own now: on PostgreSQL a trigger wakes the
    // workers for jobs that are due, by its clock.
    let (sql, time) = match (backend, job.due) {
        (DbBackend::Postgres, Due::Now(now)) => (
            "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, \
             priority, idempotency_key) \
             values ($1, $2, $3, 'Pending', 0, 1, least(now(), $5), 0, $4) on conflict do nothing",
            Value::from(now),
        ),
        (DbBackend::Postgres, Due::At(at)) => (
            "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, \
             priority, idempotency_key) \
             values ($1, $2, $3, 'Pending', 0, 1, $5, 0, $4) on conflict do nothing",
            Value::from(at),
        ),
        (_, due @ Due::Now(_)) => (
            "insert into Jobs (id, job_type, job, status, attempts, max_attempts, run_at, \
             priority, metadata, idempotency_key) \
             values (?1, ?2, ?3, 'Pending', 0, 1, \
             min(cast(strftime('%s', 'now') as integer), ?5), 0, '{}', ?4) on conflict do nothing",
            Value::from(due.seconds()),
        ),
        (_, due @ Due::At(_)) => (
            "insert into Jobs (id, job_type, job, status, attempts, max_attempts, run_at, \
             priority, metadata, idempotency_key) \
             values (?1, ?2, ?3, 'Pending', 0, 1, ?5, 0, '{}', ?4) on conflict do nothing",
            Value::from(due.seconds()),
        ),
    };
    let values = [
        Value::from(id),
        Value::from(job.queue),
        payload,
        Value::String(job.key),
        time,
    ];
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// Makes or updates the queue's tables.
///
/// Only apalis' migrations are run: its own set-up would also switch off SQLite's flushing to disk.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), QueueError> {
    let fault = |error: String| QueueError::Workers(error);
    match db.get_database_backend() {
        DbBackend::Postgres => PostgresStorage::<()>::migrations()
            .run(db.get_postgres_connection_pool())
            .await
            .map_err(|error| fault(error.to_string())),
        _ => SqliteStorage::<()>::migrations()
            .run(db.get_sqlite_connection_pool())
            .await
            .map_err(|error| fault(error.to_string())),
    }
}

/// Whether the queue's tables are there and up to date.
pub async fn is_ready(db: &DatabaseConnection) -> bool {
    let table = if db.get_database_backend() == DbBackend::Postgres {
        "apalis.jobs"
    } else {
        "Jobs"
    };
    db.execute_unprepared(&format!("select idempotency_key from {table} limit 1"))
        .await
        .is_ok()
}

/// How many jobs wait or run in a queue.
pub async fn waiting(db: &DatabaseConnection, queue: &str) -> Result<i64, QueueError> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "select count(*) as n from apalis.jobs \
             where job_type = $1 and status in ('Pending', 'Queued', 'Running')"
        }
        _ => {
            "select count(*) as n from Jobs \
             where job_type = ?1 and status in ('Pending', 'Queued', 'Running')"
        }
    };
    let row = db
        .query_one_raw(Statement::from_sql_and_values(
            backend,
            sql,
            [Value::from(queue)],
        ))
        .await?;
    Ok(row
        .map(|row| row.try_get("", "n"))
        .transpose()?
        .unwrap_or_default())
}

/// Takes the jobs of a queue that are due by a time, without a worker. For tests, and for a single
/// pass by hand.
pub async fn take(
    db: &DatabaseConnection,
    queue: &str,
    due: DateTime<Utc>,
) -> Result<Vec<serde_json::Value>, QueueError> {
    let backend = db.get_database_backend();
    let (sql, due) = match backend {
        DbBackend::Postgres => (
            "delete from apalis.jobs where job_type = $1 and status = 'Pending' \
             and run_at <= $2 returning job, id",
            Value::from(due),
        ),
        _ => (
            "delete from Jobs where job_type = ?1 and status = 'Pending' \
             and run_at <= ?2 returning job, id",
            Value::from(due.timestamp()),
        ),
    };
    let rows = db
        .query_all_raw(Statement::from_sql_and_values(
            backend,
            sql,
            [Value::from(queue), due],
        ))
        .await?;
    rows.into_iter()
        .map(|row| {
            let bytes: Vec<u8> = row.try_get("", "job")?;
            serde_json::from_slice(&bytes).map_err(|error| QueueError::Workers(error.to_string()))
        })
        .collect()
}

/// Removes up to `most` jobs that ended before a time, so that the table stays small. Returns how
/// many there were.
pub async fn forget_ended(
    db: &DatabaseConnection,
    before: DateTime<Utc>,
    most: u64,
) -> Result<u64, QueueError> {
    let backend = db.get_database_backend();
    let (sql, before) = match backend {
        DbBackend::Postgres => (
            "delete from apalis.jobs where id in (select id from apalis.jobs \
             where status in ('Done', 'Killed') and done_at < $1 limit $2)",
            Value::from(before),
        ),
        _ => (
            "delete from Jobs where id in (select id from Jobs \
             where status in ('Done', 'Killed') and done_at < ?1 limit ?2)",
            Value::from(before.timestamp()),
        ),
    };
    let most = Value::from(i64::try_from(most).unwrap_or(i64::MAX));
    Ok(db
        .execute_raw(Statement::from_sql_and_values(backend, sql, [before, most]))
        .await?
        .rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_for_later_never_comes_early() {
        let at = |nanos| DateTime::from_timestamp(1_790_000_000, nanos).unwrap();
        assert_eq!(Due::At(at(0)).seconds(), 1_790_000_000);
        assert_eq!(Due::At(at(1)).seconds(), 1_790_000_001);
        assert_eq!(Due::At(at(999_999_000)).seconds(), 1_790_000_001);
        assert_eq!(Due::Now(at(999_999_000)).seconds(), 1_790_000_000);
    }
}
