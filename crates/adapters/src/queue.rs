//! The door to the job queue: tables of apalis in our own database, so that a job commits or
//! vanishes with the change that caused it.
//!
//! apalis leases jobs and finds those of workers that died. Everything else (retry, time limits,
//! panics, giving up) is `services::jobs`, for reasons that `docs/decisions/0005-jobs.md` names: to
//! apalis, every job succeeds.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use apalis::prelude::{
    Attempt, BackendExt, Data, Monitor, ParallelizeExt, PollSnapshot, PollStrategy, WorkerBuilder,
    WorkerBuilderExt,
};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, Value};

use crate::secrets::{SecretError, random};

/// How often a free worker looks for jobs.
const LOOK: Duration = Duration::from_millis(500);

/// Why the queue does not work.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The database said no.
    #[error("queue: {0}")]
    Database(#[from] DbErr),
    /// Workers could not go on.
    #[error("queue: {0}")]
    Workers(String),
    /// No chance to be had.
    #[error("queue: {0}")]
    Chance(#[from] SecretError),
}

/// A job to add.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// Queue that it waits in.
    pub queue: &'a str,
    /// What to do, as JSON.
    pub payload: serde_json::Value,
    /// Not before this time; at once if none.
    pub run_at: Option<DateTime<Utc>>,
    /// A second job with the same key is dropped while the first is known.
    pub key: Option<String>,
}

/// Adds a job, in the caller's transaction.
pub async fn insert(db: &impl ConnectionTrait, job: NewJob<'_>) -> Result<(), QueueError> {
    let id = ulid::Ulid::from_bytes(random()?).to_string();
    let payload = Value::Bytes(Some(job.payload.to_string().into_bytes()));
    let backend = db.get_database_backend();
    // "At once" is the database's own now: on PostgreSQL a trigger wakes the workers for jobs that
    // are due, by its clock.
    let (sql, time) = match (backend, job.run_at) {
        (DbBackend::Postgres, None) => (
            "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, idempotency_key) values ($1, $2, $3, 'Pending', 0, 1, now(), 0, $4) on conflict do nothing",
            None,
        ),
        (DbBackend::Postgres, Some(at)) => (
            "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, idempotency_key) values ($1, $2, $3, 'Pending', 0, 1, $5, 0, $4) on conflict do nothing",
            Some(Value::from(at)),
        ),
        (_, None) => (
            "insert into Jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata, idempotency_key) values (?1, ?2, ?3, 'Pending', 0, 1, cast(strftime('%s', 'now') as integer), 0, '{}', ?4) on conflict do nothing",
            None,
        ),
        (_, Some(at)) => (
            "insert into Jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata, idempotency_key) values (?1, ?2, ?3, 'Pending', 0, 1, ?5, 0, '{}', ?4) on conflict do nothing",
            Some(Value::from(at.timestamp())),
        ),
    };
    let mut values = vec![
        Value::from(id),
        Value::from(job.queue),
        payload,
        Value::String(job.key),
    ];
    values.extend(time);
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// Makes or updates the queue's tables.
///
/// Only the steps are run: apalis' own set-up would also switch off SQLite's flushing to disk.
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

/// Whether the queue's tables are there.
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
            "select count(*) as n from apalis.jobs where job_type = $1 and status in ('Pending', 'Queued', 'Running')"
        }
        _ => {
            "select count(*) as n from Jobs where job_type = ?1 and status in ('Pending', 'Queued', 'Running')"
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
            "delete from apalis.jobs where job_type = $1 and status = 'Pending' and run_at <= greatest($2, now()) returning job, id",
            Value::from(due),
        ),
        _ => (
            "delete from Jobs where job_type = ?1 and status = 'Pending' and run_at <= max(?2, cast(strftime('%s', 'now') as integer)) returning job, id",
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

/// Removes jobs that ended long ago, so that the table stays small.
pub async fn forget_ended(
    db: &DatabaseConnection,
    before: DateTime<Utc>,
) -> Result<u64, QueueError> {
    let backend = db.get_database_backend();
    let (sql, before) = match backend {
        DbBackend::Postgres => (
            "delete from apalis.jobs where status in ('Done', 'Killed') and done_at < $1",
            Value::from(before),
        ),
        _ => (
            "delete from Jobs where status in ('Done', 'Killed') and done_at < ?1",
            Value::from(before.timestamp()),
        ),
    };
    Ok(db
        .execute_raw(Statement::from_sql_and_values(backend, sql, [before]))
        .await?
        .rows_affected())
}

/// A queue and how it is worked.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// Name of the queue.
    pub queue: &'static str,
    /// Jobs at a time.
    pub at_once: usize,
}

/// What is done with a job, told how often it was handed out before: more than never means that a
/// worker died with it. It never fails: whatever goes wrong is its own affair.
pub type Handler =
    Arc<dyn Fn(serde_json::Value, usize) -> futures::future::BoxFuture<'static, ()> + Send + Sync>;

/// How the workers of a process are known and how long a silent one counts as alive.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The process, unlike every other.
    pub name: String,
    /// A worker gives a sign of life this often; after two that are missing, its jobs go to others.
    pub heartbeat: Duration,
    /// Longest wait for running jobs when the process is asked to stop.
    pub drain: Duration,
}

/// Makes a free worker look again and again.
///
/// apalis' own interval forgets to be woken when a look at the queue is over at once, and then
/// sleeps until the next sign of life: the new pause must be polled right after the old one is
/// over.
struct Looks(Pin<Box<tokio::time::Sleep>>);

impl Looks {
    fn new() -> Self {
        Self(Box::pin(tokio::time::sleep(LOOK)))
    }
}

impl PollStrategy for Looks {
    fn poll_drive(&mut self, cx: &mut TaskContext<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut is_time = false;
        while self.0.as_mut().poll(cx).is_ready() {
            is_time = true;
            self.0 = Box::pin(tokio::time::sleep(LOOK));
        }
        if is_time {
            Poll::Ready(Some(()))
        } else {
            Poll::Pending
        }
    }
}

/// Works until `stop` is over, then finishes what has begun.
pub async fn work(
    db: &DatabaseConnection,
    lanes: &[Lane],
    options: WorkerOptions,
    handler: Handler,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), QueueError> {
    async fn run(job: serde_json::Value, attempt: Attempt, handler: Data<Handler>) {
        (*handler)(job, attempt.current().saturating_sub(1)).await;
    }
    let mut monitor = Monitor::new().should_restart(|worker, error| {
        tracing::error!(worker = worker.name(), %error, "a worker stopped and is started again");
        true
    });
    for lane in lanes {
        let (lane, handler, heartbeat, process) = (
            *lane,
            handler.clone(),
            options.heartbeat,
            options.name.clone(),
        );
        // A name must not come back while its last sign of life is young, hence the count of
        // restarts in it.
        let name = move |restarts: usize| format!("{}-{process}-{restarts}", lane.queue);
        match db.get_database_backend() {
            DbBackend::Postgres => {
                let pool = db.get_postgres_connection_pool().clone();
                monitor = monitor.register(move |restarts| {
                    let config = apalis_postgres::Config::default()
                        .queue(lane.queue)
                        .heartbeat_interval(heartbeat)
                        .missed_heartbeats(2)
                        .batch_size(lane.at_once.max(1));
                    let backend = PostgresStorage::<serde_json::Value>::new(&pool)
                        .with_config(config)
                        .poll_with_strategy(Looks::new());
                    WorkerBuilder::new(name(restarts))
                        .backend(backend)
                        .data(handler.clone())
                        .concurrency(lane.at_once)
                        .parallelize(tokio::spawn)
                        .build(run)
                });
            }
            _ => {
                let pool = db.get_sqlite_connection_pool().clone();
                monitor = monitor.register(move |restarts| {
                    let config = apalis_sqlite::Config::default()
                        .queue(lane.queue)
                        .heartbeat_interval(heartbeat)
                        .missed_heartbeats(2)
                        .batch_size(lane.at_once.max(1));
                    let backend = SqliteStorage::<serde_json::Value>::new(&pool)
                        .with_config(config)
                        .poll_with_strategy(Looks::new());
                    WorkerBuilder::new(name(restarts))
                        .backend(backend)
                        .data(handler.clone())
                        .concurrency(lane.at_once)
                        .parallelize(tokio::spawn)
                        .build(run)
                });
            }
        }
    }
    let monitor = monitor.shutdown_timeout(options.drain);
    monitor
        .run_with_signal(async {
            stop.await;
            Ok(())
        })
        .await
        .map_err(|error| QueueError::Workers(error.to_string()))
}
