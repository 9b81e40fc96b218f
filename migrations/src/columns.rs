//! Short forms for columns and tables, shared by the steps. A step that has been released relies on
//! them, so they never change their meaning.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table};

pub fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).uuid().not_null().take()
}
pub fn maybe_uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).uuid().null().take()
}
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .text()
        .not_null()
        .default("")
        .take()
}
pub fn required_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().take()
}
pub fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().null().take()
}
pub fn flag(name: &'static str, default: bool) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .boolean()
        .not_null()
        .default(default)
        .take()
}
pub fn int(name: &'static str, default: i32) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .integer()
        .not_null()
        .default(default)
        .take()
}
pub fn maybe_int(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().null().take()
}
pub fn bigint(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .big_integer()
        .not_null()
        .default(0_i64)
        .take()
}
pub fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .timestamp_with_time_zone()
        .not_null()
        .take()
}
pub fn maybe_time(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .timestamp_with_time_zone()
        .null()
        .take()
}

/// Columns, then foreign keys as (column, table, what happens when the other row goes).
pub fn table(
    name: &'static str,
    columns: Vec<ColumnDef>,
    keys: &[(&'static str, &'static str, ForeignKeyAction)],
) -> TableCreateStatement {
    let mut table = Table::create().table(Alias::new(name)).to_owned();
    table.col(
        ColumnDef::new(Alias::new("id"))
            .uuid()
            .not_null()
            .primary_key()
            .take(),
    );
    for mut column in columns {
        table.col(&mut column);
    }
    for (column, other, action) in keys {
        table.foreign_key(
            ForeignKey::create()
                .name(format!("{name}_{column}_fk"))
                .from(Alias::new(name), Alias::new(*column))
                .to(Alias::new(*other), Alias::new("id"))
                .on_delete(*action),
        );
    }
    table
}

pub fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
    is_unique: bool,
) -> IndexCreateStatement {
    let mut index = Index::create()
        .name(name)
        .table(Alias::new(table))
        .to_owned();
    for column in columns {
        index.col(Alias::new(*column));
    }
    if is_unique {
        index.unique();
    }
    index
}
