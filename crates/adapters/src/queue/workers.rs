//! Workers: what takes jobs from the queue and runs them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use apalis::prelude::{
    Attempt, BackendExt, Data, Monitor, ParallelizeExt, PollSnapshot, PollStrategy, WorkerBuilder,
    WorkerBuilderExt,
};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use sea_orm::{DatabaseConnection, DbBackend};

use super::QueueError;

/// How often a free worker asks for jobs.
const PAUSE: Duration = Duration::from_millis(500);

/// Time for the query that is running when workers stop. apalis would drop it midway, and on SQLite
/// a statement that is left open keeps the lock that the last jobs need to finish.
const SETTLE: Duration = Duration::from_millis(300);

/// A queue and how it is worked.
#[derive(Clone, Copy, Debug)]
pub struct JobQueue {
    pub name: &'static str,
    /// Most jobs that one process runs at a time.
    pub at_once: usize,
}

/// Runs a job, told how often it was handed out before: more than never means that a worker died
/// with it. It never fails: whatever goes wrong is its own affair.
pub type Handler =
    Arc<dyn Fn(serde_json::Value, usize) -> futures::future::BoxFuture<'static, ()> + Send + Sync>;

/// How the workers of a process are known, and when they count as dead.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Name of the process, unlike that of every other.
    pub name: String,
    /// A worker gives a sign of life this often; after two that are missing, its jobs go to others.
    pub heartbeat: Duration,
    /// Longest wait for running jobs when the process is asked to stop.
    pub drain: Duration,
}

/// Makes a free worker ask for jobs again and again.
///
/// apalis' own interval forgets to be woken when asking is over at once, and then sleeps until the
/// next sign of life: the new pause must be polled right after the old one is over.
struct Polling {
    pause: Pin<Box<tokio::time::Sleep>>,
    is_stopping: Arc<AtomicBool>,
}

impl Polling {
    fn new(is_stopping: Arc<AtomicBool>) -> Self {
        Self {
            pause: Box::pin(tokio::time::sleep(PAUSE)),
            is_stopping,
        }
    }
}

impl PollStrategy for Polling {
    fn poll_drive(&mut self, cx: &mut TaskContext<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut is_time = false;
        while self.pause.as_mut().poll(cx).is_ready() {
            is_time = true;
            self.pause = Box::pin(tokio::time::sleep(PAUSE));
        }
        if is_time && !self.is_stopping.load(Ordering::Relaxed) {
            Poll::Ready(Some(()))
        } else {
            Poll::Pending
        }
    }
}

/// Works until `stop` is over, then finishes what has begun.
pub async fn work(
    db: &DatabaseConnection,
    queues: &[JobQueue],
    options: WorkerOptions,
    handler: Handler,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), QueueError> {
    let mut monitor = Monitor::new().should_restart(|worker, error| {
        tracing::error!(worker = worker.name(), %error, "a worker stopped and is started again");
        true
    });
    let is_stopping = Arc::<AtomicBool>::default();
    // The two databases have types of their own, and no trait in common with which a function could
    // do this for both.
    macro_rules! register {
        ($queue:ident, $storage:ident, $config:ty, $pool:expr) => {{
            let (handler, heartbeat) = (handler.clone(), options.heartbeat);
            let is_stopping = is_stopping.clone();
            let (process, pool) = (options.name.clone(), $pool.clone());
            monitor.register(move |restarts| {
                let config = <$config>::default()
                    .queue($queue.name)
                    .heartbeat_interval(heartbeat)
                    .missed_heartbeats(2)
                    .batch_size($queue.at_once.max(1));
                let backend = $storage::<serde_json::Value>::new(&pool)
                    .with_config(config)
                    .poll_with_strategy(Polling::new(is_stopping.clone()));
                // A name must not come back while its last sign of life is young, hence the count
                // of restarts in it.
                WorkerBuilder::new(format!("{}-{process}-{restarts}", $queue.name))
                    .backend(backend)
                    .data(handler.clone())
                    .concurrency($queue.at_once)
                    .parallelize(tokio::spawn)
                    .build(run)
            })
        }};
    }
    for queue in queues.iter().copied() {
        monitor = if db.get_database_backend() == DbBackend::Postgres {
            let pool = db.get_postgres_connection_pool();
            register!(queue, PostgresStorage, apalis_postgres::Config, pool)
        } else {
            let pool = db.get_sqlite_connection_pool();
            register!(queue, SqliteStorage, apalis_sqlite::Config, pool)
        };
    }
    monitor
        .shutdown_timeout(options.drain)
        .run_with_signal(async {
            stop.await;
            is_stopping.store(true, Ordering::Relaxed);
            tokio::time::sleep(SETTLE).await;
            Ok(())
        })
        .await
        .map_err(|error| QueueError::Workers(error.to_string()))
}

async fn run(job: serde_json::Value, attempt: Attempt, handler: Data<Handler>) {
    (*handler)(job, attempt.current().saturating_sub(1)).await;
}
