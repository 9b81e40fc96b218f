//! The page of one study, as its researchers see it.

use chrono::{DateTime, Utc};
use domain::permissions::Action;
use domain::studies::{Content, Study, StudyId, Transition};
use entities::convert;
use protocol::{FrameName, Problem};

use super::access::{open, readable};
use super::creating::labs_for_new_studies;
use super::life;
use super::log::{self, LogEntry};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;

/// Entries of the log on the page.
const LATEST: u64 = 5;

/// A study as its researchers see it.
#[derive(Clone, Debug)]
pub struct LabStudyPage {
    pub study: Study,
    /// What it holds now.
    pub content: Content,
    /// Number of its latest version.
    pub version: i32,
    /// Number of the version that families run.
    pub approved_version: Option<i32>,
    pub lab_name: String,
    pub is_lab_approved: bool,
    /// The frames of one possible run, where a protocol is written down.
    pub frames: Vec<FrameName>,
    /// What is wrong with its design, or worth a look.
    pub problems: Vec<Problem>,
    /// What it still needs before it can be submitted.
    pub needs: Vec<String>,
    /// What the person may do to its state.
    pub offers: Vec<Transition>,
    /// Since when it is in its state.
    pub state_changed_at: DateTime<Utc>,
    /// The last words that were written along with a change of state.
    pub comment: String,
    /// Who approved it last, and when.
    pub approval: Option<(String, DateTime<Utc>)>,
    /// Whether the person may read what children answered.
    pub may_read_responses: bool,
    /// Whether the person may read preview data.
    pub may_read_previews: bool,
    /// Whether the person may delete preview data.
    pub may_delete_previews: bool,
    pub may_write: bool,
    /// Whether the person may choose who works on it, and read its audit.
    pub may_manage_people: bool,
    /// Whether the person may make a copy somewhere.
    pub may_clone: bool,
    /// Responses of families, previews left out.
    pub responses: i32,
    /// Previews that stored something.
    pub previews: i32,
    /// Whether every researcher may try it.
    pub has_shared_preview: bool,
    /// The last things that happened to its state, latest first.
    pub log: Vec<LogEntry>,
}

/// One study of a researcher's lab.
pub async fn find_of_lab(ctx: &Context, actor: &Actor, id: StudyId) -> Result<LabStudyPage, Error> {
    let opened = open(ctx, actor, id, Action::ReadStudyDetails).await?;
    let found = opened.inspected(ctx).await?;
    let is_own = life::is_own_for_page(ctx, actor, &opened.study, opened.roles).await?;
    let (study, content, roles) = (opened.study, opened.content, opened.roles);
    let approval = if study.state.is_approved() {
        log::approval(&ctx.db, id).await?
    } else {
        None
    };
    let may_clone =
        actor.researcher_in_person().is_ok() && !labs_for_new_studies(ctx, actor).await?.is_empty();
    Ok(LabStudyPage {
        study: convert::study(&study, content.ad.clone())?,
        version: study.version,
        approved_version: study.approved_version,
        lab_name: opened.lab.name,
        is_lab_approved: opened.lab.is_approved,
        needs: found.needs(&content.ad),
        frames: found.frames.clone(),
        problems: found.problems.clone(),
        offers: Transition::offered(study.state, roles, is_own),
        state_changed_at: study.state_changed_at.unwrap_or(study.created_at),
        comment: study.comment,
        approval,
        may_read_responses: roles.grants(Action::ReadStudyResponseData),
        may_read_previews: roles.grants(Action::ReadStudyPreviewData),
        may_delete_previews: roles.grants(Action::DeleteAllPreviewData),
        may_write: roles.grants(Action::WriteStudyDetails),
        may_manage_people: roles.grants(Action::ManageStudyResearchers),
        may_clone,
        responses: opened.responses,
        previews: opened.previews,
        has_shared_preview: study.has_shared_preview,
        log: log::latest(&ctx.db, id, LATEST).await?,
        content,
    })
}

/// A study's name, for the head of a page, for whoever may read its details.
pub async fn name_for(ctx: &Context, actor: &Actor, id: StudyId) -> Result<String, Error> {
    let (study, _, _) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    Ok(study.name)
}
