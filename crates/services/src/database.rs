//! Opening the database: SQLite for one machine, PostgreSQL for many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, TryInsertResult,
};

use crate::error::Error;

/// Opens the database of a `sqlite://` or `postgres://` url.
///
/// SQLite keeps a write-ahead log so that readers never wait for the writer, and flushes at
/// checkpoints: a power cut may cost the last moments, never the file.
pub async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(!url.starts_with("sqlite"))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                .pragma("temp_store", "memory")
                .pragma("mmap_size", "268435456")
                .optimize_on_close(true, None)
        });
    Ok(Database::connect(options).await?)
}

/// The database for reading. Writing needs an [`Act`](crate::act::Act): a statement that would
/// change something is refused here.
#[derive(Clone, Debug)]
pub(crate) struct Reads {
    connections: DatabaseConnection,
    /// Statements so far, which tests count: a page must not ask the database once per row.
    statements: Arc<AtomicUsize>,
}

impl Reads {
    pub fn new(connections: DatabaseConnection) -> Self {
        Self {
            connections,
            statements: Arc::default(),
        }
    }

    pub fn statements(&self) -> usize {
        self.statements.load(Ordering::Relaxed)
    }

    fn reading(&self, statement: &Statement) -> Result<&DatabaseConnection, DbErr> {
        if !reads(&statement.sql) {
            return Err(refusal());
        }
        self.statements.fetch_add(1, Ordering::Relaxed);
        Ok(&self.connections)
    }

    /// Begins a transaction; dropping it without a commit undoes it. For [`crate::act`] alone.
    ///
    /// On SQLite it takes the write lock at once: two that read first and write later would fail
    /// each other, whatever the busy timeout.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that begins transactions"
    )]
    pub async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.connections.begin_with_options(options).await?)
    }

    /// The connections themselves, for the queue, which writes tables of its own.
    pub fn connections(&self) -> &DatabaseConnection {
        &self.connections
    }
}

/// Whether an insert that does nothing on a conflict added its row.
pub(crate) fn is_new(added: &TryInsertResult<u64>) -> bool {
    matches!(added, TryInsertResult::Inserted(rows) if *rows > 0)
}

/// Whether a statement only reads.
fn reads(sql: &str) -> bool {
    let word = sql.split_whitespace().next().unwrap_or_default();
    ["select", "explain"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

fn refusal() -> DbErr {
    DbErr::Custom("only an act may write".to_owned())
}

#[async_trait::async_trait]
impl ConnectionTrait for Reads {
    fn get_database_backend(&self) -> DbBackend {
        self.connections.get_database_backend()
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(refusal())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(refusal())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.reading(&statement)?.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.reading(&statement)?.query_all_raw(statement).await
    }
}
