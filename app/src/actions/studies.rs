//! Taking part, looking before others do, and writing, reviewing and running studies.

use domain::permissions::Action;
use domain::studies::{
    AdForm, Declarations, DesignForm, DraftPart, Section, StudyId, StudyKind, Transition,
};
use services::permissions::{Target, allowed};
use services::responses::{self, Launch, StartRun, Started};
use services::studies::{self, SaveOptions, SavedVersion, StateChange};
use services::{Actor, Context, Error};

use super::{Outcome, Post, ShownOnce};
use crate::error::AppError;

/// Begins a run, or goes on with one, and leads to the run origin or to another site.
pub async fn start_run(post: Post) -> Result<Outcome, AppError> {
    let study: StudyId = post.id()?;
    let Ok(child) = post.form.text("child").parse() else {
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
        Ok(launch) => Ok(go(&post, launch)),
        Err(Error::Invalid(violations)) if violations.message("demographics").is_some() => {
            let back = format!("/studies/{study}");
            Ok(Outcome::See(format!(
                "/account/demographics?{}",
                serde_urlencoded::to_string([("next", back)]).unwrap_or_default()
            )))
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a full preview, of an age in days if one is given.
pub async fn preview_study(post: Post) -> Result<Outcome, AppError> {
    let age = post.form.text("age_days").parse().ok();
    let launch = responses::preview(&post.ctx, &post.actor, post.id()?, age).await?;
    Ok(go(&post, launch))
}

fn go(post: &Post, launch: Launch) -> Outcome {
    match launch {
        Launch::Run(started) => enter(post, &started),
        Launch::Away { address, .. } => {
            Outcome::Shown("/studies/leave".to_owned(), ShownOnce(vec![address]))
        }
    }
}

/// The ticket travels behind `#`, which browsers send to no server and write into no log.
fn enter(post: &Post, started: &Started) -> Outcome {
    Outcome::See(format!(
        "{}/run/{}#{}",
        post.ctx.site.run_origin,
        started.session,
        started.ticket.expose()
    ))
}

/// Why a form that names nothing is refused: whoever may not do this at all is told that first.
async fn incomplete(
    ctx: &Context,
    actor: &Actor,
    action: Action,
    id: StudyId,
    field: &str,
    words: &str,
) -> AppError {
    match allowed(&ctx.db, actor, action, Target::Study(id)).await {
        Ok(_) => Error::field(field, "required", words).into(),
        Err(error) => error.into(),
    }
}

/// Makes a study.
pub async fn create_study(post: Post) -> Result<Outcome, AppError> {
    post.actor.researcher_in_person()?;
    let mut violations = studies::check_name(&post.form.text("name"))
        .err()
        .unwrap_or_default();
    let lab = post.form.text("lab").parse();
    let kind = post.form.text("kind").parse::<StudyKind>();
    if lab.is_err() {
        violations.add("lab", "required", "Please choose a lab.");
    }
    if kind.is_err() {
        violations.add("kind", "required", "Please choose a kind.");
    }
    let (Ok(lab), Ok(kind), true) = (lab, kind, violations.is_empty()) else {
        return Err(Error::Invalid(violations).into());
    };
    let id = studies::create(&post.ctx, &post.actor, lab, kind, &post.form.text("name")).await?;
    Ok(Outcome::see(format!("/exp/studies/{id}?done=created")))
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
        base: post.form.text("base").parse().ok(),
        agrees: post.form.has("agrees", "1"),
        restored_from: None,
    }
}

fn done(before: Option<i32>, saved: &SavedVersion) -> &'static str {
    if saved.needs_review {
        "saved-review"
    } else if before == Some(saved.version) {
        "unchanged"
    } else {
        "saved"
    }
}

/// Saves the ad.
pub async fn save_ad(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let text = |name: &str| post.form.text(name);
    let age = |bound: &str| {
        [
            text(&format!("{bound}_years")),
            text(&format!("{bound}_months")),
            text(&format!("{bound}_days")),
        ]
    };
    let form = AdForm {
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
    };
    let how = saving(&post);
    let saved = studies::save_ad(
        &post.ctx,
        &post.actor,
        id,
        &form,
        text("lab").parse().ok(),
        &how,
    )
    .await?;
    Ok(Outcome::see(format!(
        "/exp/studies/{id}/edit?done={}",
        done(how.base, &saved)
    )))
}

/// Saves the design.
pub async fn save_design(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let text = |name: &str| post.form.text(name);
    let form = DesignForm {
        structure: text("structure"),
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
    };
    let how = saving(&post);
    let saved = studies::save_design(&post.ctx, &post.actor, id, &form, &how).await?;
    Ok(Outcome::see(format!(
        "/exp/studies/{id}/design?done={}",
        done(how.base, &saved)
    )))
}

/// Sets the picture.
pub async fn set_image(post: Post, file: Result<Vec<u8>, String>) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    match file {
        Ok(file) => studies::set_image(&post.ctx, &post.actor, id, file).await?,
        Err(words) => {
            return Err(incomplete(
                &post.ctx,
                &post.actor,
                Action::WriteStudyDetails,
                id,
                "image",
                &words,
            )
            .await);
        }
    };
    Ok(Outcome::see(format!("/exp/studies/{id}/edit?done=picture")))
}

/// Keeps the sources of a custom runner.
pub async fn set_archive(post: Post, file: Result<Vec<u8>, String>) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let saved = match file {
        // Whoever sends a file has read on the page what that costs: the form stands below the
        // words.
        Ok(file) => {
            studies::set_archive(
                &post.ctx,
                &post.actor,
                id,
                file,
                &SaveOptions {
                    agrees: true,
                    ..SaveOptions::default()
                },
            )
            .await?
        }
        Err(words) => {
            return Err(incomplete(
                &post.ctx,
                &post.actor,
                Action::WriteStudyDetails,
                id,
                "archive",
                &words,
            )
            .await);
        }
    };
    Ok(Outcome::see(format!(
        "/exp/studies/{id}/design?done={}",
        done(None, &saved)
    )))
}

/// Throws a draft away.
pub async fn drop_draft(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let part = post.form.text("part").parse().unwrap_or(DraftPart::Design);
    studies::drop_draft(&post.ctx, &post.actor, id, part).await?;
    Ok(Outcome::see(format!(
        "/exp/studies/{id}/{}?done=dropped",
        if part == DraftPart::Ad {
            "edit"
        } else {
            "design"
        }
    )))
}

/// Brings a study into another state.
pub async fn change_state(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let Ok(transition) = post.form.text("transition").parse::<Transition>() else {
        return Err(incomplete(
            &post.ctx,
            &post.actor,
            Action::ChangeStudyStatus,
            id,
            "transition",
            "Please say what should happen.",
        )
        .await);
    };
    let declarations = Declarations::of(
        &post.form.all("declaration"),
        &post.form.text("issues_description"),
    );
    let input = StateChange {
        transition,
        comment: post.form.text("comment"),
        declarations,
        version: post
            .form
            .text("version")
            .parse()
            .ok()
            .filter(|version| *version > 0),
    };
    studies::change_state(&post.ctx, &post.actor, id, &input).await?;
    Ok(Outcome::see(match transition {
        Transition::Archive => "/exp/studies?done=archived".to_owned(),
        Transition::Approve | Transition::Reject => format!("/exp/studies/{id}/review?done=moved"),
        _ => format!("/exp/studies/{id}?done=moved"),
    }))
}

/// Makes an older version the latest again.
pub async fn restore_version(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let Ok(version) = post.form.text("version").parse() else {
        return Err(incomplete(
            &post.ctx,
            &post.actor,
            Action::WriteStudyDetails,
            id,
            "version",
            "Please say which version.",
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
    Ok(Outcome::see(format!(
        "/exp/studies/{id}/versions?done={}",
        if saved.needs_review {
            "restored-review"
        } else {
            "restored"
        }
    )))
}

/// Copies a study.
pub async fn clone_study(post: Post) -> Result<Outcome, AppError> {
    let copy = studies::clone(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Outcome::see(format!("/exp/studies/{copy}?done=cloned")))
}

/// Deletes what previews stored.
pub async fn delete_previews(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    studies::delete_previews(
        &post.ctx,
        &post.actor,
        id,
        post.form.text("expected").parse().unwrap_or(0),
    )
    .await?;
    Ok(Outcome::see(format!(
        "/exp/studies/{id}?done=previews-deleted"
    )))
}

/// Leaves a remark.
pub async fn comment_study(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let section = post
        .form
        .text("section")
        .parse()
        .unwrap_or(Section::General);
    studies::comment(&post.ctx, &post.actor, id, section, &post.form.text("body")).await?;
    Ok(Outcome::see(format!(
        "/exp/studies/{id}/review?done=remarked#remarks"
    )))
}

/// Says that a remark is dealt with, or not.
pub async fn settle_comment(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let Ok(comment) = post.form.text("comment").parse() else {
        return Err(incomplete(
            &post.ctx,
            &post.actor,
            Action::WriteStudyDetails,
            id,
            "comment",
            "Please say which remark.",
        )
        .await);
    };
    studies::resolve_comment(
        &post.ctx,
        &post.actor,
        id,
        comment,
        post.form.has("settled", "1"),
    )
    .await?;
    Ok(Outcome::see(format!(
        "/exp/studies/{id}/review?done=settled#remarks"
    )))
}

/// Asks a colleague, or no longer does.
pub async fn change_peers(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    match post.form.text("account").parse() {
        Ok(account) => studies::remove_peer(&post.ctx, &post.actor, id, account).await?,
        Err(_) => studies::add_peer(&post.ctx, &post.actor, id, &post.form.text("email")).await?,
    }
    Ok(Outcome::see(format!("/exp/studies/{id}/review?done=asked")))
}
