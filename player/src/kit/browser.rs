//! What the browser knows: its window and document, the time, chance.

use js_sys::{Date, Function, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Window};

#[expect(
    clippy::expect_used,
    reason = "the module runs in a page and nowhere else"
)]
pub fn window() -> Window {
    web_sys::window().expect("the player runs in a page")
}

#[expect(
    clippy::expect_used,
    reason = "the module runs in a page and nowhere else"
)]
pub fn document() -> Document {
    window().document().expect("the player runs in a page")
}

/// Now, as events store it.
pub fn timestamp() -> String {
    Date::new_0().to_iso_string().into()
}

/// Seconds since the page was opened.
pub fn seconds() -> f64 {
    let milliseconds = || {
        let performance = Reflect::get(&window(), &"performance".into()).ok()?;
        let now = Reflect::get(&performance, &"now".into())
            .ok()?
            .dyn_into::<Function>()
            .ok()?;
        now.call0(&performance).ok()?.as_f64()
    };
    milliseconds().unwrap_or_default() / 1000.0
}

/// Bytes from the browser's source of chance.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

pub async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let _ =
            window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}
