//! What the editor of a study asks while somebody writes: is this right, keep this, and what does
//! the preview need.

use app::actions::{AppState, LARGEST_DESIGN, LARGEST_FORM};
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::permissions::Action;
use domain::studies::criteria::audience;
use domain::studies::{AgeRange, Criteria, StudyId};
use serde::Deserialize;
use serde_json::json;
use services::permissions::{Target, allowed};
use services::{Actor, Error, responses, studies};

use crate::http::run;

fn refuse(error: &Error) -> Response {
    let message = error
        .violations()
        .first()
        .map_or_else(|| error.to_string(), |violation| violation.message.clone());
    run::refuse(error, "sign_in", message)
}

fn id(text: &str) -> Result<StudyId, Error> {
    text.parse()
        .map_err(|_| Error::NotFound(services::Noun::Study))
}

#[derive(Deserialize)]
pub(crate) struct Age {
    #[serde(default)]
    age_days: i64,
}

/// What the preview pane lays around the text: everything that the player is given but the text.
pub(crate) async fn pane(
    State(state): State<AppState>,
    Path(study): Path<String>,
    Query(age): Query<Age>,
    Extension(actor): Extension<Actor>,
) -> Response {
    let found =
        async { responses::pane_document(&state.ctx, &actor, id(&study)?, age.age_days).await }
            .await;
    found.map_or_else(
        |error| refuse(&error),
        |document| Json(document).into_response(),
    )
}

#[derive(Deserialize)]
struct DraftBody {
    part: String,
    base: i32,
    /// Pairs of names and values.
    fields: Vec<(String, String)>,
}

/// Keeps what somebody is writing.
pub(crate) async fn keep_draft(
    State(state): State<AppState>,
    Path(study): Path<String>,
    Extension(actor): Extension<Actor>,
    body: Body,
) -> Response {
    let kept = async {
        let study = id(&study)?;
        actor.researcher_in_person()?;
        allowed(
            &state.ctx.db,
            &actor,
            Action::WriteStudyDetails,
            Target::Study(study),
        )
        .await?;
        let body = axum::body::to_bytes(body, LARGEST_DESIGN)
            .await
            .map_err(|_| Error::field("fields", "too_long", "This is too large to be kept."))?;
        let draft: DraftBody = serde_json::from_slice(&body).map_err(|error| {
            Error::field(
                "fields",
                "no_draft",
                format!("Send part, base and fields: {error}."),
            )
        })?;
        let part = draft
            .part
            .parse()
            .map_err(|_| Error::field("part", "unknown", "The part is ad or design."))?;
        studies::keep_draft(
            &state.ctx,
            &actor,
            study,
            part,
            draft.base,
            &serde_json::to_string(&draft.fields)?,
        )
        .await
    }
    .await;
    kept.map_or_else(
        |error| refuse(&error),
        |draft| {
            Json(json!({ "kept_at": draft.updated_at, "conflict": draft.conflict })).into_response()
        },
    )
}

/// Looks at a protocol that is being written: its problems with their places, the frames of one
/// run, and the outline as HTML.
pub(crate) async fn check(
    State(state): State<AppState>,
    Path(study): Path<String>,
    Extension(actor): Extension<Actor>,
    body: Body,
) -> Response {
    let checked = async {
        studies::name_for(&state.ctx, &actor, id(&study)?).await?;
        let body = axum::body::to_bytes(body, LARGEST_DESIGN)
            .await
            .map_err(|_| {
                Error::field("structure", "too_long", "This is too large to be checked.")
            })?;
        let text = String::from_utf8(body.to_vec())
            .map_err(|_| Error::field("structure", "no_text", "Send text in UTF-8."))?;
        // Long protocols are work for a thread of its own.
        tokio::task::spawn_blocking(move || app::pages::studies::checked(&text))
            .await
            .map_err(|error| Error::Internal(error.to_string()))
    }
    .await;
    checked.map_or_else(
        |error| refuse(&error),
        |report| Json(report).into_response(),
    )
}

#[derive(Deserialize)]
struct Asked {
    expression: String,
    ages: AgeRange,
}

/// What a criteria expression means, or where it stops making sense. It needs no study; researchers
/// only, since it is theirs.
pub(crate) async fn read_criteria(Extension(actor): Extension<Actor>, body: Body) -> Response {
    let asked = async {
        actor.researcher_in_person()?;
        let body = axum::body::to_bytes(body, LARGEST_FORM)
            .await
            .map_err(|_| Error::field("expression", "too_long", "This expression is too long."))?;
        serde_json::from_slice::<Asked>(&body).map_err(|error| {
            Error::field(
                "expression",
                "no_question",
                format!("Send expression and ages: {error}."),
            )
        })
    }
    .await;
    let asked = match asked {
        Ok(asked) => asked,
        Err(error) => return refuse(&error),
    };
    let days = app::pages::studies::age_line(&asked.ages);
    let is_reversed = asked.ages.lowest_days() > asked.ages.highest_days();
    match Criteria::parse(asked.expression.trim()) {
        Ok(criteria) => Json(json!({ "words": audience(&asked.ages, &criteria), "days": days, "is_reversed": is_reversed })).into_response(),
        Err(error) => Json(json!({ "column": error.column, "message": error.message, "days": days, "is_reversed": is_reversed })).into_response(),
    }
}
