//! The process: configuration, routes, and how it starts and stops.

pub mod cli;
pub mod config;
mod doctor;
pub mod http;
pub mod lifecycle;
pub mod listening;
