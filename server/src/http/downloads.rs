//! Files that researchers take away.

use app::error::AppError;
use app::state::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::responses::wire::ErrorCode;
use domain::studies::StudyId;
use futures::TryStreamExt;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
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
            file(&format!("{}_all-responses.json", study.ad.name), body)
        }
        Err(Error::SignIn) if headers.contains_key(AUTHORIZATION) => Refusal::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::SignIn,
            "This token does not work: it is wrong, expired or revoked.",
        )
        .in_words()
        .into_response(),
        Err(error) => sign_in_or_text(error, &format!("/exp/studies/{id}/responses")),
    }
}

/// A file of JSON to keep.
pub(super) fn file(name: &str, body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_DISPOSITION, attachment(name)),
    ];
    (headers, body).into_response()
}

/// How a file is called, once for everybody and once with all letters of the name (RFC 6266).
fn attachment(name: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | ' ');
    let name: String = name
        .chars()
        .map(|c| if safe(c) { c } else { '-' })
        .collect();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' {
            c
        } else {
            '_'
        }
    };
    let ascii: String = name.chars().map(plain).collect();
    let whole = utf8_percent_encode(&name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_as_its_study() {
        assert_eq!(
            attachment("Gr\u{fc}\u{df}e \"1/2\".json"),
            "attachment; filename=\"Gr__e__1_2_.json\"; \
             filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%2D1%2D2%2D%2Ejson"
        );
        assert!(attachment("\u{65e5}\u{672c}\r\n").is_ascii());
    }
}
