//! What other sites report about responses that were begun here: by a signed link that the family
//! follows, or by a signed message.

use domain::studies::StudyId;
use entities::response;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;

use super::report::Report;
use crate::act::Act;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::studies::{self, Counted};

/// A family came back by the link: its response is complete. Following it again changes nothing.
pub async fn complete_by_link(ctx: &Context, link: &str) -> Result<(), Error> {
    let report = Report::of_link(ctx, link).ok_or(Error::NotFound(Noun::Response))?;
    complete(ctx, &report).await
}

/// Another site reports that a response is complete. `signature` is `t=<seconds since
/// 1970>,v1=<HMAC-SHA256 of "t.body" in hexadecimal>`, made with the study's secret; `body` is
/// `{"response": "<uuid>"}`.
pub async fn report_completion(
    ctx: &Context,
    study: StudyId,
    signature: &str,
    body: &str,
) -> Result<(), Error> {
    let report = Report::of_message(ctx, study, signature, body).await?;
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
