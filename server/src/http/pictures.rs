//! Pictures that people uploaded.

use app::error::AppError;
use app::state::AppState;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::refusal::Refusal;

/// A stored picture. Its name is a hash of what is in it, so it never changes.
pub(super) async fn picture(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Refusal> {
    let found = state.ctx.storage.picture(&name).await;
    let bytes = found
        .map_err(|error| Refusal::unavailable(error, "This picture can't be read at the moment."))?
        .ok_or_else(|| Refusal::from(AppError::NotFound).in_words())?;
    let headers = [
        (CONTENT_TYPE, "image/png"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, bytes))
}
