//! The rules of the site: values, states, permissions and validation.
//!
//! Nothing here reads a clock, draws a number, asks a database or knows HTTP; what a rule needs
//! comes in as a parameter. The crate compiles for the browser, where the player uses the same
//! types. Facts that rules rely on are written down in `docs/reference/`, words in
//! `docs/GLOSSARY.md`.
#![warn(missing_docs)]

pub mod accounts;
pub mod audit;
pub mod error;
pub mod families;
pub mod id;
pub mod labs;
pub mod messages;
pub mod permissions;
pub mod responses;
pub mod studies;
pub mod text;

pub use error::{Violation, Violations};
