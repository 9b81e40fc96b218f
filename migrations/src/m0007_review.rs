//! What staff saw of a study: the version that they approved last, from which edits that keep the
//! approval are judged, and the one that they sent back. How often a study's webhook secret was
//! renewed, and how long its designs are, so that their sum can be bounded.

use sea_orm_migration::prelude::*;

use crate::columns::{bigint, int, maybe_int};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn study() -> Alias {
    Alias::new("study")
}

fn columns() -> [ColumnDef; 3] {
    [
        maybe_int("reviewed_version"),
        maybe_int("sent_back_version"),
        int("webhook_generation", 0),
    ]
}

/// An approved version that nobody reviewed came about by edits that kept the approval of an
/// earlier one.
const REVIEWED: &str = "update study set reviewed_version = (
    select max(study_version.number) from study_version
    where study_version.study_id = study.id
        and study_version.number <= study.approved_version
        and not study_version.keeps_approval)
    where approved_version is not null";

const SIZES: &str = "update study_design set size_bytes = length(content)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in columns() {
            let add = Table::alter()
                .table(study())
                .add_column(&mut column)
                .to_owned();
            manager.alter_table(add).await?;
        }
        let sized = Table::alter()
            .table(Alias::new("study_design"))
            .add_column(bigint("size_bytes"))
            .to_owned();
        manager.alter_table(sized).await?;
        let db = manager.get_connection();
        db.execute_unprepared(REVIEWED).await?;
        db.execute_unprepared(SIZES).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sized = Table::alter()
            .table(Alias::new("study_design"))
            .drop_column(Alias::new("size_bytes"))
            .to_owned();
        manager.alter_table(sized).await?;
        for column in [
            "reviewed_version",
            "sent_back_version",
            "webhook_generation",
        ] {
            let drop = Table::alter()
                .table(study())
                .drop_column(Alias::new(column))
                .to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
