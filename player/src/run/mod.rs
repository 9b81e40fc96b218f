//! Playing a run: where it is, the frame on the screen, and entries on their way to the server.
//! `state` and `data` decide without a browser.

pub mod client;
pub mod data;
pub mod delivery;
pub mod generator;
mod layout;
pub mod leftovers;
pub mod player;
pub mod state;
pub mod store;
pub mod tab;
