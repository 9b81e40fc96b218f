//! What the browser is asked before it makes or shows a passkey.

use app::state::AppState;
use axum::extract::State;
use axum::{Extension, Json};
use serde_json::Value;
use services::{Actor, accounts};

use super::refusal::Refusal;

/// For the second factor of somebody who has one.
pub(super) async fn begin_asking(
    State(state): State<AppState>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(
        accounts::begin_asking_passkey(&state.ctx, &actor).await?,
    ))
}

/// For adding one.
pub(super) async fn begin_adding(
    State(state): State<AppState>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(accounts::begin_passkey(&state.ctx, &actor).await?))
}
