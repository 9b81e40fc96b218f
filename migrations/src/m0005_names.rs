//! Two tables get the words that everything else uses for what they hold.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Old name and new name.
const RENAMED: [(&str, &str); 2] = [("letter", "email"), ("study_peer", "peer_reviewer")];

async fn rename(manager: &SchemaManager<'_>, from: &str, to: &str) -> Result<(), DbErr> {
    let table = Table::rename()
        .table(Alias::new(from), Alias::new(to))
        .to_owned();
    manager.rename_table(table).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (old, new) in RENAMED {
            rename(manager, old, new).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (old, new) in RENAMED {
            rename(manager, new, old).await?;
        }
        Ok(())
    }
}
