//! Second factors, emails, roles in studies, joining labs, personal tokens, the audit.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, ForeignKeyAction, Table};

use crate::columns::{
    bigint, flag, index, int, maybe_text, maybe_time, maybe_uuid, required_text, table, text, time,
    uuid,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn account_columns() -> Vec<ColumnDef> {
    vec![
        flag("is_superuser", false),
        flag("has_second_factor", false),
        // An account of somebody who signed up again with an address that has one: the address as
        // it was typed.
        text("claimed_email"),
        maybe_time("email_confirmed_at"),
        maybe_time("deletion_due_at"),
        maybe_time("deleted_at"),
    ]
}

#[expect(
    clippy::too_many_lines,
    reason = "a list of tables, one after the other"
)]
fn tables() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, SetNull};
    vec![
        // The secret is sealed: a copy of the database alone makes no codes.
        table(
            "totp",
            vec![
                uuid("account_id"),
                required_text("sealed_secret"),
                bigint("last_step"),
                time("created_at"),
                maybe_time("activated_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "recovery_code",
            vec![
                uuid("account_id"),
                required_text("code_digest"),
                time("created_at"),
                maybe_time("used_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "passkey",
            vec![
                uuid("account_id"),
                required_text("name"),
                required_text("credential_id"),
                required_text("credential"),
                time("created_at"),
                maybe_time("used_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "passkey_challenge",
            vec![
                uuid("account_id"),
                uuid("session_id"),
                required_text("kind"),
                required_text("state"),
                time("expires_at"),
            ],
            &[
                ("account_id", "account", Cascade),
                ("session_id", "session", Cascade),
            ],
        ),
        table(
            "email_change",
            vec![
                uuid("account_id"),
                required_text("new_email"),
                time("created_at"),
                time("expires_at"),
                maybe_time("old_agreed_at"),
                maybe_time("new_confirmed_at"),
                maybe_time("ended_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "api_token",
            vec![
                uuid("account_id"),
                required_text("name"),
                required_text("token_digest"),
                required_text("scopes"),
                time("created_at"),
                time("expires_at"),
                maybe_time("last_used_at"),
                maybe_time("revoked_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "export_request",
            vec![
                uuid("account_id"),
                required_text("state"),
                time("created_at"),
                maybe_time("ended_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "lab_join_request",
            vec![uuid("lab_id"), uuid("account_id"), time("created_at")],
            &[
                ("lab_id", "lab", Cascade),
                ("account_id", "account", Cascade),
            ],
        ),
        table(
            "lab_invitation",
            vec![
                uuid("lab_id"),
                required_text("email"),
                required_text("role"),
                maybe_uuid("invited_by"),
                time("created_at"),
                time("expires_at"),
                maybe_time("ended_at"),
            ],
            &[
                ("lab_id", "lab", Cascade),
                ("invited_by", "account", SetNull),
            ],
        ),
        table(
            "study_member",
            vec![
                uuid("study_id"),
                uuid("account_id"),
                required_text("role"),
                time("created_at"),
            ],
            &[
                ("study_id", "study", Cascade),
                ("account_id", "account", Cascade),
            ],
        ),
        // No foreign keys: an entry outlives what it tells of.
        table(
            "audit_entry",
            vec![
                bigint("number"),
                time("at"),
                maybe_uuid("actor_id"),
                required_text("action"),
                maybe_uuid("account_id"),
                maybe_uuid("lab_id"),
                maybe_uuid("study_id"),
                text("detail"),
                text("address"),
                required_text("previous_hash"),
                required_text("hash"),
            ],
            &[],
        ),
        // One row: the end of the chain. Who appends locks it, so that entries come one after the
        // other.
        table(
            "audit_head",
            vec![bigint("number"), required_text("hash")],
            &[],
        ),
        table(
            "letter",
            vec![
                maybe_uuid("account_id"),
                required_text("email"),
                maybe_uuid("link_target"),
                required_text("content"),
                required_text("state"),
                text("failure"),
                time("created_at"),
                maybe_time("ended_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        // Jobs that were given up, with what they were asked to do.
        table(
            "dead_job",
            vec![
                required_text("queue"),
                required_text("name"),
                required_text("payload"),
                int("attempts", 0),
                required_text("reason"),
                maybe_text("request_id"),
                time("failed_at"),
            ],
            &[],
        ),
    ]
}

#[expect(
    clippy::too_many_lines,
    reason = "a list of indexes, one after the other"
)]
fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("totp_account", "totp", &["account_id"], true),
        index(
            "recovery_code_account",
            "recovery_code",
            &["account_id"],
            false,
        ),
        index("passkey_account", "passkey", &["account_id"], false),
        index("passkey_credential", "passkey", &["credential_id"], true),
        index(
            "passkey_challenge_session",
            "passkey_challenge",
            &["session_id", "kind"],
            true,
        ),
        index(
            "email_change_account",
            "email_change",
            &["account_id"],
            false,
        ),
        index("api_token_digest", "api_token", &["token_digest"], true),
        index("api_token_account", "api_token", &["account_id"], false),
        index(
            "export_request_account",
            "export_request",
            &["account_id"],
            false,
        ),
        index(
            "lab_join_request_pair",
            "lab_join_request",
            &["lab_id", "account_id"],
            true,
        ),
        index(
            "lab_join_request_account",
            "lab_join_request",
            &["account_id"],
            false,
        ),
        index("lab_invitation_lab", "lab_invitation", &["lab_id"], false),
        index(
            "study_member_pair",
            "study_member",
            &["study_id", "account_id"],
            true,
        ),
        index(
            "study_member_account",
            "study_member",
            &["account_id"],
            false,
        ),
        index("audit_entry_number", "audit_entry", &["number"], true),
        index(
            "audit_entry_study",
            "audit_entry",
            &["study_id", "number"],
            false,
        ),
        index(
            "audit_entry_account",
            "audit_entry",
            &["account_id", "number"],
            false,
        ),
        index(
            "audit_entry_actor",
            "audit_entry",
            &["actor_id", "number"],
            false,
        ),
        // Families that took part in a study with consent, without looking at every response.
        index(
            "response_consented",
            "response",
            &[
                "study_id",
                "is_consent_completed",
                "is_preview",
                "account_id",
            ],
            false,
        ),
        index(
            "letter_account",
            "letter",
            &["account_id", "created_at"],
            false,
        ),
    ]
}

/// An entry of the audit can be neither changed nor removed.
fn guards(is_postgres: bool) -> Vec<&'static str> {
    if is_postgres {
        vec![
            "create function audit_entry_refuse() returns trigger language plpgsql as $$ begin raise exception 'audit_entry is append-only'; end $$",
            "create trigger audit_entry_guard before update or delete or truncate on audit_entry for each statement execute function audit_entry_refuse()",
        ]
    } else {
        vec![
            "create trigger audit_entry_no_update before update on audit_entry begin select raise(abort, 'audit_entry is append-only'); end",
            "create trigger audit_entry_no_delete before delete on audit_entry begin select raise(abort, 'audit_entry is append-only'); end",
        ]
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in account_columns() {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new("account"))
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
        for guard in guards(manager.get_database_backend() == sea_orm::DbBackend::Postgres) {
            db.execute_unprepared(guard).await?;
        }
        let zeros = "0".repeat(64);
        // Keys are 16 bytes on SQLite and a UUID on PostgreSQL.
        let key = if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
            "'00000000-0000-0000-0000-000000000001'"
        } else {
            "x'00000000000000000000000000000001'"
        };
        db.execute_unprepared(&format!(
            "insert into audit_head (id, number, hash) values ({key}, 0, '{zeros}')"
        ))
        .await?;
        // Accounts that were made before could not confirm their addresses.
        db.execute_unprepared("update account set email_confirmed_at = created_at")
            .await?;
        // Who made a study looks after it.
        db.execute_unprepared("insert into study_member (id, study_id, account_id, role, created_at) select id, id, creator_id, 'admin', created_at from study where creator_id is not null").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("response_consented")
                    .table(Alias::new("response"))
                    .to_owned(),
            )
            .await?;
        for name in [
            "dead_job",
            "letter",
            "audit_head",
            "audit_entry",
            "study_member",
            "lab_invitation",
            "lab_join_request",
            "export_request",
            "api_token",
            "email_change",
            "passkey_challenge",
            "passkey",
            "recovery_code",
            "totp",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(name)).to_owned())
                .await?;
        }
        if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
            manager
                .get_connection()
                .execute_unprepared("drop function audit_entry_refuse()")
                .await?;
        }
        for name in [
            "is_superuser",
            "has_second_factor",
            "claimed_email",
            "email_confirmed_at",
            "deletion_due_at",
            "deleted_at",
        ] {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new("account"))
                        .drop_column(Alias::new(name))
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
