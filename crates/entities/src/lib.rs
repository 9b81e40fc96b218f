//! The tables: one file each. Rows are dumb; what turns a row into a value of the domain is here too, so that a corrupt
//! row is an error that names its table.

pub mod account;
pub mod child;
pub mod convert;
pub mod demographic_snapshot;
pub mod lab;
pub mod lab_member;
pub mod response;
pub mod response_frame;
pub mod run_session;
pub mod session;
pub mod study;
pub mod study_log;
pub mod throttle;

pub use convert::Corrupt;
