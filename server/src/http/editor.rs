//! What the editor of a study asks while somebody writes: is this right, keep this, and what does
//! the preview need.

use app::pages::studies::{age_line, checked};
use app::state::AppState;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::permissions::Action;
use domain::studies::criteria::audience;
use domain::studies::{AgeRange, Criteria, StudyId};
use serde::Deserialize;
use serde_json::{Value, json};
use services::{Actor, Error, Noun, responses, studies};

use super::bodies::{Bodies, DESIGN, FORM, Received, Sender, Unread};
use super::refusal::Refusal;

fn id(text: &str) -> Result<StudyId, Error> {
    text.parse().map_err(|_| Error::NotFound(Noun::Study))
}

/// The whole body, or the sentence about one that is too large.
async fn read(
    bodies: &Bodies,
    body: Body,
    most: usize,
    field: &str,
    too_large: &str,
) -> Result<Received, Refusal> {
    match bodies.read_trusted(body, most).await {
        Err(Unread::TooLarge(_)) => Err(Error::field(field, "too_long", too_large).into()),
        read => Ok(read?),
    }
}

#[derive(Deserialize)]
pub(super) struct Age {
    #[serde(default)]
    age_days: i64,
}

/// What the preview pane needs beside the text: everything else that the player is given.
pub(super) async fn pane(
    State(state): State<AppState>,
    Path(study): Path<String>,
    Query(age): Query<Age>,
    Extension(actor): Extension<Actor>,
) -> Result<Response, Refusal> {
    let study = id(&study)?;
    let document = responses::pane_document(&state.ctx, &actor, study, age.age_days).await?;
    Ok(Json(document).into_response())
}

#[derive(Deserialize)]
struct DraftBody {
    part: String,
    base: i32,
    /// Pairs of names and values.
    fields: Vec<(String, String)>,
}

/// Keeps what somebody is writing.
pub(super) async fn keep_draft(
    State(state): State<AppState>,
    Path(study): Path<String>,
    Extension(actor): Extension<Actor>,
    Extension(bodies): Extension<Bodies>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let ctx = &state.ctx;
    let sender = Sender::InStudy(Action::WriteStudyDetails);
    sender.admit(ctx, &actor, Some(&study)).await?;
    let study = id(&study)?;
    let body = read(
        &bodies,
        body,
        DESIGN,
        "fields",
        "This text is too large to be kept. Please shorten it.",
    )
    .await?;
    let draft: DraftBody = serde_json::from_slice(&body.bytes).map_err(|error| {
        let sentence = format!("Send part, base and fields: {error}.");
        Error::field("fields", "no_draft", sentence)
    })?;
    let part = draft
        .part
        .parse()
        .map_err(|_| Error::field("part", "unknown", "The part must be ad or design."))?;
    let fields = serde_json::to_string(&draft.fields).map_err(Error::from)?;
    let kept = studies::keep_draft(ctx, &actor, study, part, draft.base, &fields).await?;
    Ok(Json(
        json!({ "kept_at": kept.updated_at, "conflict": kept.conflict }),
    ))
}

/// Looks at a protocol that is being written: its problems with their places, the frames of one
/// run, and the outline as HTML.
pub(super) async fn check(
    State(state): State<AppState>,
    Path(study): Path<String>,
    Extension(actor): Extension<Actor>,
    Extension(bodies): Extension<Bodies>,
    body: Body,
) -> Result<Response, Refusal> {
    studies::name_for(&state.ctx, &actor, id(&study)?).await?;
    let body = read(
        &bodies,
        body,
        DESIGN,
        "structure",
        "This text is too large to be checked. Please shorten it.",
    )
    .await?;
    let text = String::from_utf8(body.bytes.to_vec())
        .map_err(|_| Error::field("structure", "no_text", "Send text in UTF-8."))?;
    let report = state.ctx.on_design(move || checked(&text)).await?;
    Ok(Json(report).into_response())
}

#[derive(Deserialize)]
struct Asked {
    expression: String,
    ages: AgeRange,
}

/// What a criteria expression means, or where it stops making sense. It needs no study; researchers
/// only, since it is theirs.
pub(super) async fn read_criteria(
    Extension(actor): Extension<Actor>,
    Extension(bodies): Extension<Bodies>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    actor.researcher_in_person()?;
    let body = read(
        &bodies,
        body,
        FORM,
        "expression",
        "This criteria expression is too long. Please shorten it.",
    )
    .await?;
    let asked: Asked = serde_json::from_slice(&body.bytes).map_err(|error| {
        let sentence = format!("Send expression and ages: {error}.");
        Error::field("expression", "no_question", sentence)
    })?;
    let days = age_line(&asked.ages);
    let is_reversed = asked.ages.lowest_days() > asked.ages.highest_days();
    Ok(Json(match Criteria::parse(asked.expression.trim()) {
        Ok(criteria) => {
            let words = audience(&asked.ages, &criteria);
            json!({ "words": words, "days": days, "is_reversed": is_reversed })
        }
        Err(error) => json!({
            "column": error.column,
            "message": error.message,
            "days": days,
            "is_reversed": is_reversed,
        }),
    }))
}
