//! Taking part, and looking before others do.

use domain::studies::StudyId;
use services::responses::{self, StartRun, Started};

use super::{Outcome, Post};
use crate::error::AppError;

/// Begins a run, or goes on with one, and leads to the run origin.
pub async fn start_run(post: Post) -> Result<Outcome, AppError> {
    let study: StudyId = post.id()?;
    let Ok(child) = post.form.text("child").parse() else {
        post.actor.signed_in()?;
        return Err(services::Error::field("child", "required", "Please choose which child takes part.").into());
    };
    let input = StartRun { study, child, starts_over: post.form.has("start_over", "1") };
    match responses::start(&post.ctx, &post.actor, input).await {
        Ok(started) => Ok(enter(&post, &started)),
        Err(services::Error::Invalid(violations)) if violations.message("demographics").is_some() => {
            let back = format!("/studies/{study}");
            Ok(Outcome::See(format!("/account/demographics?{}", serde_urlencoded::to_string([("next", back)]).unwrap_or_default())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a preview.
pub async fn preview_study(post: Post) -> Result<Outcome, AppError> {
    let started = responses::preview(&post.ctx, &post.actor, post.id()?).await?;
    Ok(enter(&post, &started))
}

/// The ticket travels behind `#`, which browsers send to no server and write into no log.
fn enter(post: &Post, started: &Started) -> Outcome {
    Outcome::See(format!("{}/run/{}#{}", post.ctx.site.run_origin, started.session, started.ticket.expose()))
}
