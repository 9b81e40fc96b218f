//! HTML, JSON and the house's own rules, through the router.

mod house;
mod pages;
mod runs;
mod support;
