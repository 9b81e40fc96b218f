//! Files that researchers take away.

use app::attachment::attachment;
use app::error::AppError;
use app::state::AppState;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::responses::ResponseId;
use domain::responses::wire::ErrorCode;
use domain::studies::StudyId;
use futures::stream;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use services::{Actor, Error, responses};

use super::refusal::{Refusal, sign_in_or_text};

/// All responses of a study as one streamed file.
pub(super) async fn responses(
    State(state): State<AppState>,
    Path(study): Path<String>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
) -> Response {
    let Ok(id) = study.parse::<StudyId>() else {
        return Refusal::from(AppError::NotFound).in_words().into_response();
    };
    match responses::download(&state.ctx, &actor, id).await {
        Ok((study, pieces)) => attachment(&format!("{}_all-responses.json", study.ad.name), pieces),
        Err(error) => refused(error, &headers, &format!("/exp/studies/{id}/responses")),
    }
}

/// One response as a file.
pub(super) async fn response(
    State(state): State<AppState>,
    Path(response): Path<String>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
) -> Response {
    let Ok(id) = response.parse::<ResponseId>() else {
        return Refusal::from(AppError::NotFound).in_words().into_response();
    };
    match responses::record(&state.ctx, &actor, id).await {
        Ok((study, child, text)) => {
            let name = format!("{}_{child}_{id}.json", study.ad.name);
            attachment(&name, stream::iter([Ok(text)]))
        }
        Err(error) => refused(error, &headers, &format!("/exp/responses/{id}")),
    }
}

/// A program reads why not; people are led to where they can sign in and come back to `page`.
fn refused(error: Error, headers: &HeaderMap, page: &str) -> Response {
    match error {
        Error::SignIn if headers.contains_key(AUTHORIZATION) => Refusal::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::SignIn,
            "This token does not work: it is wrong, expired or revoked.",
        )
        .in_words()
        .into_response(),
        error => sign_in_or_text(error, page),
    }
}
