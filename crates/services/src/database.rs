//! Opening the database: SQLite for one machine, PostgreSQL for many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, Insert, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, TryInsertResult,
};

use crate::error::Error;

/// Longest wait for a connection, and on SQLite for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that was not used for so long is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(15);

/// The connections of one database.
///
/// SQLite lets one connection write at a time. Those who want to write wait for the only one that
/// may, in the order in which they came, so they never fail each other; readers have connections of
/// their own, which can't write, and never wait. On PostgreSQL both are the same.
#[derive(Clone, Debug)]
pub struct Connections {
    pub read: DatabaseConnection,
    pub write: DatabaseConnection,
}

impl Connections {
    pub async fn close(self) -> Result<(), Error> {
        self.read.close().await?;
        Ok(self.write.close().await?)
    }
}

/// Opens the database of a `sqlite://` or `postgres://` url, with `most` connections for reading.
pub async fn connect(url: &str, most: u32) -> Result<Connections, Error> {
    if !url.starts_with("sqlite") {
        let both = open(url, most, false).await?;
        return Ok(Connections {
            read: both.clone(),
            write: both,
        });
    }
    // The file is made by the one that may write.
    let write = open_single(url).await?;
    let read = open(url, most, true).await?;
    Ok(Connections { read, write })
}

/// Opens a database with one connection that may do everything, for migrations.
pub async fn open_single(url: &str) -> Result<DatabaseConnection, Error> {
    open(url, 1, false).await
}

/// SQLite keeps a write-ahead log, and a commit is on the disk before anybody hears of it: what
/// was acknowledged outlives a power cut.
async fn open(url: &str, most: u32, only_reads: bool) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(most)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        // A question before each statement would double the way of most of them.
        .test_before_acquire_if_idle_for(IDLE)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(PATIENCE)
                .foreign_keys(true)
                .pragma("temp_store", "memory")
                .pragma("mmap_size", "268435456");
            if only_reads {
                options.pragma("query_only", "on")
            } else {
                options.optimize_on_close(true, None)
            }
        });
    Ok(Database::connect(options).await?)
}

/// The database for reading. Writing needs an [`Act`](crate::act::Act): a statement that would
/// change something is refused here.
#[derive(Clone, Debug)]
pub(crate) struct Reads {
    connections: Connections,
    /// Statements so far, which tests count: a page must not ask the database once per row.
    statements: Arc<AtomicUsize>,
}

impl Reads {
    pub fn new(connections: Connections) -> Self {
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
        Ok(&self.connections.read)
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
        Ok(self.connections.write.begin_with_options(options).await?)
    }

    /// What may write, for the queue, which has tables of its own.
    pub fn for_queue(&self) -> &DatabaseConnection {
        &self.connections.write
    }

    pub async fn close(&self) -> Result<(), Error> {
        self.connections.clone().close().await
    }
}

/// Whether a statement only reads.
fn reads(sql: &str) -> bool {
    let word = sql.split_whitespace().next().unwrap_or_default();
    word.eq_ignore_ascii_case("select")
}

fn refusal() -> DbErr {
    DbErr::Custom("only an act may write".to_owned())
}

#[async_trait::async_trait]
impl ConnectionTrait for Reads {
    fn get_database_backend(&self) -> DbBackend {
        self.connections.read.get_database_backend()
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

/// Inserts a row unless there is one with the same values in `key`, which a unique index covers,
/// and tells whether it did. Any other failure of the database stays a failure.
pub(crate) async fn insert_new<A>(
    row: A,
    key: impl IntoIterator<Item = <A::Entity as EntityTrait>::Column>,
    db: &impl ConnectionTrait,
) -> Result<bool, Error>
where
    A: ActiveModelTrait,
{
    let tried = Insert::one(row)
        .on_conflict_do_nothing_on(key)
        .exec_without_returning(db)
        .await?;
    // Without RETURNING a conflict is an insert of no rows.
    Ok(matches!(tried, TryInsertResult::Inserted(1..)))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use entities::throttle::{ActiveModel, Column, Entity};
    use sea_orm::ActiveValue::Set;
    use sea_orm::sea_query::Expr;
    use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
    use uuid::Uuid;

    use super::*;
    use crate::busy::is_busy;

    const TABLE: &str = "create table throttle (id text primary key, subject text not null, \
         failures integer not null, window_started_at text not null)";

    /// A database in memory with one row in one table.
    async fn one_row() -> Reads {
        let db = open_single("sqlite::memory:").await.unwrap();
        db.execute_unprepared(TABLE).await.unwrap();
        Entity::insert(row("known"))
            .exec_without_returning(&db)
            .await
            .unwrap();
        Reads::new(Connections {
            read: db.clone(),
            write: db,
        })
    }

    fn row(subject: &str) -> ActiveModel {
        ActiveModel {
            id: Set(Uuid::from_u128(subject.len().try_into().unwrap())),
            subject: Set(subject.to_owned()),
            failures: Set(1),
            window_started_at: Set(DateTime::<Utc>::UNIX_EPOCH),
        }
    }

    #[tokio::test]
    async fn reading_passes() {
        let db = one_row().await;
        assert_eq!(Entity::find().count(&db).await.unwrap(), 1);
        let found = Entity::find().filter(Column::Subject.eq("known"));
        assert!(found.one(&db).await.unwrap().is_some());
        let sql = "  SELECT subject FROM throttle";
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        assert_eq!(db.query_all_raw(statement).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn writing_by_entities_is_refused() {
        let db = one_row().await;
        let refused = [
            Entity::insert(row("another"))
                .exec_without_returning(&db)
                .await
                .is_err(),
            row("longer still").insert(&db).await.is_err(),
            row("known").update(&db).await.is_err(),
            Entity::update_many()
                .col_expr(Column::Failures, Expr::value(2))
                .exec(&db)
                .await
                .is_err(),
            Entity::delete_many().exec(&db).await.is_err(),
        ];
        assert_eq!(refused, [true; 5]);
        let rows = Entity::find().all(&db).await.unwrap();
        assert_eq!((rows.len(), rows[0].failures), (1, 1));
    }

    #[tokio::test]
    async fn writing_by_hand_is_refused() {
        let db = one_row().await;
        for sql in [
            "delete from throttle returning id",
            "update throttle set failures = 2 returning id",
            "insert into throttle values ('x', 'x', 1, 'x') returning id",
            "with gone as (select 1) delete from throttle returning id",
            "explain analyze delete from throttle",
            "drop table throttle",
            "",
        ] {
            let statement = || Statement::from_string(DbBackend::Sqlite, sql);
            assert!(db.execute_unprepared(sql).await.is_err(), "{sql}");
            assert!(db.execute_raw(statement()).await.is_err(), "{sql}");
            assert!(db.query_one_raw(statement()).await.is_err(), "{sql}");
            assert!(db.query_all_raw(statement()).await.is_err(), "{sql}");
        }
        let rows = Entity::find().all(&db).await.unwrap();
        assert_eq!((rows.len(), rows[0].failures), (1, 1));
    }

    #[tokio::test]
    async fn a_transaction_writes() {
        let db = one_row().await;
        let tx = db.begin().await.unwrap();
        row("another").insert(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(Entity::find().count(&db).await.unwrap(), 2);
    }
    #[tokio::test]
    async fn readers_of_sqlite_do_not_wait_for_a_writer_and_a_second_process_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("x.db").display());
        let ours = connect(&url, 2).await.unwrap();
        ours.write.execute_unprepared(TABLE).await.unwrap();
        let db = Reads::new(ours.clone());
        let tx = db.begin().await.unwrap();
        row("another").insert(&tx).await.unwrap();
        assert_eq!(Entity::find().count(&db).await.unwrap(), 0);
        assert!(
            ours.read
                .execute_unprepared("delete from throttle")
                .await
                .is_err()
        );

        let impatient = "pragma busy_timeout = 1";
        let other = open_single(&url).await.unwrap();
        other.execute_unprepared(impatient).await.unwrap();
        let refused = row("other").insert(&other).await.unwrap_err();
        assert!(is_busy(&refused), "{refused:?}");
        tx.commit().await.unwrap();
        row("other").insert(&other).await.unwrap();
        assert_eq!(Entity::find().count(&db).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_sqlite_acknowledges_is_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("x.db").display());
        let db = connect(&url, 1).await.unwrap();
        let question = Statement::from_string(DbBackend::Sqlite, "pragma synchronous");
        let answer = db.write.query_one_raw(question).await.unwrap().unwrap();
        let full: i32 = answer.try_get_by_index(0).unwrap();
        assert_eq!(full, 2);
    }
}
