//! The tables: one file each. Rows are dumb; what turns a row into a value of the domain is here
//! too, so that a corrupt row is an error that names its table.

#[macro_use]
mod relations;

pub mod account;
pub mod api_token;
pub mod audit_entry;
pub mod audit_head;
pub mod child;
pub mod convert;
pub mod dead_job;
pub mod demographic_snapshot;
pub mod email;
pub mod email_change;
pub mod lab;
pub mod lab_invitation;
pub mod lab_join_request;
pub mod lab_member;
pub mod passkey;
pub mod passkey_challenge;
pub mod peer_reviewer;
pub mod pending_account;
pub mod recovery_code;
pub mod response;
pub mod response_frame;
pub mod run_session;
pub mod session;
pub mod study;
pub mod study_comment;
pub mod study_count;
pub mod study_design;
pub mod study_draft;
pub mod study_log;
pub mod study_member;
pub mod study_version;
pub mod throttle;
pub mod totp;

pub use convert::Corrupt;
