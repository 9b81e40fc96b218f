//! Two tables get the words that everything else uses for what they hold, and stored emails say
//! which email they are under the same word.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Old name and new name.
const RENAMED: [(&str, &str); 2] = [("letter", "email"), ("study_peer", "peer_reviewer")];

/// The member that says which email it is. Inside the texts of an email quotes are escaped, so
/// nothing else looks like it.
async fn rename_member(manager: &SchemaManager<'_>, from: &str, to: &str) -> Result<(), DbErr> {
    let sql = format!("update email set content = replace(content, '\"{from}\":', '\"{to}\":')");
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

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
        rename_member(manager, "letter", "email").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rename_member(manager, "email", "letter").await?;
        for (old, new) in RENAMED {
            rename(manager, new, old).await?;
        }
        Ok(())
    }
}
