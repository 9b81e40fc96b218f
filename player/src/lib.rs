//! The runner: plays a protocol in front of a child.
//!
//! `session` and `data` are pure and tested natively; `outbox` keeps every entry on the computer until the server has it;
//! `player` and `frames` draw. Plain DOM calls instead of a framework: a frame is built once, its timing is ours, and the
//! archive stays small (`docs/decisions/0002-player-without-framework.md`).

mod data;
mod dialog;
mod dom;
mod frames;
#[cfg(test)]
mod golden;
mod outbox;
mod player;
mod server;
mod session;
mod store;
mod text;

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the browser when the module is ready.
#[wasm_bindgen(start)]
pub fn start() {
    wasm_bindgen_futures::spawn_local(player::open());
}
