//! Versions of studies, drafts, comments, peer reviewers, and counts of responses.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, ForeignKeyAction, Table};

use crate::columns::{
    flag, index, int, maybe_int, maybe_time, maybe_uuid, required_text, table, text, time, uuid,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        // Versions are numbered from 1; 0 is a study of before, which gets its first one when it is
        // next saved or run.
        ("study", int("version", 0)),
        ("study", maybe_int("submitted_version")),
        ("study", maybe_int("approved_version")),
        ("response", maybe_int("study_version")),
        // A child that stands in for one in previews. It belongs to whoever previews, and to no
        // family's list.
        ("child", flag("is_made_up", false)),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, SetNull};
    vec![
        table(
            "study_version",
            vec![
                uuid("study_id"),
                int("number", 1),
                maybe_uuid("account_id"),
                required_text("content"),
                text("edits"),
                text("note"),
                maybe_int("restored_from"),
                flag("keeps_approval", false),
                time("created_at"),
            ],
            &[
                ("study_id", "study", Cascade),
                ("account_id", "account", SetNull),
            ],
        ),
        table(
            "study_draft",
            vec![
                uuid("study_id"),
                uuid("account_id"),
                required_text("part"),
                int("base_version", 0),
                required_text("content"),
                time("updated_at"),
            ],
            &[
                ("study_id", "study", Cascade),
                ("account_id", "account", Cascade),
            ],
        ),
        table(
            "study_comment",
            vec![
                uuid("study_id"),
                maybe_uuid("account_id"),
                int("version", 0),
                required_text("section"),
                required_text("body"),
                time("created_at"),
                maybe_time("resolved_at"),
            ],
            &[
                ("study_id", "study", Cascade),
                ("account_id", "account", SetNull),
            ],
        ),
        table(
            "study_peer",
            vec![uuid("study_id"), uuid("account_id"), time("created_at")],
            &[
                ("study_id", "study", Cascade),
                ("account_id", "account", Cascade),
            ],
        ),
        // Counted as responses come in, so that a list of studies costs the same however many there
        // are.
        table(
            "study_count",
            vec![
                uuid("study_id"),
                int("responses", 0),
                int("completed", 0),
                int("consented", 0),
                int("previews", 0),
            ],
            &[("study_id", "study", Cascade)],
        ),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index(
            "study_version_number",
            "study_version",
            &["study_id", "number"],
            true,
        ),
        index(
            "study_draft_owner",
            "study_draft",
            &["study_id", "account_id", "part"],
            true,
        ),
        index(
            "study_comment_study",
            "study_comment",
            &["study_id", "created_at"],
            false,
        ),
        index(
            "study_peer_pair",
            "study_peer",
            &["study_id", "account_id"],
            true,
        ),
        index("study_peer_account", "study_peer", &["account_id"], false),
        index("study_count_study", "study_count", &["study_id"], true),
        index(
            "study_log_time",
            "study_log",
            &["study_id", "created_at"],
            false,
        ),
        index("study_creator", "study", &["creator_id"], false),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, mut column) in columns() {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new(table))
                        .add_column(&mut column)
                        .to_owned(),
                )
                .await?;
        }
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared(
            "insert into study_count (id, study_id, responses, completed, consented, previews) select id, id, \
             (select count(*) from response where response.study_id = study.id and not is_preview), \
             (select count(*) from response where response.study_id = study.id and not is_preview and is_completed), \
             (select count(*) from response where response.study_id = study.id and not is_preview and is_consent_completed), \
             (select count(*) from response where response.study_id = study.id and is_preview) from study",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [("study_log_time", "study_log"), ("study_creator", "study")] {
            manager
                .drop_index(Index::drop().name(name).table(Alias::new(table)).to_owned())
                .await?;
        }
        for name in [
            "study_count",
            "study_peer",
            "study_comment",
            "study_draft",
            "study_version",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(name)).to_owned())
                .await?;
        }
        for (table, column) in columns() {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new(table))
                        .drop_column(Alias::new(column.get_column_name()))
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
