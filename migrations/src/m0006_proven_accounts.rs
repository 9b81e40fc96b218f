//! No account exists before its address is proven: sign-ups wait in a table of their own. Emails
//! remember the state to which their link is bound, from the moment at which they were written.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, Table};

use crate::columns::{index, maybe_text, maybe_time, required_text, table, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What told proven accounts from others, and the address of an account that was made with one
/// which had an account already.
fn old_columns() -> [ColumnDef; 2] {
    [text("claimed_email"), maybe_time("email_confirmed_at")]
}

/// Which accounts nobody has proven.
const UNPROVEN: &str = "email_confirmed_at is null";

/// An account that nobody has proven may be anybody's. Whoever reads its mailbox comes in by
/// asking for a new password; nothing that was set up before helps anybody to get in. Doubles
/// belong to no mailbox, and are closed.
async fn close_unproven(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    for name in ["session", "api_token", "totp", "passkey", "recovery_code"] {
        let of_unproven = format!("account_id in (select id from account where {UNPROVEN})");
        db.execute_unprepared(&format!("delete from {name} where {of_unproven}"))
            .await?;
    }
    for sql in [
        format!(
            "update account set password_hash = '', has_second_factor = false where {UNPROVEN}"
        ),
        "update account set is_active = false where claimed_email <> ''".to_owned(),
        // Nothing can be confirmed any more.
        "update email set state = 'withheld', ended_at = created_at where state = 'waiting' and \
         content like '%\"confirm_address\"%'"
            .to_owned(),
    ] {
        db.execute_unprepared(&sql).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        close_unproven(manager).await?;
        for column in old_columns() {
            let name = Alias::new(column.get_column_name());
            let drop = Table::alter()
                .table(Alias::new("account"))
                .drop_column(name)
                .to_owned();
            manager.alter_table(drop).await?;
        }
        let pending = vec![
            required_text("sealed"),
            time("created_at"),
            time("expires_at"),
        ];
        manager
            .create_table(table("pending_account", pending, &[]))
            .await?;
        let stamp = Table::alter()
            .table(Alias::new("email"))
            .add_column(maybe_text("link_stamp"))
            .to_owned();
        manager.alter_table(stamp).await?;
        let of_mailbox = index("email_mailbox", "email", &["email", "created_at"], false);
        manager.create_index(of_mailbox).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_mailbox = Index::drop()
            .name("email_mailbox")
            .table(Alias::new("email"))
            .to_owned();
        manager.drop_index(of_mailbox).await?;
        let stamp = Table::alter()
            .table(Alias::new("email"))
            .drop_column(Alias::new("link_stamp"))
            .to_owned();
        manager.alter_table(stamp).await?;
        let pending = Table::drop()
            .table(Alias::new("pending_account"))
            .to_owned();
        manager.drop_table(pending).await?;
        for mut column in old_columns() {
            let add = Table::alter()
                .table(Alias::new("account"))
                .add_column(&mut column)
                .to_owned();
            manager.alter_table(add).await?;
        }
        // Every account that there is was proven.
        let proven = "update account set email_confirmed_at = created_at";
        manager
            .get_connection()
            .execute_unprepared(proven)
            .await
            .map(drop)
    }
}
