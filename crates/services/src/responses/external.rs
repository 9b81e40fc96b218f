//! What other sites report about visits that were begun here: by a signed link that the family
//! follows, or by a signed message.

use adapters::keys::hmac_hex;
use adapters::secrets::is_equal;
use domain::responses::ResponseId;
use domain::studies::StudyId;
use entities::response;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect};

use crate::context::Context;
use crate::error::{Error, Noun};
use crate::studies::{self, Counted, kinds};

/// What signatures of return links are for.
const PURPOSE: &str = "returns from other sites";
/// How old a signed message may be, in seconds, so that it can't be sent again later.
const FRESH: i64 = 300;

/// The link by which a family comes back from another site, and which says that it is done there.
pub(super) fn return_link(ctx: &Context, response: ResponseId) -> Result<String, Error> {
    let signature = ctx.keys.sign(PURPOSE, &response.to_string())?;
    Ok(format!(
        "{}/studies/return/{}.{signature}",
        ctx.site.origin,
        response.0.simple()
    ))
}

/// A family came back by the link: its visit is complete. Following it again changes nothing.
pub async fn complete_by_link(ctx: &Context, link: &str) -> Result<(), Error> {
    let unknown = || Error::NotFound(Noun::Response);
    let (response, signature) = link.split_once('.').ok_or_else(unknown)?;
    let response: ResponseId = response.parse().map_err(|_| unknown())?;
    if !ctx
        .keys
        .is_signed(PURPOSE, &response.to_string(), signature)
    {
        return Err(unknown());
    }
    complete(ctx, None, response).await
}

/// The secret with which the other site of a study signs its messages.
pub fn webhook_secret(ctx: &Context, study: StudyId) -> Result<String, Error> {
    Ok(ctx
        .keys
        .sign("messages of other sites", &study.to_string())?)
}

/// Another site reports that a visit is complete. `signature` is `t=<seconds since
/// 1970>,v1=<HMAC-SHA256 of "t.body" in hexadecimal>`, made with [`webhook_secret`]; `body` is
/// `{"response": "<uuid>"}`.
pub async fn report_completion(
    ctx: &Context,
    study: StudyId,
    signature: &str,
    body: &str,
) -> Result<(), Error> {
    let part = |name: &str| {
        signature
            .split(',')
            .find_map(|part| part.trim().strip_prefix(name))
            .unwrap_or_default()
    };
    let (time, given) = (part("t="), part("v1="));
    let expected = hmac_hex(&webhook_secret(ctx, study)?, &format!("{time}.{body}"))?;
    let is_fresh = time
        .parse::<i64>()
        .is_ok_and(|time| (ctx.now().timestamp() - time).abs() <= FRESH);
    if !is_equal(&expected, given) || !is_fresh {
        return Err(Error::Denied);
    }
    let fault = || {
        Error::field(
            "response",
            "no_uuid",
            "Send {\"response\": \"<uuid>\"}, with the UUID that came in the address of the visit.",
        )
    };
    let value: serde_json::Value = serde_json::from_str(body).map_err(|_| fault())?;
    let response = value
        .get("response")
        .and_then(serde_json::Value::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or_else(fault)?;
    complete(ctx, Some(study), response).await
}

async fn complete(ctx: &Context, study: Option<StudyId>, id: ResponseId) -> Result<(), Error> {
    let tx = ctx.begin().await?;
    let row = response::Entity::find_by_id(id)
        .lock(LockType::Update)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(Noun::Response))?;
    if !kinds::of(row.study_kind).is_elsewhere() || study.is_some_and(|study| study != row.study_id)
    {
        return Err(Error::NotFound(Noun::Response));
    }
    if row.is_completed {
        return Ok(());
    }
    if !row.is_preview {
        studies::count(ctx, &tx, row.study_id, Counted::Completed).await?;
    }
    let mut changed: response::ActiveModel = row.into();
    changed.is_completed = Set(true);
    changed.ended_at = Set(Some(ctx.now()));
    changed.updated_at = Set(ctx.now());
    changed.update(&tx).await?;
    tx.commit().await?;
    Ok(())
}
