//! A copy of everything that a family gave, as one JSON file, streamed: nothing of it is kept, and
//! memory does not grow with the number of responses.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::families::child::{Child, GestationalAge};
use domain::families::demographics::{Demographics, SnapshotId};
use domain::responses::{ResponseFrameId, ResponseId};
use entities::{
    account, child, convert, demographic_snapshot, response, response_frame, study_version,
};
use futures::{Stream, stream};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{limits, password};
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::people;

/// Snapshots or entries read at a time; an entry has a megabyte at most.
const CHUNK: u64 = 20;

/// What of the file comes next.
enum Step {
    Beginning,
    /// Snapshots of the household after this one.
    Household(Option<SnapshotId>),
    /// The response after this one.
    Response(Option<ResponseId>),
    /// Entries of a response after this one.
    Entries(ResponseId, Option<(i32, ResponseFrameId)>),
    Done,
}

/// Everything that the family of whoever asks has given, in pieces of text. The password is asked
/// for, since the file has more in it than any page. An error in the middle ends the stream with
/// that error, so that nobody takes a part for the whole.
pub async fn copy(
    ctx: &Context,
    actor: &Actor,
    password: SecretString,
) -> Result<impl Stream<Item = Result<String, Error>> + Send + use<>, Error> {
    let person = actor.fresh(ctx.now())?;
    let account = people::find(&ctx.db, person.account).await?;
    password::confirm(ctx, &account, "copy_password", password).await?;
    limits::count_copy(ctx, account.id).await?;
    let act = Act::own_freshly(ctx, actor).await?;
    act.audit(Event::of(AuditAction::ExportRequested).to(account.id))
        .await?;
    let ctx = ctx.clone();
    let pieces = stream::try_unfold(Step::Beginning, move |step| {
        let (ctx, account) = (ctx.clone(), account.clone());
        async move { piece(&ctx, &account, step).await }
    });
    act.commit(pieces).await
}

async fn piece(
    ctx: &Context,
    account: &account::Model,
    step: Step,
) -> Result<Option<(String, Step)>, Error> {
    let next = match step {
        Step::Done => return Ok(None),
        Step::Beginning => {
            let text = beginning(ctx, account).await?;
            (text, Step::Household(None))
        }
        Step::Household(after) => household(ctx, account.id, after).await?,
        Step::Response(after) => one_response(ctx, account.id, after).await?,
        Step::Entries(response, after) => entries(ctx, response, after).await?,
    };
    Ok(Some(next))
}

async fn beginning(ctx: &Context, account: &account::Model) -> Result<String, Error> {
    let children = child::Entity::find()
        .filter(child::Column::AccountId.eq(account.id))
        .filter(child::Column::IsMadeUp.eq(false))
        .order_by_asc(child::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    let children = children.into_iter().map(about_child);
    let children = children.collect::<Result<Vec<Value>, Error>>()?;
    Ok(format!(
        "{{\n\"account\": {},\n\"children\": {},\n\"household\": [",
        about_account(account),
        Value::Array(children)
    ))
}

fn about_account(account: &account::Model) -> Value {
    json!({
        "id": account.id,
        "email": account.email,
        "nickname": account.nickname,
        "given_name": account.given_name,
        "middle_name": account.middle_name,
        "family_name": account.family_name,
        "time_zone": account.time_zone,
        "locale": account.locale,
        "emails": {
            "next_session": account.email_next_session,
            "new_studies": account.email_new_studies,
            "study_updates": account.email_study_updates,
            "response_questions": account.email_response_questions,
        },
        "created_at": time(account.created_at),
        "signed_in_at": account.signed_in_at.map(time),
    })
}

fn about_child(row: child::Model) -> Result<Value, Error> {
    let (created_at, removed_at) = (row.created_at, row.deleted_at);
    let Child { id, details } = row.try_into()?;
    Ok(json!({
        "id": id,
        "given_name": details.given_name,
        "birthday": details.birthday,
        "gender": details.gender,
        "gender_self_describe": details.gender_self_describe,
        "age_at_birth": GestationalAge::label_of(details.gestational_age),
        "languages": details.languages.codes().collect::<Vec<_>>(),
        "conditions": details.conditions.codes().collect::<Vec<_>>(),
        "additional_information": details.additional_information,
        "created_at": time(created_at),
        "removed_at": removed_at.map(time),
    }))
}

async fn household(
    ctx: &Context,
    account: AccountId,
    after: Option<SnapshotId>,
) -> Result<(String, Step), Error> {
    let mut snapshots = demographic_snapshot::Entity::find()
        .filter(demographic_snapshot::Column::AccountId.eq(account));
    if let Some(after) = after {
        snapshots = snapshots.filter(demographic_snapshot::Column::Id.gt(after));
    }
    let rows = snapshots
        .order_by_asc(demographic_snapshot::Column::Id)
        .limit(CHUNK)
        .all(&ctx.db)
        .await?;
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let answers = serde_json::to_value(Demographics::try_from(row)?)?;
        let record = json!({ "id": row.id, "saved_at": time(row.created_at), "answers": answers });
        push(&mut text, after.is_none() && index == 0, &record);
    }
    Ok(match rows.last() {
        Some(last) if is_full(&rows) => (text, Step::Household(Some(last.id))),
        _ => (text + "\n],\n\"responses\": [", Step::Response(None)),
    })
}

async fn one_response(
    ctx: &Context,
    account: AccountId,
    after: Option<ResponseId>,
) -> Result<(String, Step), Error> {
    let mut own = response::Entity::find()
        .filter(response::Column::AccountId.eq(account))
        .filter(response::Column::IsPreview.eq(false));
    if let Some(after) = after {
        own = own.filter(response::Column::Id.gt(after));
    }
    let next = own.order_by_asc(response::Column::Id).one(&ctx.db).await?;
    let Some(row) = next else {
        return Ok(("\n]\n}\n".to_owned(), Step::Done));
    };
    let mut record = about_response(ctx, &row).await?.to_string();
    // Its entries are its last member; they follow in pieces of their own.
    record.truncate(record.len().saturating_sub(1));
    let comma = if after.is_none() { "" } else { "," };
    let text = format!("{comma}\n{record},\"entries\":[");
    Ok((text, Step::Entries(row.id, None)))
}

async fn about_response(ctx: &Context, row: &response::Model) -> Result<Value, Error> {
    let conditions = row.conditions.as_deref().map(serde_json::from_str::<Value>);
    Ok(json!({
        "id": row.id,
        "study": { "id": row.study_id, "name": study_name(ctx, row).await? },
        "kind": row.study_kind,
        "child": row.child_id,
        "household": row.demographic_snapshot_id,
        "began_at": time(row.created_at),
        "ended_at": row.ended_at.map(time),
        "is_completed": row.is_completed,
        "eligibility": row.eligibility.split_whitespace().collect::<Vec<_>>(),
        "conditions": conditions.transpose()?,
    }))
}

/// What the study was called when the child took part; unknown for very old responses.
async fn study_name(ctx: &Context, row: &response::Model) -> Result<Option<String>, Error> {
    let Some(number) = row.study_version else {
        return Ok(None);
    };
    let ad: Option<String> = study_version::Entity::find()
        .select_only()
        .column(study_version::Column::Ad)
        .filter(study_version::Column::StudyId.eq(row.study_id))
        .filter(study_version::Column::Number.eq(number))
        .into_tuple()
        .one(&ctx.db)
        .await?;
    let ad = ad
        .map(|text| convert::ad(row.study_id, &text))
        .transpose()?;
    Ok(ad.map(|ad| ad.name))
}

async fn entries(
    ctx: &Context,
    response: ResponseId,
    after: Option<(i32, ResponseFrameId)>,
) -> Result<(String, Step), Error> {
    use response_frame::Column;
    let later = match after {
        None => Condition::all(),
        Some((number, id)) => Condition::any()
            .add(Column::Number.gt(number))
            .add(Column::Number.eq(number).and(Column::Id.gt(id))),
    };
    let rows = response_frame::Entity::find()
        .filter(Column::ResponseId.eq(response))
        .filter(later)
        .order_by_asc(Column::Number)
        .order_by_asc(Column::Id)
        .limit(CHUNK)
        .all(&ctx.db)
        .await?;
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let record = json!({
            "number": row.number,
            "kind": row.kind,
            "frame_id": row.frame_id,
            "received_at": time(row.received_at),
            "data": serde_json::from_str::<Value>(&row.data)?,
        });
        push(&mut text, after.is_none() && index == 0, &record);
    }
    Ok(match rows.last() {
        Some(last) if is_full(&rows) => {
            (text, Step::Entries(response, Some((last.number, last.id))))
        }
        _ => (text + "\n]}", Step::Response(Some(response))),
    })
}

/// Whether more may follow what was read.
fn is_full<T>(rows: &[T]) -> bool {
    u64::try_from(rows.len()).is_ok_and(|read| read == CHUNK)
}

/// Adds an element to a list.
fn push(text: &mut String, is_first: bool, record: &Value) {
    text.push_str(if is_first { "\n" } else { ",\n" });
    text.push_str(&record.to_string());
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
