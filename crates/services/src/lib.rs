//! The verbs: each public function is one thing that a person or a job can do.
//!
//! Every verb takes the context, who is asking, and its input. One that reads asks [`permissions`]
//! in its first lines; one that writes is built on an `Act`, the guard in `act.rs`. Nothing here
//! knows HTTP or HTML.

pub mod accounts;
mod act;
pub mod actor;
mod ads;
pub mod audit;
mod busy;
mod cache;
pub mod context;
pub mod database;
pub mod demo;
pub mod error;
pub mod families;
mod inspections;
pub mod jobs;
pub mod labs;
pub mod links;
pub mod messages;
pub mod paging;
pub mod participants;
mod people;
pub mod permissions;
mod pictures;
mod pools;
pub mod rates;
pub mod responses;
pub mod studies;
mod throttle;
mod tidy;

pub use actor::{Actor, Credential, Person, Run};
pub use context::{Context, Parts, Site};
pub use error::{Error, Noun};
pub use tidy::tidy;
