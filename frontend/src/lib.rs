//! What the browser loads to hydrate the islands of `app`.

// Without naming the crate the linker drops every island.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the islands of the page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
