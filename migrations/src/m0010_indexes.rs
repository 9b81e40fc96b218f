//! Indexes in the order in which a study's responses and the families are listed: a page reads its
//! own rows and no others, however many there are.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table and columns.
type Listed = (&'static str, &'static str, &'static [&'static str]);

const ADDED: [Listed; 4] = [
    (
        "response_listed",
        "response",
        &["study_id", "is_preview", "created_at", "id"],
    ),
    (
        "response_listed_completed",
        "response",
        &["study_id", "is_preview", "is_completed", "created_at", "id"],
    ),
    (
        "response_listed_frames",
        "response",
        &["study_id", "is_preview", "frame_count", "id"],
    ),
    ("account_seen", "account", &["signed_in_at", "id"]),
];

/// What a newer one does as well.
const REPLACED: [Listed; 2] = [
    (
        "response_study",
        "response",
        &["study_id", "created_at", "id"],
    ),
    (
        "response_study_completed",
        "response",
        &["study_id", "is_completed", "created_at"],
    ),
];

async fn create(manager: &SchemaManager<'_>, all: &[Listed]) -> Result<(), DbErr> {
    for (name, table, columns) in all {
        manager
            .create_index(index(name, table, columns, false))
            .await?;
    }
    Ok(())
}

async fn drop(manager: &SchemaManager<'_>, all: &[Listed]) -> Result<(), DbErr> {
    for (name, table, _) in all {
        let index = Index::drop()
            .name(*name)
            .table(Alias::new(*table))
            .to_owned();
        manager.drop_index(index).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, &ADDED).await?;
        drop(manager, &REPLACED).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, &REPLACED).await?;
        drop(manager, &ADDED).await
    }
}
