//! A study's row becomes narrow: what it holds is kept in its versions, and its designs in a table
//! of their own, which versions share.

mod content;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, ForeignKeyAction, Table};

use self::content::{AGES, OLD, TEXTS, join, split, studies};
use crate::columns::{
    flag, index, int, maybe_int, maybe_uuid, required_text, table, text, time, uuid,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns of `study` that say what a version says as well.
fn old_columns() -> Vec<ColumnDef> {
    let mut columns: Vec<ColumnDef> = TEXTS.iter().map(|(name, _)| text(name)).collect();
    columns.extend(AGES.iter().map(|(name, _)| int(name, 0)));
    columns.extend([
        int("priority", 99),
        text("must_have_participated"),
        text("must_not_have_participated"),
        text("structure"),
        flag("uses_generator", false),
        text("generator"),
        text("metadata"),
        text("comments_extra"),
        flag("is_display_full_screen", true),
        flag("is_built", false),
        flag("is_building", false),
    ]);
    columns
}

fn new_columns() -> Vec<ColumnDef> {
    vec![
        // Name and description in small letters, which the list of researchers is searched for.
        text("search_text"),
        // What the lab declared with its last submission.
        text("declarations"),
    ]
}

fn designs() -> TableCreateStatement {
    table(
        "study_design",
        vec![
            uuid("study_id"),
            required_text("digest"),
            required_text("content"),
        ],
        &[("study_id", "study", ForeignKeyAction::Cascade)],
    )
}

fn versions(content: Vec<ColumnDef>) -> TableCreateStatement {
    use ForeignKeyAction::{Cascade, SetNull};
    let mut columns = vec![uuid("study_id"), int("number", 1), maybe_uuid("account_id")];
    let is_new = content.len() > 1;
    columns.extend(content);
    columns.extend([
        text("edits"),
        text("note"),
        maybe_int("restored_from"),
        flag("keeps_approval", false),
        time("created_at"),
    ]);
    let mut keys = vec![
        ("study_id", "study", Cascade),
        ("account_id", "account", SetNull),
    ];
    if is_new {
        keys.push(("design_id", "study_design", Cascade));
    }
    table("study_version", columns, &keys)
}

fn new_versions() -> TableCreateStatement {
    versions(vec![
        required_text("ad"),
        required_text("settings"),
        uuid("design_id"),
    ])
}

fn old_versions() -> TableCreateStatement {
    versions(vec![required_text("content")])
}

fn versions_index() -> IndexCreateStatement {
    let columns = ["study_id", "number"];
    index("study_version_number", "study_version", &columns, true)
}

fn designs_index() -> IndexCreateStatement {
    let columns = ["study_id", "digest"];
    index("study_design_digest", "study_design", &columns, true)
}

async fn add_columns(manager: &SchemaManager<'_>, columns: Vec<ColumnDef>) -> Result<(), DbErr> {
    for mut column in columns {
        let mut alter = Table::alter();
        alter.table("study").add_column(&mut column);
        manager.alter_table(alter).await?;
    }
    Ok(())
}

async fn drop_columns(manager: &SchemaManager<'_>, columns: Vec<ColumnDef>) -> Result<(), DbErr> {
    for column in columns {
        let mut alter = Table::alter();
        alter
            .table("study")
            .drop_column(Alias::new(column.get_column_name()));
        manager.alter_table(alter).await?;
    }
    Ok(())
}

async fn rename(
    manager: &SchemaManager<'_>,
    table: &'static str,
    from: &'static str,
    to: &'static str,
) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter.table(table).rename_column(from, to);
    manager.alter_table(alter).await
}

/// Puts the versions aside, so that a table of the same name can be made.
async fn put_aside(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let index = Index::drop()
        .name("study_version_number")
        .table("study_version")
        .to_owned();
    manager.drop_index(index).await?;
    let rename = Table::rename().table("study_version", OLD).to_owned();
    manager.rename_table(rename).await
}

async fn drop_table(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    manager
        .drop_table(Table::drop().table(table).to_owned())
        .await
}

/// Columns that bear the standard term from now on: table, before, after.
const RENAMED: &[(&str, &str, &str)] = &[
    ("study", "comments", "comment"),
    ("lab", "is_approved_to_test", "is_approved"),
    (
        "lab",
        "principal_investigator_name",
        "principal_investigator",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (table, before, after) in RENAMED {
            rename(manager, table, before, after).await?;
        }
        add_columns(manager, new_columns()).await?;
        put_aside(manager).await?;
        manager.create_table(designs()).await?;
        manager.create_index(designs_index()).await?;
        manager.create_table(new_versions()).await?;
        for id in studies(db).await? {
            split(db, id).await?;
        }
        manager.create_index(versions_index()).await?;
        drop_table(manager, OLD).await?;
        drop_columns(manager, old_columns()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        add_columns(manager, old_columns()).await?;
        put_aside(manager).await?;
        manager.create_table(old_versions()).await?;
        for id in studies(db).await? {
            join(db, id).await?;
        }
        manager.create_index(versions_index()).await?;
        drop_table(manager, OLD).await?;
        drop_table(manager, "study_design").await?;
        drop_columns(manager, new_columns()).await?;
        for (table, before, after) in RENAMED {
            rename(manager, table, after, before).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
