//! The verbs, each on SQLite and on PostgreSQL, each test in a database of its own.

mod accounts;
mod families;
mod responses;
mod studies;
mod support;
