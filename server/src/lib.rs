//! The process: configuration, routes, and how it starts and stops.

pub mod cli;
pub mod config;
mod editor;
mod hooks;
pub mod lifecycle;
mod middleware;
pub mod router;
mod runs;
