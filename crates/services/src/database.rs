//! Opening the database: SQLite for one machine, PostgreSQL for many.

use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

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
