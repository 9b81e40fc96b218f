//! What a response holds is bounded and known without reading it; what identifies a child goes out
//! of it; what a study may load and know is declared.

mod stored;

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, Table};

use crate::columns::{bigint, index, int, maybe_text, required_text, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Table and column.
fn new_columns() -> Vec<(&'static str, ColumnDef)> {
    let ruling = required_text("consent_ruling").default("pending").take();
    vec![
        ("response", bigint("byte_count")),
        ("response", bigint("burst_used")),
        ("response", int("age_rounded", 0)),
        ("response", text("consent_frames")),
        ("response", ruling),
        ("response", text("hosts")),
        ("run_session", maybe_text("append_digest")),
    ]
}

/// Name, table and columns.
const INDEXES: [(&str, &str, &[&str]); 3] = [
    ("run_session_ended", "run_session", &["expires_at"]),
    (
        "response_ruling",
        "response",
        &["study_id", "consent_ruling", "is_preview", "account_id"],
    ),
    // Whether somebody has read something today.
    ("audit_entry_actor_day", "audit_entry", &["actor_id", "at"]),
];

/// Sets what can be told of responses that are there already.
fn backfill(backend: DbBackend) -> [String; 2] {
    let days = if backend == DbBackend::Postgres {
        "(response.created_at at time zone 'UTC')::date - child.birthday"
    } else {
        "cast(julianday(date(response.created_at)) - julianday(child.birthday) as integer)"
    };
    let step = format!("(case when {days} <= 360 then 10 else 30 end)");
    // Halves are rounded to the even multiple, as `docs/reference/downloads.md` has it.
    let rounded = format!(
        "(({days}) / {step} + case when 2 * (({days}) % {step}) > {step} or \
         (2 * (({days}) % {step}) = {step} and (({days}) / {step}) % 2 = 1) \
         then 1 else 0 end) * {step}"
    );
    [
        "update response set byte_count = coalesce((select sum(length(data)) from response_frame \
         where response_frame.response_id = response.id), 0)"
            .to_owned(),
        format!(
            "update response set age_rounded = coalesce((select {rounded} from child \
             where child.id = response.child_id), 0)"
        ),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, mut column) in new_columns() {
            let mut alter = Table::alter();
            alter.table(table).add_column(&mut column);
            manager.alter_table(alter).await?;
        }
        for (name, table, columns) in INDEXES {
            manager
                .create_index(index(name, table, columns, false))
                .await?;
        }
        let db = manager.get_connection();
        for sql in backfill(manager.get_database_backend()) {
            db.execute_unprepared(&sql).await?;
        }
        stored::hide_birthdays(db).await?;
        stored::name_hosts(db).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, _) in INDEXES {
            let index = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(index).await?;
        }
        for (table, column) in new_columns() {
            let mut alter = Table::alter();
            alter
                .table(table)
                .drop_column(Alias::new(column.get_column_name()));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
