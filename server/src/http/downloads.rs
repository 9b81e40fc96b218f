//! Files that researchers take away.

use app::error::AppError;
use app::state::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::responses::ResponseId;
use domain::responses::wire::ErrorCode;
use domain::studies::StudyId;
use futures::TryStreamExt;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
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
        Ok((study, pieces)) => {
            // An error in the middle breaks the connection, so that nobody takes part of a file for
            // all of it.
            let body = Body::from_stream(pieces.map_err(AppError::from));
            file(
                &format!("{}_all-responses.json", plain(&study.ad.name)),
                body,
            )
        }
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
            let name = format!("{}_{child}_{id}.json", plain(&study.ad.name));
            file(&name, Body::from(text))
        }
        Err(error) => refused(error, &headers, &format!("/exp/responses/{id}")),
    }
}

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

fn file(name: &str, body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, body).into_response()
}

/// A name that every file system takes.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}
