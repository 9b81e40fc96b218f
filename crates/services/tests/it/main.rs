//! The verbs, each on SQLite and on PostgreSQL, each test in a database of its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

mod accounts;
mod acts;
mod audit;
mod database;
mod demo;
mod families;
mod jobs;
mod lab_roles;
mod labs;
mod migrations;
mod participants;
mod plans;
mod responses;
mod studies;
mod support;
mod tidy;
