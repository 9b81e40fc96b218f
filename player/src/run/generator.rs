//! Protocols that a researcher's function makes. Only the page can run it.

use domain::responses::RunDocument;
use js_sys::{Function, Promise};
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// The protocol that the study's generator makes. None where there is no generator or it fails: the
/// stored protocol is played then.
pub async fn generate(run: &RunDocument, generate: &Function) -> Option<Value> {
    let generator = run.study.generator.as_deref()?;
    let about = json!({
        "child": run.child, "age_days": run.age_days,
        "past_sessions": run.past_sessions, "seed": run.seed,
    });
    let promise = generate
        .call2(&JsValue::NULL, &generator.into(), &about.to_string().into())
        .ok()?;
    match JsFuture::from(Promise::resolve(&promise)).await {
        Ok(protocol) => serde_json::from_str(&protocol.as_string()?).ok(),
        Err(reason) => {
            web_sys::console::warn_2(
                &"The generator failed, so the stored protocol is played:".into(),
                &reason,
            );
            None
        }
    }
}
