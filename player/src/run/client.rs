//! What the player asks of the run origin.

use domain::responses::wire::{Batch, ErrorBody, ErrorCode, Receipt, Ticket};
use domain::responses::{Entry, RunDocument};
use serde::Serialize;
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

/// Exchanges a ticket for the run's cookie.
pub async fn enter(ticket: &str) -> Result<(), RequestError> {
    let ticket = Ticket {
        ticket: ticket.to_owned(),
    };
    ask("POST", "enter", Some(json(&ticket)?)).await.map(drop)
}

pub async fn document() -> Result<RunDocument, RequestError> {
    let text = ask("GET", "document", None).await?;
    serde_json::from_str(&text).map_err(|_| RequestError::Refused)
}

pub async fn append(entries: &[Entry]) -> Result<Receipt, RequestError> {
    let batch = Batch {
        entries: entries.iter().collect(),
    };
    let text = ask("POST", "entries", Some(json(&batch)?)).await?;
    serde_json::from_str(&text).map_err(|_| RequestError::Unreachable)
}

fn json(body: &impl Serialize) -> Result<String, RequestError> {
    serde_json::to_string(body).map_err(|_| RequestError::Refused)
}

/// Sends a request to an address below that of the run, `/run/<session>`.
async fn ask(method: &str, path: &str, body: Option<String>) -> Result<String, RequestError> {
    let (status, text) = send(method, path, body)
        .await
        .map_err(|_| RequestError::Unreachable)?;
    match status {
        200 => Ok(text),
        status => Err(error_of(status, &text)),
    }
}

async fn send(method: &str, path: &str, body: Option<String>) -> Result<(u16, String), JsValue> {
    let options = RequestInit::new();
    options.set_method(method);
    options.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    if let Some(body) = &body {
        options.set_body(&JsValue::from_str(body));
        let outlives_page = JsValue::from_bool(body.len() < KEEPALIVE_BYTES);
        let _ = js_sys::Reflect::set(&options, &"keepalive".into(), &outlives_page);
    }
    let run = window().location().pathname().unwrap_or_default();
    let request = Request::new_with_str_and_init(&format!("{run}/{path}"), &options)?;
    request.headers().set("Content-Type", "application/json")?;
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
