//! The verbs of the house: each public function is one thing that a person or a job can do.
//!
//! Every verb takes the context, who is asking, and its input, checks the right in its first lines,
//! and holds its own transaction. Nothing here knows HTTP or HTML.

pub mod accounts;
pub mod actor;
pub mod audit;
pub mod context;
pub mod database;
pub mod demo;
pub mod error;
pub mod families;
pub mod jobs;
pub mod labs;
pub mod links;
pub mod messages;
pub mod paging;
pub mod participants;
pub mod permissions;
mod pictures;
pub mod responses;
pub mod studies;

pub use actor::{Actor, Person, Run, Via};
pub use context::{Context, Site};
pub use error::{Error, Noun};
