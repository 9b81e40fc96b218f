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

use super::contents::{Contents, conditions, contents, hash};
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::studies;

/// Responses read at a time, and bytes of their data: a larger response is read alone.
const CHUNK: u64 = 100;
const BYTES: i64 = 8 << 20;

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
    let Some(mut rows) = chunk(ctx, study.id, &step).await? else {
        return Ok(None);
    };
    let is_last = u64::try_from(rows.len()).is_ok_and(|read| read < CHUNK);
    let fitting = fitting(&rows);
    let is_whole = fitting == rows.len();
    rows.truncate(fitting);
    let ids: Vec<ResponseId> = rows.iter().map(|(row, _)| row.id).collect();
    let next = match rows.last() {
        Some((last, _)) if !(is_last && is_whole) => Step::After(last.created_at, last.id),
        _ => Step::Done,
    };
    let mut known = contents(&ctx.db, &ids).await?;
    let mut text = String::from(if is_first { "[" } else { "" });
    for (index, (row, child)) in rows.into_iter().enumerate() {
        let Some(child) = child else { continue };
        text.push_str(if is_first && index == 0 { "\n" } else { ",\n" });
        let stored = known.remove(&row.id).unwrap_or_default();
        text.push_str(&record(study, &row, &Child::try_from(child)?, &stored)?);
    }
    if matches!(next, Step::Done) {
        text.push_str("\n]\n");
    }
    Ok(Some((text, next)))
}

/// How many of these responses are in memory together, at least one.
fn fitting(rows: &[(response::Model, Option<child::Model>)]) -> usize {
    let mut left = BYTES;
    let fitting = rows.iter().take_while(|(row, _)| {
        left -= row.byte_count;
        left >= 0
    });
    fitting.count().max(1)
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
    stored: &Contents,
) -> Result<String, Error> {
    let details = &child.details;
    let who = json!({
        "study": { "uuid": study.id },
        "participant": { "hashed_id": hash(study, row.account_id.0) },
        "child": {
            "hashed_id": hash(study, child.id.0),
            "age_rounded": row.age_rounded.to_string(),
            "gender": details.gender,
            "age_at_birth": GestationalAge::label_of(details.gestational_age),
            "language_list": details.languages.joined(),
            "condition_list": details.conditions.joined(),
        },
    });
    Ok(format!(
        "{{\"response\":{},{},\"exp_data\":{}}}",
        about_response(row, stored)?,
        members(&who),
        stored.exp_data(row.study_kind)?,
    ))
}

fn about_response(row: &response::Model, stored: &Contents) -> Result<String, Error> {
    let exit = exit_answers(stored)?;
    let began = row.created_at.format("%Y-%m-%d %H:%M:%S%.6f+00:00");
    let about = json!({
        "uuid": row.id,
        "date_created": began.to_string(),
        "completed": row.is_completed,
        "withdrawn": exit.is_withdrawn,
        "eligibility": row.eligibility.split_whitespace().collect::<Vec<_>>(),
        "parent_feedback": exit.feedback,
        "birthdate_difference": exit.birthday_difference,
        "video_privacy": exit.video_privacy,
        "databrary": exit.databrary,
        "is_preview": row.is_preview,
        "sequence": stored.sequence(),
        "conditions": assigned_conditions(row)?,
    });
    let events = stored.event_timings();
    Ok(format!(
        "{{{},\"global_event_timings\":{events}}}",
        members(&about)
    ))
}

/// The members of an object as JSON, without the braces.
fn members(object: &Value) -> String {
    let text = object.to_string();
    let inside = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    inside.unwrap_or_default().to_owned()
}

/// What the family decided at the end. Only frames that say of themselves that they are an exit
/// survey are parsed.
fn exit_answers(stored: &Contents) -> Result<ExitAnswers, Error> {
    let frames = stored.frames.iter().map(|frame| frame.data.as_str());
    let exits: Vec<Map<String, Value>> = frames
        .filter(|data| data.contains("\"EXIT\""))
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    Ok(ExitAnswers::read(&exits).unwrap_or_default())
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
