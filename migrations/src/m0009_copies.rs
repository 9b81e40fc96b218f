//! A copy of one's data is taken at once, so nobody's wish for one waits any longer.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ForeignKeyAction, Table};

use crate::columns::{index, maybe_time, required_text, table, time, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let wishes = Table::drop().table(Alias::new("export_request")).to_owned();
        manager.drop_table(wishes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            uuid("account_id"),
            required_text("state"),
            time("created_at"),
            maybe_time("ended_at"),
        ];
        let owner = [("account_id", "account", ForeignKeyAction::Cascade)];
        let wishes = table("export_request", columns, &owner);
        manager.create_table(wishes).await?;
        let by_owner = index(
            "export_request_account",
            "export_request",
            &["account_id"],
            false,
        );
        manager.create_index(by_owner).await
    }
}
