//! What other sites report about responses that were begun here: by a signed link that the family
//! follows, or by a signed message.

use domain::audit::AuditAction;
use domain::permissions::Action;
use domain::responses::ResponseId;
use domain::studies::StudyId;
use entities::response;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use super::report::Report;
use crate::act::{Act, OfResponse};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::studies::{self, Counted};

/// A family came back by the link: its response is complete. Following it again changes nothing.
pub async fn complete_by_link(ctx: &Context, link: &str) -> Result<(), Error> {
    let report = Report::of_link(ctx, link).ok_or(Error::NotFound(Noun::Response))?;
    report_complete(ctx, &report).await
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
    report_complete(ctx, &report).await
}

async fn report_complete(ctx: &Context, report: &Report) -> Result<(), Error> {
    let act = Act::report(ctx, report).await?;
    if act.response.is_completed {
        return act.unchanged(()).await;
    }
    complete(&act).await?;
    act.commit(()).await
}

/// The lab knows that a family is done elsewhere, and nothing has told us so.
pub async fn complete_by_hand(ctx: &Context, actor: &Actor, id: ResponseId) -> Result<(), Error> {
    let act = Act::response(ctx, actor, id, Action::CodeStudyConsent).await?;
    if act.response.study_kind.is_internal() {
        let words = "The player says when a response of this study is complete.";
        return Err(Error::Conflict(words.to_owned()));
    }
    if act.response.is_completed {
        return act.unchanged(()).await;
    }
    complete(&act).await?;
    let event = Event::of(AuditAction::ResponseCompleted);
    act.audit(event.detail(format!("response {id}"))).await?;
    act.commit(()).await
}

async fn complete(act: &Act<'_, OfResponse>) -> Result<(), Error> {
    let (ctx, row) = (act.ctx, &act.response);
    if !row.is_preview {
        studies::count(ctx, &act.tx, row.study_id, Counted::Completed).await?;
    }
    let completed = response::ActiveModel {
        id: Set(row.id),
        is_completed: Set(true),
        ended_at: Set(Some(ctx.now())),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    response::Entity::update(completed)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}
