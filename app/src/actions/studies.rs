//! Taking part, looking before others do, and writing, reviewing and running studies.

use domain::permissions::Action;
use domain::responses::ResponseId;
use domain::studies::{
    AdForm, Declarations, DesignForm, DraftPart, Section, StudyId, StudyKind, Transition,
};
use services::Error;
use services::permissions::ActionTarget;
use services::responses::{self, Destination, RunTicket, StartRun};
use services::studies::{self, SaveOptions, SavedVersion, StateChange};

use super::incomplete;
use crate::error::AppError;
use crate::paths::with_next;
use crate::post::{Answer, Post};
use crate::request::ShownOnce;

/// Begins a run, or goes on with one, and leads to the run origin or to another site.
pub async fn start_run(post: Post) -> Result<Answer, AppError> {
    let study: StudyId = post.id()?;
    let Ok(child) = post.text("child").parse() else {
        post.actor.signed_in()?;
        return Err(
            Error::field("child", "required", "Please choose which child takes part.").into(),
        );
    };
    let input = StartRun {
        study,
        child,
        starts_over: post.form.has("start_over", "1"),
    };
    match responses::start(&post.ctx, &post.actor, input).await {
        Ok(launch) => Ok(lead_to(&post, launch)),
        Err(Error::Invalid(violations)) if violations.message("demographics").is_some() => {
            let back = format!("/studies/{study}");
            Ok(Answer::redirect(with_next(
                "/account/demographics",
                Some(&back),
            )))
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a full preview, of an age in days if one is given.
pub async fn preview_study(post: Post) -> Result<Answer, AppError> {
    let age = post.text("age_days").parse().ok();
    let launch = responses::preview(&post.ctx, &post.actor, post.id()?, age).await?;
    Ok(lead_to(&post, launch))
}

/// Notes that a family is done with a response that it gave elsewhere.
pub async fn complete_response(post: Post) -> Result<Answer, AppError> {
    let id: ResponseId = post.id()?;
    responses::complete_by_hand(&post.ctx, &post.actor, id).await?;
    Ok(Answer::redirect(format!(
        "/exp/responses/{id}?done=completed"
    )))
}

fn lead_to(post: &Post, launch: Destination) -> Answer {
    match launch {
        Destination::Run(started) => lead_to_run(post, &started),
        Destination::Away { address, .. } => {
            Answer::ShownOnce("/studies/leave".to_owned(), ShownOnce(vec![address]))
        }
    }
}

/// The ticket travels behind `#`, which browsers send to no server and write into no log.
fn lead_to_run(post: &Post, started: &RunTicket) -> Answer {
    Answer::Run(format!(
        "{}/run/{}#{}",
        post.ctx.site.run_origin,
        started.session,
        started.ticket.expose()
    ))
}

pub async fn create_study(post: Post) -> Result<Answer, AppError> {
    post.actor.researcher_in_person()?;
    let mut violations = studies::check_name(&post.text("name"))
        .err()
        .unwrap_or_default();
    let lab = post.text("lab").parse();
    let kind = post.text("kind").parse::<StudyKind>();
    if lab.is_err() {
        violations.add("lab", "required", "Please choose a lab.");
    }
    if kind.is_err() {
        violations.add("kind", "required", "Please choose a kind.");
    }
    let (Ok(lab), Ok(kind), true) = (lab, kind, violations.is_empty()) else {
        return Err(Error::Invalid(violations).into());
    };
    let id = studies::create(&post.ctx, &post.actor, lab, kind, &post.text("name")).await?;
    Ok(Answer::redirect(format!("/exp/studies/{id}?done=created")))
}

fn saving(post: &Post) -> SaveOptions {
    SaveOptions {
        note: post
            .form
            .text("note")
            .trim()
            .chars()
            .take(domain::text::LINE)
            .filter(|c| !c.is_control())
            .collect(),
        base: post.text("base").parse().ok(),
        agrees: post.form.has("agrees", "1"),
        restored_from: None,
    }
}

/// The word for what saving did, as the pages know it.
fn outcome(before: Option<i32>, saved: &SavedVersion) -> &'static str {
    if saved.needs_review {
        "saved-review"
    } else if before == Some(saved.version) {
        "unchanged"
    } else {
        "saved"
    }
}

fn ad_form(post: &Post) -> AdForm {
    let text = |name: &str| post.text(name);
    let age = |bound: &str| {
        [
            text(&format!("{bound}_years")),
            text(&format!("{bound}_months")),
            text(&format!("{bound}_days")),
        ]
    };
    AdForm {
        name: text("name"),
        preview_summary: text("preview_summary"),
        short_description: text("short_description"),
        purpose: text("purpose"),
        criteria: text("criteria"),
        duration: text("duration"),
        contact_info: text("contact_info"),
        compensation: text("compensation"),
        image_alt: text("image_alt"),
        exit_url: text("exit_url"),
        min_age: age("min_age"),
        max_age: age("max_age"),
        criteria_expression: text("criteria_expression"),
        must: post.form.all("must"),
        must_not: post.form.all("must_not"),
        priority: text("priority"),
        is_public: post.form.has("is_public", "1"),
        has_shared_preview: post.form.has("has_shared_preview", "1"),
    }
}

pub async fn save_ad(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let (form, lab, how) = (ad_form(&post), post.parsed("lab"), saving(&post));
    let saved = studies::save_ad(&post.ctx, &post.actor, id, &form, lab, &how).await?;
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/edit?done={}",
        outcome(how.base, &saved)
    )))
}

fn design_form(post: &Post) -> DesignForm {
    let text = |name: &str| post.text(name);
    DesignForm {
        protocol: text("structure"),
        uses_generator: post.form.has("uses_generator", "1"),
        generator: text("generator"),
        experiment: text("experiment"),
        url: text("url"),
        scheduled: text("scheduled"),
        scheduling: text("scheduling"),
        other_scheduling: text("other_scheduling"),
        study_platform: text("study_platform"),
        other_study_platform: text("other_study_platform"),
        player_repo_url: text("player_repo_url"),
        last_known_player_sha: text("last_known_player_sha"),
        child_facts: post.form.all("child_facts"),
        hosts: text("hosts"),
    }
}

pub async fn save_design(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let (form, how) = (design_form(&post), saving(&post));
    let saved = studies::save_design(&post.ctx, &post.actor, id, &form, &how).await?;
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/design?done={}",
        outcome(how.base, &saved)
    )))
}

/// Renews the secret with which another site signs its messages.
pub async fn renew_webhook_secret(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    studies::renew_webhook_secret(&post.ctx, &post.actor, id).await?;
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/design?done=secret"
    )))
}

pub async fn set_image(post: Post, file: Result<Vec<u8>, String>) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    match file {
        Ok(file) => studies::set_image(&post.ctx, &post.actor, id, file).await?,
        Err(words) => {
            return Err(incomplete(
                &post,
                Action::WriteStudyDetails,
                ActionTarget::Study(id),
                "image",
                &words,
            )
            .await);
        }
    };
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/edit?done=picture"
    )))
}

/// Keeps the sources of a custom runner.
pub async fn set_archive(post: Post, file: Result<Vec<u8>, String>) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let saved = match file {
        Ok(file) => {
            // The form says what uploading a file costs, so whoever uploads one has read it.
            let how = SaveOptions {
                agrees: true,
                ..SaveOptions::default()
            };
            studies::set_archive(&post.ctx, &post.actor, id, file, &how).await?
        }
        Err(words) => {
            return Err(incomplete(
                &post,
                Action::WriteStudyDetails,
                ActionTarget::Study(id),
                "archive",
                &words,
            )
            .await);
        }
    };
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/design?done={}",
        outcome(None, &saved)
    )))
}

pub async fn drop_draft(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let part = post.text("part").parse().unwrap_or(DraftPart::Design);
    studies::drop_draft(&post.ctx, &post.actor, id, part).await?;
    let page = if part == DraftPart::Ad {
        "edit"
    } else {
        "design"
    };
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/{page}?done=dropped"
    )))
}

/// Brings a study into another state.
pub async fn change_state(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let Ok(transition) = post.text("transition").parse::<Transition>() else {
        return Err(incomplete(
            &post,
            Action::ChangeStudyStatus,
            ActionTarget::Study(id),
            "transition",
            "Please choose what to do.",
        )
        .await);
    };
    let declarations = Declarations::of(
        &post.form.all("declaration"),
        &post.text("issues_description"),
    );
    let input = StateChange {
        transition,
        comment: post.text("comment"),
        declarations,
        version: post.parsed("version").filter(|version| *version > 0),
    };
    studies::change_state(&post.ctx, &post.actor, id, &input).await?;
    Ok(Answer::redirect(match transition {
        Transition::Archive => "/exp/studies?done=archived".to_owned(),
        Transition::Approve | Transition::Reject => format!("/exp/studies/{id}/review?done=moved"),
        _ => format!("/exp/studies/{id}?done=moved"),
    }))
}

/// Makes an older version the latest again.
pub async fn restore_version(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let Ok(version) = post.text("version").parse() else {
        return Err(incomplete(
            &post,
            Action::WriteStudyDetails,
            ActionTarget::Study(id),
            "version",
            "Please choose a version.",
        )
        .await);
    };
    let saved = studies::restore(
        &post.ctx,
        &post.actor,
        id,
        version,
        post.form.has("agrees", "1"),
    )
    .await?;
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/versions?done={}",
        if saved.needs_review {
            "restored-review"
        } else {
            "restored"
        }
    )))
}

pub async fn clone_study(post: Post) -> Result<Answer, AppError> {
    let copy = studies::clone(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Answer::redirect(format!("/exp/studies/{copy}?done=cloned")))
}

/// Deletes what previews stored.
pub async fn delete_previews(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    studies::delete_previews(
        &post.ctx,
        &post.actor,
        id,
        post.text("expected").parse().unwrap_or(0),
    )
    .await?;
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}?done=previews-deleted"
    )))
}

pub async fn comment_study(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let section = post
        .form
        .text("section")
        .parse()
        .unwrap_or(Section::General);
    studies::comment(&post.ctx, &post.actor, id, section, &post.text("body")).await?;
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/review?done=commented#comments"
    )))
}

/// Says that a comment is resolved, or not.
pub async fn resolve_comment(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let Ok(comment) = post.text("comment").parse() else {
        return Err(incomplete(
            &post,
            Action::WriteStudyDetails,
            ActionTarget::Study(id),
            "comment",
            "Please say which comment.",
        )
        .await);
    };
    studies::resolve_comment(
        &post.ctx,
        &post.actor,
        id,
        comment,
        post.form.has("resolved", "1"),
    )
    .await?;
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/review?done=resolved#comments"
    )))
}

/// Asks a peer reviewer, or no longer does.
pub async fn change_peers(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    match post.text("account").parse() {
        Ok(account) => studies::remove_peer_reviewer(&post.ctx, &post.actor, id, account).await?,
        Err(_) => {
            studies::add_peer_reviewer(&post.ctx, &post.actor, id, &post.text("email")).await?;
        }
    }
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/review?done=asked"
    )))
}
