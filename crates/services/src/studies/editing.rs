//! Writing a study: its ad, its picture, its design, the archive of its runner.

use adapters::archives;
use domain::Violations;
use domain::audit::AuditAction;
use domain::labs::LabId;
use domain::permissions::Action;
use domain::studies::{AdForm, Content, DesignForm, DraftPart, StudyId, StudyKind, StudyState};
use entities::study;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;

use super::access::{open, readable};
use super::creating::{LabChoice, labs_for_new_studies};
use super::earlier::{StudyName, known, refuse_unknown};
use super::quotas::{self, Rate};
use super::saving::{self, Change, SaveOptions, SavedVersion};
use super::{contents, drafts, kinds, moving};
use crate::act::{Act, OfStudy};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::permissions::{ActionTarget, require};
use crate::{pictures, responses};

/// Largest width and height of a study's picture, in pixels.
const PICTURE: u32 = 800;

/// The page of a study's ad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdPage {
    /// Its design, which may be long, is left empty.
    pub content: Content,
    pub kind: StudyKind,
    pub state: StudyState,
    /// The version that is shown.
    pub version: i32,
    pub lab: LabChoice,
    /// Labs to which the person may move it.
    pub labs: Vec<LabChoice>,
    /// Studies that its lists name.
    pub known: Vec<StudyName>,
}

/// What a study tells families, for whoever may change it.
pub async fn ad(ctx: &Context, actor: &Actor, id: StudyId) -> Result<AdPage, Error> {
    actor.researcher_in_person()?;
    let (study, lab, roles) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    let content = contents::ad_of(&ctx.db, &study, study.version).await?;
    let ad = &content.ad;
    let named = ad.must.union(&ad.must_not).copied().collect();
    let labs = if roles.grants(Action::ChangeStudyLab) {
        labs_for_new_studies(ctx, actor).await?
    } else {
        Vec::new()
    };
    Ok(AdPage {
        known: known(ctx, actor, named).await?,
        content,
        kind: study.kind,
        state: study.state,
        version: study.version,
        lab: LabChoice {
            id: lab.id,
            name: lab.name,
        },
        labs,
    })
}

/// Saves the ad as a new version, and moves the study to another lab if that is asked for.
pub async fn save_ad(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    form: &AdForm,
    lab: Option<LabId>,
    how: &SaveOptions,
) -> Result<SavedVersion, Error> {
    let plan = saving::plan(ctx, actor, id, Change::Ad(form)).await?;
    let mut act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    refuse_unknown(&act.tx, id, "must", &plan.after.ad.must).await?;
    refuse_unknown(&act.tx, id, "must_not", &plan.after.ad.must_not).await?;
    refuse_overwriting(&act, how, DraftPart::Ad).await?;
    if let Some(lab) = lab.filter(|lab| *lab != act.study.lab_id) {
        moving::move_to(&mut act, lab, how).await?;
        // Somebody who could write only as a member of the old lab no longer can.
        act.also(Action::WriteStudyDetails).await?;
    }
    let saved = saving::write(&mut act, plan, how).await?;
    drafts::forget(&act, DraftPart::Ad).await?;
    act.commit(saved).await
}

/// The page of a study's design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesignPage {
    pub name: String,
    pub kind: StudyKind,
    pub content: Content,
    pub state: StudyState,
    /// The version that is shown.
    pub version: i32,
    /// Secret with which another site signs what it reports; empty where none takes part.
    pub webhook_secret: String,
}

/// What a study runs, for whoever may change it.
pub async fn design(ctx: &Context, actor: &Actor, id: StudyId) -> Result<DesignPage, Error> {
    actor.researcher_in_person()?;
    let opened = open(ctx, actor, id, Action::WriteStudyDetails).await?;
    let webhook_secret = if kinds::of(opened.study.kind).is_elsewhere() {
        responses::webhook_secret_of(ctx, &opened.study)?
    } else {
        String::new()
    };
    Ok(DesignPage {
        name: opened.study.name,
        kind: opened.study.kind,
        content: opened.content,
        state: opened.study.state,
        version: opened.study.version,
        webhook_secret,
    })
}

/// Gives a study another secret with which the other site signs what it reports; the one before
/// stops working.
pub async fn renew_webhook_secret(ctx: &Context, actor: &Actor, id: StudyId) -> Result<(), Error> {
    let act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    if !kinds::of(act.study.kind).is_elsewhere() {
        return Err(Error::NotFound(Noun::Study));
    }
    study::ActiveModel {
        id: Set(id),
        webhook_generation: Set(act.study.webhook_generation + 1),
        ..Default::default()
    }
    .update(&act.tx)
    .await?;
    act.audit(Event::of(AuditAction::StudySaved).detail("webhook secret renewed"))
        .await?;
    act.commit(()).await
}

/// Saves the design as a new version.
pub async fn save_design(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    form: &DesignForm,
    how: &SaveOptions,
) -> Result<SavedVersion, Error> {
    let plan = saving::plan(ctx, actor, id, Change::Design(form)).await?;
    let mut act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    refuse_overwriting(&act, how, DraftPart::Design).await?;
    let saved = saving::write(&mut act, plan, how).await?;
    drafts::forget(&act, DraftPart::Design).await?;
    act.commit(saved).await
}

/// Refuses to put a text over one that somebody else saved meanwhile. Saving the other half of the
/// study is not a conflict.
async fn refuse_overwriting(
    act: &Act<'_, OfStudy<'_>>,
    how: &SaveOptions,
    part: DraftPart,
) -> Result<(), Error> {
    let Some(base) = how.base else { return Ok(()) };
    match drafts::conflict(&act.tx, &act.study, base, part).await? {
        None => Ok(()),
        Some(words) => Err(Error::field(
            "base",
            "conflict",
            format!(
                "{words} Nothing of yours is lost: it is all below. Compare the two, copy what \
                 you need, and save again to put yours on top."
            ),
        )),
    }
}

/// Sets the study's picture: square, encoded afresh, nothing but pixels.
pub async fn set_image(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    file: Vec<u8>,
) -> Result<SavedVersion, Error> {
    actor.researcher_in_person()?;
    require(
        ctx,
        actor,
        Action::WriteStudyDetails,
        ActionTarget::Study(id),
    )
    .await?;
    let name = pictures::keep(ctx, "image", file, (PICTURE, PICTURE), square).await?;
    let change = Change::Image(format!("/pictures/{name}"));
    save(ctx, actor, id, change, &SaveOptions::default()).await
}

fn square(width: u32, height: u32) -> Result<(), Violations> {
    if width == height {
        return Ok(());
    }
    Err(Violations::one(
        "image",
        "wrong_shape",
        format!("The picture must be exactly square. This one is {width} by {height}."),
    ))
}

/// Keeps an archive with the sources of a custom runner. It is looked into, never unpacked here.
pub async fn set_archive(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    file: Vec<u8>,
    how: &SaveOptions,
) -> Result<SavedVersion, Error> {
    actor.researcher_in_person()?;
    let (row, _, _) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    if !kinds::of(row.kind).has_archive() {
        return Err(Error::Conflict(
            "Only studies with a custom runner have an archive.".to_owned(),
        ));
    }
    if file.is_empty() {
        return Err(Error::field(
            "archive",
            "required",
            "Please choose an archive first.",
        ));
    }
    quotas::count(ctx, actor, Rate::Archives).await?;
    quotas::refuse_more_archives(ctx, id).await?;
    let look = move || archives::inspect(&file).map(|_| file);
    let looked = ctx.on_design(look).await?;
    let file = looked.map_err(|error| Error::field("archive", "archive", error.advice()))?;
    let name = ctx.storage.store_archive(file).await?;
    save(ctx, actor, id, Change::Archive(name), how).await
}

async fn save(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    change: Change<'_>,
    how: &SaveOptions,
) -> Result<SavedVersion, Error> {
    let plan = saving::plan(ctx, actor, id, change).await?;
    let mut act = Act::study(ctx, actor, id, Action::WriteStudyDetails).await?;
    let saved = saving::write(&mut act, plan, how).await?;
    act.commit(saved).await
}
