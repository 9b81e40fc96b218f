//! A report of another site that a response is complete, and the signatures that prove it.

use adapters::keys::hmac_hex;
use adapters::secrets::is_equal;
use domain::responses::ResponseId;
use domain::studies::{StudyId, StudyKind};
use entities::{response, study};
use sea_orm::EntityTrait;
use serde_json::Value;

use crate::context::Context;
use crate::error::Error;

/// What signatures of return links are for.
const PURPOSE: &str = "returns from other sites";
/// How old a signed message may be, in seconds, so that it can't be sent again later.
const FRESH: u64 = 300;

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

    pub(super) fn of_link(ctx: &Context, link: &str) -> Option<Self> {
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

    pub(super) async fn of_message(
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
        let expected = hmac_hex(
            &webhook_secret(ctx, study).await?,
            &format!("{time}.{body}"),
        )?;
        let is_fresh = time
            .parse::<i64>()
            .is_ok_and(|time| ctx.now().timestamp().abs_diff(time) <= FRESH);
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
            "Send {\"response\": \"<uuid>\"}, with the UUID that came in the address when the \
             family arrived.",
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

/// The secret with which the other site of a study signs its messages.
pub async fn webhook_secret(ctx: &Context, study: StudyId) -> Result<String, Error> {
    let row = study::Entity::find_by_id(study).one(&ctx.db).await?;
    webhook_secret_of(ctx, &row.ok_or(Error::Denied)?)
}

/// The same of a row: each renewal makes another one of it.
pub(crate) fn webhook_secret_of(ctx: &Context, study: &study::Model) -> Result<String, Error> {
    let about = match study.webhook_generation {
        0 => study.id.to_string(),
        generation => format!("{}\n{generation}", study.id),
    };
    Ok(ctx.keys.sign("messages of other sites", &about)?)
}
