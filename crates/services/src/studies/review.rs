//! The page on which staff, peer reviewers and the people of a study meet before it is approved.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::permissions::Action;
use domain::studies::{Content, Declarations, StudyId, StudyKind, StudyState, Transition};
use entities::study;

use super::access::open;
use super::checks::checks;
use super::comments::{self, Comment};
use super::comparing::{self, Comparison};
use super::contents;
use super::kinds::Check;
use super::life;
use super::peers;
use super::queue::declared;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};

/// A study under review.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    pub id: StudyId,
    pub name: String,
    pub lab_name: String,
    pub kind: StudyKind,
    pub state: StudyState,
    /// Since when it is in its state.
    pub since: DateTime<Utc>,
    /// The version that is shown.
    pub version: i32,
    pub content: Content,
    /// What the lab declared.
    pub declarations: Declarations,
    /// The last words of the lab or of staff.
    pub comment: String,
    /// What changed since the version that staff approved last, or since nothing.
    pub comparison: Comparison,
    /// What changed since the version that staff sent back, if the study was not approved since.
    pub since_sent_back: Option<Comparison>,
    pub checks: Vec<Check>,
    /// Oldest first.
    pub comments: Vec<Comment>,
    /// Peer reviewers who were asked, with their names.
    pub peers: Vec<(AccountId, String)>,
    /// What the person may do to the state: approve and reject, for staff.
    pub offers: Vec<Transition>,
    pub may_comment: bool,
    /// Whether the person works on the study, and so may resolve comments.
    pub may_write: bool,
    /// Whether the person may ask peer reviewers.
    pub may_ask: bool,
}

/// A study for whoever reviews it: staff, its own people, and peer reviewers who were asked.
pub async fn review(ctx: &Context, actor: &Actor, id: StudyId) -> Result<ReviewPage, Error> {
    actor.researcher_in_person()?;
    let opened = open(ctx, actor, id, Action::ReadStudyDetails).await?;
    let found = opened.inspected(ctx).await?;
    let is_own = life::is_own_for_page(ctx, actor, &opened.study, opened.roles).await?;
    let (study, roles) = (opened.study, opened.roles);
    let [comparison, since_sent_back] = compared(ctx, &study, &opened.content).await?;
    let decisions = [Transition::Approve, Transition::Reject];
    let mut offers = Transition::offered(study.state, roles, is_own);
    offers.retain(|transition| decisions.contains(transition));
    Ok(ReviewPage {
        id,
        kind: study.kind,
        state: study.state,
        since: study.state_changed_at.unwrap_or(study.created_at),
        version: study.version,
        declarations: declared(&study),
        comment: study.comment,
        comparison: comparison.unwrap_or_default(),
        since_sent_back,
        checks: checks(&opened.content.ad, &found, &opened.lab),
        lab_name: opened.lab.name,
        comments: comments::of_study(&ctx.db, id).await?,
        peers: peers::of_study(&ctx.db, id).await?,
        offers,
        may_comment: roles.grants(Action::CommentOnStudy),
        may_write: roles.grants(Action::WriteStudyDetails),
        may_ask: roles.grants(Action::ManageStudyResearchers),
        content: opened.content,
        name: study.name,
    })
}

/// What changed since the approved version, or since nothing, and what since the version that was
/// sent back, if there is one.
async fn compared(
    ctx: &Context,
    study: &study::Model,
    now: &Content,
) -> Result<[Option<Comparison>; 2], Error> {
    let approved = study.reviewed_version.or(study.approved_version);
    let numbers = [Some(approved.unwrap_or(0)), study.sent_back_version];
    let earlier = contents::contents_of(&ctx.db, study, numbers.into_iter().flatten()).await?;
    let mut compared = [None, None];
    for (place, number) in compared.iter_mut().zip(numbers) {
        let Some(from) = number else { continue };
        let before = match earlier.get(&from) {
            Some(content) => content.clone(),
            None if from == 0 => Content::default(),
            None => return Err(Error::NotFound(Noun::Version)),
        };
        *place = Some(Comparison {
            from,
            to: study.version,
            fields: comparing::changes(ctx, before, now.clone()).await?,
        });
    }
    Ok(compared)
}
