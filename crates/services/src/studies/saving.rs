//! The one way in which a study changes: what somebody wants becomes a new version, and what it
//! costs is said before.

use domain::audit::AuditAction;
use domain::messages::Email;
use domain::permissions::Action;
use domain::studies::{AdForm, Content, DesignForm, Edit, StudyId, StudyKind, StudyState};
use entities::{convert, study};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait};

use super::access::{open, readable};
use super::contents::{self, NewVersion};
use super::emails::email_people;
use super::log::{self, Extra};
use super::quotas::{self, Rate};
use crate::act::{Act, OfStudy};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::people::{self, name_of};

/// How somebody saves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveOptions {
    /// What the author writes about the version.
    pub note: String,
    /// The version on which the author worked; nothing where that does not matter.
    pub base: Option<i32>,
    /// Whether the author knows that the study must be reviewed again.
    pub agrees: bool,
    /// The version whose content this is.
    pub restored_from: Option<i32>,
}

/// What came of saving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedVersion {
    /// Number of the version that holds it now.
    pub version: i32,
    pub edits: Vec<Edit>,
    /// Where the study is now.
    pub state: StudyState,
    /// Whether it lost its approval or its place in the queue.
    pub needs_review: bool,
}

/// What somebody wants of a study.
pub(super) enum Change<'a> {
    Ad(&'a AdForm),
    /// Path of the picture.
    Image(String),
    Design(&'a DesignForm),
    /// Name of the archive.
    Archive(String),
    /// The content of an earlier version.
    Restored(Box<Content>),
}

impl Change<'_> {
    /// Whether it says anything of what is run, so that the design must be read and kept.
    fn is_about_design(&self) -> bool {
        match self {
            Self::Ad(_) | Self::Image(_) => false,
            Self::Design(_) | Self::Archive(_) | Self::Restored(_) => true,
        }
    }

    /// What the study holds after it.
    fn onto(&self, kind: StudyKind, before: &Content) -> Result<Content, Error> {
        let mut after = before.clone();
        match self {
            Self::Ad(form) => (after.ad, after.settings) = form.check(&before.ad.image)?,
            Self::Image(path) => after.ad.image.clone_from(path),
            Self::Design(form) => after.design = before.design.changed(kind, form)?,
            Self::Archive(name) => after.design.runner.archive.clone_from(name),
            Self::Restored(content) => after.clone_from(content),
        }
        Ok(after)
    }
}

/// A change, compared with the version on which it would be saved. A change that is not about the
/// design has empty ones before and after.
pub(super) struct Plan<'a> {
    change: Change<'a>,
    /// The latest version and the state that it was compared with.
    version: i32,
    state: StudyState,
    before: Content,
    pub after: Content,
    edits: Vec<Edit>,
}

/// Compares before the study is locked: protocols may be long.
pub(super) async fn plan<'a>(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    change: Change<'a>,
) -> Result<Plan<'a>, Error> {
    actor.researcher_in_person()?;
    quotas::count(ctx, actor, Rate::Saves).await?;
    if change.is_about_design() {
        let opened = open(ctx, actor, id, Action::WriteStudyDetails).await?;
        return Plan::of(ctx, &ctx.db, change, &opened.study, opened.content).await;
    }
    let (study, _, _) = readable(ctx, actor, id, Action::WriteStudyDetails).await?;
    let before = contents::ad_of(&ctx.db, &study, study.version).await?;
    Plan::of(ctx, &ctx.db, change, &study, before).await
}

impl<'a> Plan<'a> {
    async fn of(
        ctx: &Context,
        db: &impl ConnectionTrait,
        change: Change<'a>,
        study: &study::Model,
        before: Content,
    ) -> Result<Self, Error> {
        let after = change.onto(study.kind, &before)?;
        let reviewed = match seen_by_staff(study) {
            Some(number) if number != study.version => {
                Some(contents::ad_of(db, study, number).await?)
            }
            _ => None,
        };
        let compare = move || {
            let edits = before.edits_since(reviewed.as_ref().unwrap_or(&before), &after);
            (before, after, edits)
        };
        let (before, after, edits) = ctx.on_design(compare).await?;
        Ok(Self {
            change,
            version: study.version,
            state: study.state,
            before,
            after,
            edits,
        })
    }

    /// The same on what the study holds now that it is locked, where somebody was quicker.
    async fn renewed(self, act: &Act<'_, OfStudy<'_>>) -> Result<Self, Error> {
        if (act.study.version, act.study.state) == (self.version, self.state) {
            return Ok(self);
        }
        let before = if self.change.is_about_design() {
            contents::current(&act.tx, &act.study).await?
        } else {
            contents::ad_of(&act.tx, &act.study, act.study.version).await?
        };
        Self::of(act.ctx, &act.tx, self.change, &act.study, before).await
    }

    /// Labels of the fields whose change needs a review.
    fn needing_review(&self) -> Vec<&'static str> {
        let needing = self.edits.iter().filter(|edit| edit.needs_review);
        needing.map(|edit| edit.field.label()).collect()
    }
}

/// The version that staff have in mind when they hear of an edit: what they were sent, or what they
/// approved. Designs are left out of the judgement, since no change of one keeps an approval.
fn seen_by_staff(study: &study::Model) -> Option<i32> {
    match study.state {
        StudyState::Submitted => study.submitted_version,
        state if state.is_approved() => study.reviewed_version.or(study.approved_version),
        _ => None,
    }
}

/// Keeps a change as a new version.
pub(super) async fn write(
    act: &mut Act<'_, OfStudy<'_>>,
    plan: Plan<'_>,
    how: &SaveOptions,
) -> Result<SavedVersion, Error> {
    if act.study.state == StudyState::Archived {
        return Err(Error::Conflict(
            "This study is archived, so it can't be changed. You can clone it.".to_owned(),
        ));
    }
    let plan = plan.renewed(act).await?;
    let state = act.study.state;
    if plan.before != plan.after {
        let needing = plan.needing_review();
        add_version(act, &plan, how, needing.is_empty()).await?;
        if !needing.is_empty() {
            lose_approval(act, &needing.join(", "), how).await?;
        }
    }
    Ok(SavedVersion {
        version: act.study.version,
        edits: plan.edits,
        needs_review: act.study.state != state,
        state: act.study.state,
    })
}

async fn add_version(
    act: &mut Act<'_, OfStudy<'_>>,
    plan: &Plan<'_>,
    how: &SaveOptions,
    is_free: bool,
) -> Result<(), Error> {
    quotas::refuse_more_versions(act, plan.change.is_about_design()).await?;
    let number = act.study.version + 1;
    let new = NewVersion {
        number,
        content: &plan.after,
        has_new_design: plan.change.is_about_design(),
        edits: &plan.edits,
        note: &how.note,
        restored_from: how.restored_from,
    };
    contents::insert(act.ctx, &act.tx, &act.study, act.account_id(), new).await?;
    let state = act.study.state;
    let mut changed: study::ActiveModel = act.study.clone().into();
    convert::fill(&mut changed, &plan.after.ad, &plan.after.settings);
    changed.version = Set(number);
    changed.updated_at = Set(act.ctx.now());
    if is_free && state.is_approved() {
        // What needs no review goes where it would have gone with one.
        changed.approved_version = Set(Some(number));
    }
    act.study = changed.update(&act.tx).await?;
    let fields: Vec<&str> = plan.edits.iter().map(|edit| edit.field.label()).collect();
    let detail = format!("version {number}: {}", fields.join(", "));
    act.audit(Event::of(AuditAction::StudySaved).detail(detail))
        .await
}

/// Sends a study back for review because of an edit of these fields, and tells everybody; refuses
/// unless whoever edits has been told before.
pub(super) async fn lose_approval(
    act: &mut Act<'_, OfStudy<'_>>,
    fields: &str,
    how: &SaveOptions,
) -> Result<(), Error> {
    let state = act.study.state.after_edit();
    if state == act.study.state {
        return Ok(());
    }
    if !how.agrees {
        return Err(needs_agreement(act.study.state, fields));
    }
    let mut changed: study::ActiveModel = act.study.clone().into();
    changed.state = Set(state);
    changed.state_changed_at = Set(Some(act.ctx.now()));
    changed.comment = Set(String::new());
    act.study = changed.update(&act.tx).await?;
    let extra = Extra {
        edited: fields.to_owned(),
        ..Extra::default()
    };
    log::append(act, act.study.id, state, &extra).await?;
    let detail = format!("{state}, by an edit of: {fields}");
    act.audit(Event::of(AuditAction::StudyMoved).detail(detail))
        .await?;
    let email = Email::StudyEdited {
        study: act.study.name.clone(),
        study_id: act.study.id.to_string(),
        person: name_of(&people::find(&act.tx, act.person.account).await?),
        fields: fields.to_owned(),
        state,
    };
    email_people(act, &email).await?;
    act.email_staff(&email).await
}

fn needs_agreement(state: StudyState, fields: &str) -> Error {
    let consequence = if state == StudyState::Submitted {
        "takes the study out of the reviewers' queue"
    } else {
        "takes the approval away, and families can't take part until it is approved again"
    };
    Error::field(
        "agrees",
        "needs_review",
        format!(
            "This changes: {fields}. Saving it {consequence}. Nothing is saved yet. To \
             continue, tick \u{201c}I understand that it must be submitted again\u{201d} and save."
        ),
    )
}
