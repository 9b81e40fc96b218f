//! The runner: plays a protocol in front of a child.
//!
//! `session` and `data` are pure and tested natively; `outbox` keeps every entry on the computer
//! until the server has it; `player` and `frames` draw. Plain DOM calls instead of a framework: a
//! frame is built once, its timing is ours, and the archive stays small
//! (`docs/decisions/0002-player-without-framework.md`).

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
mod trials;

pub use trials::Trials;

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;

use player::Host;

/// Opens the run of this address and plays it. A jsPsych experiment is not played here but handed
/// back, for `jspsych.js` to run. `generate` turns a generator's text into a protocol, since only
/// the page can run JavaScript that somebody wrote.
#[wasm_bindgen]
pub async fn open(generate: Function) -> Option<Trials> {
    player::open(&Host {
        generate,
        on_entry: None,
        from: String::new(),
    })
    .await
}

/// Plays an unsaved text in the preview pane of the editor: nothing is stored, every entry goes to
/// `on_entry` as JSON, and the run begins at the frame whose definition has the path `from`.
#[wasm_bindgen]
pub async fn open_pane(
    document: String,
    from: String,
    generate: Function,
    on_entry: Function,
) -> Option<Trials> {
    player::open_pane(
        &document,
        &Host {
            generate,
            on_entry: Some(on_entry),
            from,
        },
    )
    .await
}
