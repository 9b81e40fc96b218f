//! HTML and JSON through the router, and what the repository promises about itself.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

mod access;
mod accounts;
mod audit;
mod bodies;
mod families;
mod fuzz;
mod hostile;
mod house;
mod labs;
mod messages;
mod observed;
mod pages;
mod responses;
mod reviews;
mod runs;
mod smtp_sink;
mod studies;
mod support;
