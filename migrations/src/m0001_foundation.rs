//! People, children, labs, studies, responses.
//!
//! Keys are UUIDs, times are UTC with microseconds, JSON that people wrote is text so that its
//! members keep their order.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, ForeignKeyAction, Table};

use crate::columns::{
    bigint, flag, index, int, maybe_int, maybe_text, maybe_time, maybe_uuid, required_text, table,
    text, time, uuid,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[expect(
    clippy::too_many_lines,
    reason = "the tables of the first step, one after the other"
)]
fn tables() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, Restrict, SetNull};
    vec![
        table(
            "account",
            vec![
                required_text("email"),
                required_text("password_hash"),
                text("given_name"),
                text("middle_name"),
                text("family_name"),
                text("nickname"),
                text("time_zone"),
                text("locale"),
                flag("is_active", true),
                flag("is_staff", false),
                flag("is_researcher", false),
                flag("is_spam", false),
                flag("is_demo", false),
                flag("email_next_session", true),
                flag("email_new_studies", true),
                flag("email_study_updates", true),
                flag("email_response_questions", true),
                text("admin_comments"),
                text("former_lookit_id"),
                time("created_at"),
                maybe_time("signed_in_at"),
            ],
            &[],
        ),
        table(
            "session",
            vec![
                uuid("account_id"),
                required_text("token_digest"),
                text("user_agent"),
                text("address"),
                time("created_at"),
                time("expires_at"),
                maybe_time("second_factor_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "throttle",
            vec![
                required_text("subject"),
                int("failures", 0),
                time("window_started_at"),
            ],
            &[],
        ),
        table(
            "child",
            vec![
                uuid("account_id"),
                required_text("given_name"),
                ColumnDef::new(Alias::new("birthday"))
                    .date()
                    .not_null()
                    .take(),
                required_text("gender"),
                text("gender_self_describe"),
                maybe_int("gestational_age"),
                bigint("languages"),
                bigint("conditions"),
                text("additional_information"),
                text("former_lookit_profile_id"),
                time("created_at"),
                time("updated_at"),
                maybe_time("deleted_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "demographic_snapshot",
            vec![
                uuid("account_id"),
                maybe_uuid("previous_id"),
                required_text("answers"),
                text("extra"),
                time("created_at"),
            ],
            &[("account_id", "account", Cascade)],
        ),
        table(
            "lab",
            vec![
                required_text("name"),
                maybe_text("slug"),
                text("institution"),
                text("principal_investigator_name"),
                required_text("contact_email"),
                text("contact_phone"),
                text("website"),
                text("description"),
                text("irb_contact_info"),
                flag("is_approved_to_test", false),
                text("banner"),
                text("badge"),
                time("created_at"),
            ],
            &[],
        ),
        table(
            "lab_member",
            vec![
                uuid("lab_id"),
                uuid("account_id"),
                required_text("role"),
                time("created_at"),
            ],
            &[
                ("lab_id", "lab", Cascade),
                ("account_id", "account", Cascade),
            ],
        ),
        table(
            "study",
            vec![
                uuid("lab_id"),
                maybe_uuid("creator_id"),
                uuid("salt"),
                int("hash_digits", 6),
                required_text("name"),
                text("preview_summary"),
                text("short_description"),
                text("purpose"),
                text("criteria"),
                text("duration"),
                text("contact_info"),
                text("compensation_description"),
                text("image"),
                text("image_alt"),
                text("exit_url"),
                int("min_age_years", 0),
                int("min_age_months", 0),
                int("min_age_days", 0),
                int("max_age_years", 0),
                int("max_age_months", 0),
                int("max_age_days", 0),
                text("criteria_expression"),
                text("must_have_participated"),
                text("must_not_have_participated"),
                int("priority", 99),
                required_text("kind"),
                required_text("state"),
                flag("is_public", false),
                flag("has_shared_preview", false),
                flag("is_display_full_screen", true),
                text("structure"),
                flag("uses_generator", false),
                text("generator"),
                text("metadata"),
                text("comments"),
                text("comments_extra"),
                flag("is_built", false),
                flag("is_building", false),
                time("created_at"),
                time("updated_at"),
                maybe_time("state_changed_at"),
            ],
            &[
                ("lab_id", "lab", Restrict),
                ("creator_id", "account", SetNull),
            ],
        ),
        table(
            "study_log",
            vec![
                uuid("study_id"),
                maybe_uuid("account_id"),
                required_text("action"),
                text("extra"),
                time("created_at"),
            ],
            &[
                ("study_id", "study", Cascade),
                ("account_id", "account", SetNull),
            ],
        ),
        table(
            "response",
            vec![
                uuid("study_id"),
                uuid("child_id"),
                uuid("account_id"),
                required_text("study_kind"),
                maybe_uuid("demographic_snapshot_id"),
                flag("is_completed", false),
                flag("is_consent_completed", false),
                flag("is_survey_consent", false),
                flag("is_preview", false),
                maybe_text("recording_method"),
                maybe_text("conditions"),
                bigint("seed"),
                text("eligibility"),
                int("frame_count", 0),
                int("entry_count", 0),
                text("researcher_payment_status"),
                text("researcher_session_status"),
                flag("researcher_is_starred", false),
                time("created_at"),
                time("updated_at"),
                maybe_time("ended_at"),
            ],
            &[
                ("study_id", "study", Restrict),
                ("child_id", "child", Restrict),
                ("account_id", "account", Restrict),
                ("demographic_snapshot_id", "demographic_snapshot", SetNull),
            ],
        ),
        table(
            "response_frame",
            vec![
                uuid("response_id"),
                uuid("entry_id"),
                int("number", 0),
                required_text("kind"),
                text("frame_id"),
                maybe_int("position"),
                maybe_int("next_position"),
                required_text("data"),
                flag("is_completing", false),
                flag("is_consenting", false),
                time("received_at"),
            ],
            &[("response_id", "response", Cascade)],
        ),
        table(
            "run_session",
            vec![
                maybe_uuid("response_id"),
                maybe_uuid("preview_study_id"),
                required_text("ticket_digest"),
                maybe_text("token_digest"),
                time("created_at"),
                time("ticket_expires_at"),
                time("expires_at"),
            ],
            &[
                ("response_id", "response", Cascade),
                ("preview_study_id", "study", Cascade),
            ],
        ),
    ]
}

#[expect(
    clippy::too_many_lines,
    reason = "a list of indexes, one after the other"
)]
fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("account_email", "account", &["email"], true),
        index("session_token_digest", "session", &["token_digest"], true),
        index("session_account", "session", &["account_id"], false),
        index("throttle_subject", "throttle", &["subject"], true),
        index("child_account", "child", &["account_id"], false),
        index(
            "demographic_snapshot_account",
            "demographic_snapshot",
            &["account_id", "created_at"],
            false,
        ),
        index("lab_name", "lab", &["name"], true),
        index("lab_slug", "lab", &["slug"], true),
        index("lab_contact_email", "lab", &["contact_email"], true),
        index(
            "lab_member_pair",
            "lab_member",
            &["lab_id", "account_id"],
            true,
        ),
        index("lab_member_account", "lab_member", &["account_id"], false),
        index("study_salt", "study", &["salt"], true),
        index("study_lab", "study", &["lab_id"], false),
        index("study_listed", "study", &["state", "is_public"], false),
        index(
            "study_log_study",
            "study_log",
            &["study_id", "action"],
            false,
        ),
        index(
            "response_study",
            "response",
            &["study_id", "created_at", "id"],
            false,
        ),
        index(
            "response_study_completed",
            "response",
            &["study_id", "is_completed", "created_at"],
            false,
        ),
        index(
            "response_child_study",
            "response",
            &["child_id", "study_id", "created_at"],
            false,
        ),
        index(
            "response_account",
            "response",
            &["account_id", "created_at"],
            false,
        ),
        index(
            "response_frame_entry",
            "response_frame",
            &["response_id", "entry_id"],
            true,
        ),
        index(
            "response_frame_number",
            "response_frame",
            &["response_id", "number"],
            false,
        ),
        index(
            "run_session_ticket",
            "run_session",
            &["ticket_digest"],
            true,
        ),
        index("run_session_token", "run_session", &["token_digest"], true),
        index(
            "run_session_response",
            "run_session",
            &["response_id"],
            false,
        ),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [
            "run_session",
            "response_frame",
            "response",
            "study_log",
            "study",
            "lab_member",
            "lab",
            "demographic_snapshot",
            "child",
            "throttle",
            "session",
            "account",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(name)).to_owned())
                .await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        // SQLite would run without one by default, and a failed step must leave nothing half done.
        Some(true)
    }
}
