//! What comes from other sites: families on their way back, and messages about responses there.

use app::state::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Redirect;
use domain::responses::wire::ErrorCode;
use http::{HeaderMap, StatusCode};
use services::{Context, Error, Noun, responses};

use super::bodies::{Bodies, MESSAGE};
use super::headers::text;
use super::refusal::Refusal;

/// A family comes back from another site: its response is complete, and it sees its past studies. A
/// link that is not ours leads there too, and changes nothing.
pub(super) async fn come_back(
    State(state): State<AppState>,
    Path(link): Path<String>,
) -> Result<Redirect, Refusal> {
    match responses::complete_by_link(&state.ctx, &link).await {
        Ok(()) => Ok(Redirect::to("/studies/history?done=external")),
        Err(Error::NotFound(_)) => Ok(Redirect::to("/studies/history")),
        Err(error) => Err(Refusal::from(error).in_words()),
    }
}

/// Another site says that a response is complete.
pub(super) async fn external(
    State(state): State<AppState>,
    Path(study): Path<String>,
    headers: HeaderMap,
    Extension(bodies): Extension<Bodies>,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let signature = text(&headers, "x-lookit-signature");
    let body = bodies.read_open(body, MESSAGE).await?;
    let reported = report(&state.ctx, &study, signature, &body.bytes).await;
    reported.map_err(|error| match error {
        Error::Denied => Refusal::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::Signature,
            "The signature does not fit, or is older than five minutes.",
        ),
        Error::NotFound(_) => Refusal::new(
            StatusCode::NOT_FOUND,
            ErrorCode::NotFound,
            "This study has no such response.",
        ),
        error => error.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn report(ctx: &Context, study: &str, signature: &str, body: &[u8]) -> Result<(), Error> {
    let study = study.parse().map_err(|_| Error::NotFound(Noun::Study))?;
    let text = std::str::from_utf8(body)
        .map_err(|_| Error::field("body", "no_text", "The message is not UTF-8."))?;
    responses::report_completion(ctx, study, signature, text).await
}
