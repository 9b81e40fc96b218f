//! What the player asks of the run origin.

use domain::responses::wire::{Batch, Entered, ErrorBody, ErrorCode, Receipt, Ticket};
use domain::responses::{Entry, RunDocument};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Request, RequestInit, Response};

use crate::kit::browser::window;

/// Longest body that browsers send while a page goes away, with room to spare.
const KEEPALIVE_BYTES: usize = 60_000;
/// How long an answer may take.
const TIMEOUT_MS: u32 = 20_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// The server can't be reached or is not well: try again.
    Unreachable,
    /// The run's cookie is unknown or has expired.
    Ended,
    /// The request itself is refused: trying again is no use.
    Refused,
}

/// What adds entries to a run when its cookie has expired, for some weeks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunKey {
    /// Path of the run.
    pub run: String,
    pub key: String,
}

/// Exchanges a ticket for the run's cookie, and for the key that is kept beside it.
pub async fn enter(ticket: &str) -> Result<RunKey, RequestError> {
    let ticket = Ticket {
        ticket: ticket.to_owned(),
    };
    let call = Call::of_this_run("POST", "enter", Some(json(&ticket)?));
    let entered: Entered =
        serde_json::from_str(&ask(call).await?).map_err(|_| RequestError::Unreachable)?;
    Ok(RunKey {
        run: this_run(),
        key: entered.append_key,
    })
}

pub async fn document() -> Result<RunDocument, RequestError> {
    let text = ask(Call::of_this_run("GET", "document", None)).await?;
    serde_json::from_str(&text).map_err(|_| RequestError::Refused)
}

/// Adds entries to the run of this address, or with a key to that of the key.
pub async fn append(entries: &[Entry], key: Option<&RunKey>) -> Result<Receipt, RequestError> {
    let batch = Batch {
        entries: entries.iter().collect(),
    };
    let mut call = Call::of_this_run("POST", "entries", Some(json(&batch)?));
    if let Some(key) = key {
        call.run.clone_from(&key.run);
        call.key = Some(key.key.clone());
    }
    serde_json::from_str(&ask(call).await?).map_err(|_| RequestError::Unreachable)
}

fn json(body: &impl Serialize) -> Result<String, RequestError> {
    serde_json::to_string(body).map_err(|_| RequestError::Refused)
}

/// A request to an address below that of a run, `/run/<session>`.
struct Call {
    method: &'static str,
    run: String,
    path: &'static str,
    body: Option<String>,
    key: Option<String>,
}

impl Call {
    fn of_this_run(method: &'static str, path: &'static str, body: Option<String>) -> Self {
        Self {
            method,
            run: this_run(),
            path,
            body,
            key: None,
        }
    }
}

fn this_run() -> String {
    window().location().pathname().unwrap_or_default()
}

async fn ask(call: Call) -> Result<String, RequestError> {
    let (status, text) = send(call).await.map_err(|_| RequestError::Unreachable)?;
    match status {
        200 => Ok(text),
        status => Err(error_of(status, &text)),
    }
}

async fn send(call: Call) -> Result<(u16, String), JsValue> {
    let options = RequestInit::new();
    options.set_method(call.method);
    options.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    if let Some(body) = &call.body {
        options.set_body(&JsValue::from_str(body));
        let outlives_page = JsValue::from_bool(body.len() < KEEPALIVE_BYTES);
        let _ = js_sys::Reflect::set(&options, &"keepalive".into(), &outlives_page);
    }
    let address = format!("{}/{}", call.run, call.path);
    let request = Request::new_with_str_and_init(&address, &options)?;
    request.headers().set("Content-Type", "application/json")?;
    if let Some(key) = &call.key {
        let value = format!("Bearer {key}");
        request.headers().set("Authorization", &value)?;
    }
    let response: Response = JsFuture::from(window().fetch_with_request(&request))
        .await?
        .dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}

/// Only our own server's word ends a run: a proxy that is half down may answer anything.
fn error_of(status: u16, body: &str) -> RequestError {
    match status {
        401 | 404 => match serde_json::from_str::<ErrorBody>(body) {
            Ok(ErrorBody {
                error: ErrorCode::RunEnded | ErrorCode::NotFound,
                ..
            }) => RequestError::Ended,
            _ => RequestError::Refused,
        },
        400 | 413 | 422 => RequestError::Refused,
        _ => RequestError::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_word_ends_a_run() {
        let ended = r#"{"error":"run_ended","message":"sign in first"}"#;
        assert_eq!(error_of(401, ended), RequestError::Ended);
        assert_eq!(
            error_of(404, r#"{"error":"not_found"}"#),
            RequestError::Ended
        );
        for foreign in ["", "<h1>Not found</h1>", r#"{"error":"denied"}"#, "{}"] {
            assert_eq!(error_of(404, foreign), RequestError::Refused, "{foreign}");
        }
    }

    #[test]
    fn what_is_not_the_requests_fault_is_tried_again() {
        for status in [0, 403, 429, 500, 502, 503] {
            assert_eq!(error_of(status, ""), RequestError::Unreachable, "{status}");
        }
        for status in [400, 413, 422] {
            assert_eq!(error_of(status, ""), RequestError::Refused, "{status}");
        }
    }
}
