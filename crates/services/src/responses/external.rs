//! What other sites report about responses that were begun here: by a signed link that the family
//! follows, or by a signed message.

use adapters::keys::hmac_hex;
use adapters::secrets::is_equal;
use domain::responses::ResponseId;
use domain::studies::{StudyId, StudyKind};
use entities::response;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde_json::Value;

use crate::act::Act;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::studies::{self, Counted};

/// What signatures of return links are for.
const PURPOSE: &str = "returns from other sites";
/// How old a signed message may be, in seconds, so that it can't be sent again later.
const FRESH: i64 = 300;

/// That a response is complete, from somebody whose signature was right. Only this module makes
/// one, after a look at the signature.
pub(crate) struct Report {
    response: ResponseId,
    /// The study whose secret signed it; none for a link, which is about one response.
    study: Option<StudyId>,
}

impl Report {
    pub fn response(&self) -> ResponseId {
        self.response
    }

    /// Whether it may say something about this response: one that is given elsewhere, in the study
    /// whose secret was used.
    pub fn is_about(&self, row: &response::Model) -> bool {
        row.study_kind == StudyKind::External
            && self.study.is_none_or(|study| study == row.study_id)
    }

    fn of_link(ctx: &Context, link: &str) -> Option<Self> {
        let (response, signature) = link.split_once('.')?;
        let response: ResponseId = response.parse().ok()?;
        let is_signed = ctx
            .keys
            .is_signed(PURPOSE, &response.to_string(), signature);
        is_signed.then_some(Self {
            response,
            study: None,
        })
    }

    fn of_message(
        ctx: &Context,
        study: StudyId,
        signature: &str,
        body: &str,
    ) -> Result<Self, Error> {
        let part = |name: &str| {
            let mut parts = signature.split(',');
            let found = parts.find_map(|part| part.trim().strip_prefix(name));
            found.unwrap_or_default()
        };
        let (time, given) = (part("t="), part("v1="));
        let expected = hmac_hex(&webhook_secret(ctx, study)?, &format!("{time}.{body}"))?;
        let is_fresh = time
            .parse::<i64>()
            .is_ok_and(|time| (ctx.now().timestamp() - time).abs() <= FRESH);
        if !is_equal(&expected, given) || !is_fresh {
            return Err(Error::Denied);
        }
        Ok(Self {
            response: response_of(body)?,
            study: Some(study),
        })
    }
}

fn response_of(body: &str) -> Result<ResponseId, Error> {
    let found = serde_json::from_str::<Value>(body).ok().and_then(|value| {
        let text = value.get("response")?.as_str()?;
        text.parse().ok()
    });
    found.ok_or_else(|| {
        Error::field(
            "response",
            "no_uuid",
            "Send {\"response\": \"<uuid>\"}, with the UUID that came in the address of the visit.",
        )
    })
}

/// The link by which a family comes back from another site, and which says that it is done there.
pub(super) fn return_link(ctx: &Context, response: ResponseId) -> Result<String, Error> {
    let signature = ctx.keys.sign(PURPOSE, &response.to_string())?;
    Ok(format!(
        "{}/studies/return/{}.{signature}",
        ctx.site.origin,
        response.0.simple()
    ))
}

/// A family came back by the link: its response is complete. Following it again changes nothing.
pub async fn complete_by_link(ctx: &Context, link: &str) -> Result<(), Error> {
    let report = Report::of_link(ctx, link).ok_or(Error::NotFound(Noun::Response))?;
    complete(ctx, &report).await
}

/// The secret with which the other site of a study signs its messages.
pub fn webhook_secret(ctx: &Context, study: StudyId) -> Result<String, Error> {
    Ok(ctx
        .keys
        .sign("messages of other sites", &study.to_string())?)
}

/// Another site reports that a response is complete. `signature` is `t=<seconds since
/// 1970>,v1=<HMAC-SHA256 of "t.body" in hexadecimal>`, made with [`webhook_secret`]; `body` is
/// `{"response": "<uuid>"}`.
pub async fn report_completion(
    ctx: &Context,
    study: StudyId,
    signature: &str,
    body: &str,
) -> Result<(), Error> {
    let report = Report::of_message(ctx, study, signature, body)?;
    complete(ctx, &report).await
}

async fn complete(ctx: &Context, report: &Report) -> Result<(), Error> {
    let act = Act::report(ctx, report).await?;
    if act.response.is_completed {
        return act.unchanged(()).await;
    }
    if !act.response.is_preview {
        studies::count(ctx, &act.tx, act.response.study_id, Counted::Completed).await?;
    }
    response::ActiveModel {
        id: Set(act.response.id),
        is_completed: Set(true),
        ended_at: Set(Some(ctx.now())),
        updated_at: Set(ctx.now()),
        ..Default::default()
    }
    .update(&act.tx)
    .await?;
    act.commit(()).await
}
