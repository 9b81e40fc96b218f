//! What comes from other sites: families on their way back, and messages about visits there.

use app::actions::AppState;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use services::{Error, responses};

/// Largest message, in bytes.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// A family comes back from another site: its visit is complete, and it sees its past studies. A
/// link that is not ours leads there too, and changes nothing.
pub(crate) async fn come_back(State(state): State<AppState>, Path(link): Path<String>) -> Response {
    match responses::complete_by_link(&state.ctx, &link).await {
        Ok(()) => Redirect::to("/studies/history?done=external").into_response(),
        Err(Error::NotFound(_)) => Redirect::to("/studies/history").into_response(),
        Err(error) => {
            tracing::error!(%error, "a visit could not be completed by its link");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Another site says that a visit is complete.
pub(crate) async fn external(
    State(state): State<AppState>,
    Path(study): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let signature = headers
        .get("x-lookit-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let reported = async {
        let study = study
            .parse()
            .map_err(|_| Error::NotFound(services::Noun::Study))?;
        let body = axum::body::to_bytes(body, LARGEST_MESSAGE)
            .await
            .map_err(|_| Error::field("body", "too_long", "The message is too large."))?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| Error::field("body", "no_text", "The message is no UTF-8."))?;
        responses::report_completion(&state.ctx, study, signature, text).await
    }
    .await;
    match reported {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Error::Denied) => (StatusCode::UNAUTHORIZED, Json(json!({ "error": "signature", "message": "The signature does not fit, or is older than five minutes." }))).into_response(),
        Err(Error::NotFound(_)) => (StatusCode::NOT_FOUND, Json(json!({ "error": "not_found", "message": "This study has no such visit." }))).into_response(),
        Err(Error::Invalid(violations)) => (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": "invalid", "message": violations.to_string() }))).into_response(),
        Err(error) => {
            tracing::error!(%error, "a message of another site failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
