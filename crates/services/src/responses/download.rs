//! All responses of a study as one JSON file, streamed: memory does not grow with the number of
//! responses.

use chrono::{DateTime, Utc};
use domain::audit::AuditAction;
use domain::families::child::{Child, GestationalAge, rounded_age};
use domain::permissions::Action;
use domain::responses::{ExitAnswers, ResponseId};
use domain::studies::age::age_in_days;
use domain::studies::{Study, StudyId};
use entities::{child, response};
use futures::{Stream, stream};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Map, Value, json};

use super::reading::{Contents, StoredFrame, contents, exp_data, hash};
use super::run::conditions;
use crate::actor::Actor;
use crate::audit::{self, Event};
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

/// The file as pieces of text, oldest response first. The shape is that of `domain.md` §10.2
/// without the columns that identify a family. An error in the middle ends the stream with that
/// error, so that a cut file is seen to be cut.
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
    let (row, _, _) = studies::readable(ctx, actor, id, Action::ReadStudyResponseData).await?;
    let tx = ctx.begin().await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::ResponsesDownloaded)
            .study(id)
            .lab(row.lab_id),
    )
    .await?;
    tx.commit().await?;
    let study = studies::study_of(&ctx.db, id).await?;
    let (ctx, of) = (ctx.clone(), study.clone());
    let pieces = stream::try_unfold(Step::First, move |step| {
        let (ctx, study) = (ctx.clone(), of.clone());
        async move { next_piece(&ctx, &study, step).await }
    });
    Ok((study, pieces))
}

async fn next_piece(
    ctx: &Context,
    study: &Study,
    step: Step,
) -> Result<Option<(String, Step)>, Error> {
    let mut wanted = response::Entity::find()
        .filter(response::Column::StudyId.eq(study.id))
        .filter(response::Column::IsPreview.eq(false));
    let is_first = matches!(step, Step::First);
    match step {
        Step::Done => return Ok(None),
        Step::First => {}
        Step::After(created_at, id) => {
            wanted = wanted.filter(
                Condition::any()
                    .add(response::Column::CreatedAt.gt(created_at))
                    .add(
                        Condition::all()
                            .add(response::Column::CreatedAt.eq(created_at))
                            .add(response::Column::Id.gt(id)),
                    ),
            );
        }
    }
    let rows = wanted
        .order_by_asc(response::Column::CreatedAt)
        .order_by_asc(response::Column::Id)
        .limit(CHUNK)
        .find_also_related(child::Entity)
        .all(&ctx.db)
        .await?;
    let ids: Vec<ResponseId> = rows.iter().map(|(row, _)| row.id).collect();
    let next = match rows.last() {
        Some((last, _)) if u64::try_from(rows.len()).is_ok_and(|read| read == CHUNK) => {
            Step::After(last.created_at, last.id)
        }
        _ => Step::Done,
    };
    let mut kept = contents(&ctx.db, &ids).await?;
    let mut text = String::from(if is_first { "[" } else { "" });
    for (index, (row, child)) in rows.into_iter().enumerate() {
        let Some(child) = child else { continue };
        text.push_str(if is_first && index == 0 { "\n" } else { ",\n" });
        let record = record(
            study,
            &row,
            &Child::try_from(child)?,
            kept.remove(&row.id).unwrap_or_default(),
        )?;
        text.push_str(&serde_json::to_string(&record)?);
    }
    if matches!(next, Step::Done) {
        text.push_str("\n]\n");
    }
    Ok(Some((text, next)))
}

fn record(
    study: &Study,
    row: &response::Model,
    child: &Child,
    kept: Contents,
) -> Result<Value, Error> {
    let details = &child.details;
    let exit = ExitAnswers::read(kept.frames.iter().map(|frame| &frame.data));
    let assigned: Vec<Value> = conditions(row.conditions.as_deref())?
        .into_iter()
        .map(|(name, value)| {
            let mut members = Map::from_iter([("frameName".to_owned(), Value::String(name))]);
            if let Value::Object(value) = value {
                members.extend(value);
            }
            Value::Object(members)
        })
        .collect();
    Ok(json!({
        "response": {
            "uuid": row.id,
            "date_created": row.created_at.format("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string(),
            "completed": row.is_completed,
            "withdrawn": exit.as_ref().is_some_and(|exit| exit.is_withdrawn),
            "eligibility": row.eligibility.split_whitespace().collect::<Vec<_>>(),
            "parent_feedback": exit.as_ref().map(|exit| exit.feedback.clone()).unwrap_or_default(),
            "birthdate_difference": exit.as_ref().and_then(|exit| exit.birthday_difference(details.birthday)),
            "video_privacy": exit.as_ref().and_then(|exit| exit.video_privacy.clone()),
            "databrary": exit.as_ref().and_then(|exit| exit.databrary.clone()),
            "is_preview": row.is_preview,
            "sequence": kept.frames.iter().map(|frame| &frame.frame_id).collect::<Vec<_>>(),
            "conditions": assigned,
            "global_event_timings": kept.events.iter().map(|event| &event.event).collect::<Vec<_>>(),
        },
        "study": { "uuid": study.id },
        "participant": { "hashed_id": hash(study, row.account_id.0) },
        "child": {
            "hashed_id": hash(study, child.id.0),
            "age_rounded": rounded_age(age_in_days(details.birthday, row.created_at.date_naive())).to_string(),
            "gender": details.gender,
            "age_at_birth": GestationalAge::label_of(details.gestational_age),
            "language_list": details.languages.joined(),
            "condition_list": details.conditions.joined(),
        },
        "exp_data": exp_data(row.study_kind, &kept.frames.into_iter().map(without_birthday).collect::<Vec<_>>()),
    }))
}

/// The exit survey's birthday identifies a child; the difference in days says what researchers need
/// (D27).
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
