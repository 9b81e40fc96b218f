//! One tab for each run: two of them would play it twice.

use domain::responses::ResponseId;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::kit::browser::window;

/// How long a page waits for the lock: a reload lets go of its own a moment later.
const WAIT_MS: i32 = 2_500;

/// Whether no other tab of this browser plays the run. The lock is the browser's and goes with the
/// page; a browser that has no locks lets every tab play.
pub async fn is_only_one(response: ResponseId) -> bool {
    let promise = Promise::new(&mut |resolve, _| {
        let answer = resolve.clone();
        let granted = Closure::once_into_js(move || {
            let _ = resolve.call1(&JsValue::NULL, &JsValue::TRUE);
            // Never settled: the lock is held until the page goes away.
            Promise::new(&mut |_, _| {})
        });
        if request_lock(&format!("lookit-run-{response}"), &granted).is_none() {
            let _ = answer.call1(&JsValue::NULL, &JsValue::TRUE);
            return;
        }
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_1(
            &answer,
            WAIT_MS,
            &JsValue::FALSE,
        );
    });
    JsFuture::from(promise)
        .await
        .ok()
        .and_then(|answer| answer.as_bool())
        .unwrap_or(true)
}

fn request_lock(name: &str, granted: &JsValue) -> Option<()> {
    let locks = Reflect::get(&window().navigator(), &"locks".into())
        .ok()
        .filter(JsValue::is_object)?;
    let request = Reflect::get(&locks, &"request".into())
        .ok()?
        .dyn_into::<Function>()
        .ok()?;
    request.call2(&locks, &name.into(), granted).ok()?;
    Some(())
}
