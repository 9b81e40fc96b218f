//! The runner: plays a protocol in front of a child.
//!
//! `opening` fetches a run and gives it to whoever plays it. `run` plays protocols and delivers
//! what is stored; `frames` draw on a `stage` and know nothing else of the run; `kit` is what pages
//! are built of; `jspsych` is for experiments whose own code draws. Plain DOM calls instead of a
//! framework: a frame is built once, its timing is ours, and the archive stays small
//! (`docs/decisions/0002-player-without-framework.md`).

mod frames;
mod jspsych;
mod kit;
#[cfg(test)]
mod observed;
mod opening;
mod run;
mod stage;

pub use jspsych::Trials;

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;

use opening::HostPage;

/// Opens the run of this address and plays it. A jsPsych experiment is not played here but
/// returned, for `jspsych.js` to run. `generate` turns a generator's text into a protocol, since
/// only the page can run JavaScript that somebody wrote.
#[wasm_bindgen]
pub async fn open(generate: Function) -> Option<Trials> {
    opening::open(&HostPage {
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
    let page = HostPage {
        generate,
        on_entry: Some(on_entry),
        from,
    };
    opening::open_pane(&document, &page).await
}
