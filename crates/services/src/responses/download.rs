//! All responses of a study as one JSON file, streamed: memory does not grow with the number of
//! responses.

use chrono::{DateTime, Utc};
use domain::audit::AuditAction;
use domain::families::{Child, GestationalAge};
use domain::permissions::Action;
use domain::responses::{ExitAnswers, ResponseId};
use domain::studies::{Study, StudyId};
use entities::{child, response};
use futures::{Stream, stream};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Map, Value, json};

use super::contents::{
    Contents, StoredFrame, conditions, contents, exp_data, hash, rounded_age_at,
};
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::studies;

/// Responses read at a time.
const CHUNK: u64 = 100;

enum Step {
    First,
    After(DateTime<Utc>, ResponseId),
    Done,
}

/// The file as pieces of text, oldest response first, in the shape of the classic download without
/// what identifies a family. An error in the middle ends the stream with that error, so that a
/// truncated file can be told from a whole one.
pub async fn download(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
) -> Result<
    (
        Study,
        impl Stream<Item = Result<String, Error>> + Send + use<>,
    ),
    Error,
> {
    let act = Act::download(ctx, actor, id, Action::ReadStudyResponseData).await?;
    let study = studies::study_of(&act.tx, id).await?;
    act.audit(Event::of(AuditAction::ResponsesDownloaded))
        .await?;
    let (ctx, of) = (ctx.clone(), study.clone());
    let pieces = stream::try_unfold(Step::First, move |step| {
        let (ctx, study) = (ctx.clone(), of.clone());
        async move { next_piece(&ctx, &study, step).await }
    });
    act.commit((study, pieces)).await
}

async fn next_piece(
    ctx: &Context,
    study: &Study,
    step: Step,
) -> Result<Option<(String, Step)>, Error> {
    let is_first = matches!(step, Step::First);
    let Some(rows) = chunk(ctx, study.id, &step).await? else {
        return Ok(None);
    };
    let ids: Vec<ResponseId> = rows.iter().map(|(row, _)| row.id).collect();
    let next = match rows.last() {
        Some((last, _)) if u64::try_from(rows.len()).is_ok_and(|read| read == CHUNK) => {
            Step::After(last.created_at, last.id)
        }
        _ => Step::Done,
    };
    let mut known = contents(&ctx.db, &ids).await?;
    let mut text = String::from(if is_first { "[" } else { "" });
    for (index, (row, child)) in rows.into_iter().enumerate() {
        let Some(child) = child else { continue };
        text.push_str(if is_first && index == 0 { "\n" } else { ",\n" });
        let stored = known.remove(&row.id).unwrap_or_default();
        let record = record(study, &row, &Child::try_from(child)?, stored)?;
        text.push_str(&serde_json::to_string(&record)?);
    }
    if matches!(next, Step::Done) {
        text.push_str("\n]\n");
    }
    Ok(Some((text, next)))
}

/// The next responses with their children; nothing when the file is written.
async fn chunk(
    ctx: &Context,
    study: StudyId,
    step: &Step,
) -> Result<Option<Vec<(response::Model, Option<child::Model>)>>, Error> {
    let later = match step {
        Step::Done => return Ok(None),
        Step::First => Condition::all(),
        Step::After(created_at, id) => Condition::any()
            .add(response::Column::CreatedAt.gt(*created_at))
            .add(
                response::Column::CreatedAt
                    .eq(*created_at)
                    .and(response::Column::Id.gt(*id)),
            ),
    };
    let rows = response::Entity::find()
        .filter(response::Column::StudyId.eq(study))
        .filter(response::Column::IsPreview.eq(false))
        .filter(later)
        .order_by_asc(response::Column::CreatedAt)
        .order_by_asc(response::Column::Id)
        .limit(CHUNK)
        .find_also_related(child::Entity)
        .all(&ctx.db)
        .await?;
    Ok(Some(rows))
}

fn record(
    study: &Study,
    row: &response::Model,
    child: &Child,
    stored: Contents,
) -> Result<Value, Error> {
    let details = &child.details;
    let about_response = about_response(row, child, &stored)?;
    let frames: Vec<StoredFrame> = stored.frames.into_iter().map(without_birthday).collect();
    Ok(json!({
        "response": about_response,
        "study": { "uuid": study.id },
        "participant": { "hashed_id": hash(study, row.account_id.0) },
        "child": {
            "hashed_id": hash(study, child.id.0),
            "age_rounded": rounded_age_at(details.birthday, row.created_at).to_string(),
            "gender": details.gender,
            "age_at_birth": GestationalAge::label_of(details.gestational_age),
            "language_list": details.languages.joined(),
            "condition_list": details.conditions.joined(),
        },
        "exp_data": exp_data(row.study_kind, &frames),
    }))
}

fn about_response(row: &response::Model, child: &Child, stored: &Contents) -> Result<Value, Error> {
    let exit = ExitAnswers::read(stored.frames.iter().map(|frame| &frame.data));
    let exit = exit.as_ref();
    let birthday = child.details.birthday;
    let began = row.created_at.format("%Y-%m-%d %H:%M:%S%.6f+00:00");
    Ok(json!({
        "uuid": row.id,
        "date_created": began.to_string(),
        "completed": row.is_completed,
        "withdrawn": exit.is_some_and(|exit| exit.is_withdrawn),
        "eligibility": row.eligibility.split_whitespace().collect::<Vec<_>>(),
        "parent_feedback": exit.map(|exit| exit.feedback.clone()).unwrap_or_default(),
        "birthdate_difference": exit.and_then(|exit| exit.birthday_difference(birthday)),
        "video_privacy": exit.and_then(|exit| exit.video_privacy.clone()),
        "databrary": exit.and_then(|exit| exit.databrary.clone()),
        "is_preview": row.is_preview,
        "sequence": stored.sequence(),
        "conditions": assigned_conditions(row)?,
        "global_event_timings": stored.event_timings(),
    }))
}

/// What randomizers chose, one object for each, with the name of the frame in it.
fn assigned_conditions(row: &response::Model) -> Result<Vec<Value>, Error> {
    let chosen = conditions(row.conditions.as_deref())?;
    Ok(chosen
        .into_iter()
        .map(|(name, value)| {
            let mut members = Map::from_iter([("frameName".to_owned(), Value::String(name))]);
            if let Value::Object(value) = value {
                members.extend(value);
            }
            Value::Object(members)
        })
        .collect())
}

/// The exit survey's birthday identifies a child; the difference in days says what researchers
/// need.
fn without_birthday(mut frame: StoredFrame) -> StoredFrame {
    if frame.data.get("frameType").and_then(Value::as_str) == Some("EXIT") {
        frame.data.shift_remove("birthDate");
    }
    // The same of jsPsych's exit trials.
    if frame.data.get("chs_type").and_then(Value::as_str) == Some("exit")
        && let Some(Value::Object(response)) = frame.data.get_mut("response")
    {
        response.shift_remove("birthDate");
    }
    frame
}
