//! HTML, JSON and the house's own rules, through the router.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

mod access;
mod house;
mod letters;
mod lives;
mod pages;
mod people;
mod runs;
mod support;
