//! What the player asks of the run origin.

use domain::responses::{Entry, RunDocument};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

use crate::dom::window;

/// Longest body that browsers send while a page goes away, with room to spare.
const KEEPALIVE: usize = 60_000;
/// How long an answer may take, in milliseconds.
const PATIENCE: u32 = 20_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server can't be reached or is not well: try again.
    Unreachable,
    /// The run's key is unknown or has ended.
    Ended,
    /// Something else, with the status.
    Refused(u16),
}

/// What became of sent entries.
#[derive(Clone, Debug, Deserialize)]
pub struct Kept {
    /// Ids of entries that the server has.
    pub kept: Vec<String>,
    /// Entries that it will never take.
    pub refused: Vec<RefusedEntry>,
}

/// An entry that will never be taken.
#[derive(Clone, Debug, Deserialize)]
pub struct RefusedEntry {
    /// Its id.
    pub entry: Option<String>,
    /// Why.
    pub reason: String,
}

/// The address of the run: `/run/<session>`.
fn base() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Exchanges a ticket for the run's cookie.
pub async fn enter(ticket: &str) -> Result<(), Failure> {
    ask(
        "POST",
        "enter",
        Some(json!({ "ticket": ticket }).to_string()),
    )
    .await
    .map(drop)
}

/// Everything about the run.
pub async fn document() -> Result<RunDocument, Failure> {
    let text = ask("GET", "document", None).await?;
    serde_json::from_str(&text).map_err(|_| Failure::Refused(200))
}

/// Sends entries.
pub async fn append(entries: &[Entry]) -> Result<Kept, Failure> {
    let text = ask(
        "POST",
        "entries",
        Some(json!({ "entries": entries }).to_string()),
    )
    .await?;
    serde_json::from_str(&text).map_err(|_| Failure::Unreachable)
}

async fn ask(method: &str, path: &str, body: Option<String>) -> Result<String, Failure> {
    let unreachable = |_: JsValue| Failure::Unreachable;
    let options = RequestInit::new();
    options.set_method(method);
    options.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(PATIENCE)));
    if let Some(body) = &body {
        options.set_body(&JsValue::from_str(body));
        let _ = js_sys::Reflect::set(
            &options,
            &"keepalive".into(),
            &JsValue::from_bool(body.len() < KEEPALIVE),
        );
    }
    let request = Request::new_with_str_and_init(&format!("{}/{path}", base()), &options)
        .map_err(unreachable)?;
    request
        .headers()
        .set("Content-Type", "application/json")
        .map_err(unreachable)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request))
        .await
        .map_err(unreachable)?
        .dyn_into()
        .map_err(unreachable)?;
    let text = JsFuture::from(response.text().map_err(unreachable)?)
        .await
        .map_err(unreachable)?
        .as_string()
        .unwrap_or_default();
    match response.status() {
        200 => Ok(text),
        status @ (401 | 404) => {
            // Only our own server's word ends a run; a proxy that is half down may answer anything.
            let is_ours = serde_json::from_str::<Value>(&text)
                .ok()
                .and_then(|answer| Some(answer.get("error")?.as_str()?.to_owned()))
                .is_some_and(|code| matches!(code.as_str(), "run_ended" | "not_found"));
            Err(if is_ours {
                Failure::Ended
            } else {
                Failure::Refused(status)
            })
        }
        status @ (400 | 413 | 422) => Err(Failure::Refused(status)),
        _ => Err(Failure::Unreachable),
    }
}
