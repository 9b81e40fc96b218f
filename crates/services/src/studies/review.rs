//! The page on which staff, peer reviewers and the people of a study meet before it is approved.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::permissions::Action;
use domain::studies::{Content, Declarations, StudyId, StudyKind, StudyState, Transition};

use super::access::open;
use super::checks::checks;
use super::comments::{self, Comment};
use super::comparing::{self, Comparison};
use super::kinds::Check;
use super::peers;
use super::queue::declared;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;

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
    /// What changed since the last approved version, or since nothing.
    pub comparison: Comparison,
    pub checks: Vec<Check>,
    /// Oldest first.
    pub comments: Vec<Comment>,
    /// Peer reviewers who were asked, with their names.
    pub peers: Vec<(AccountId, String)>,
    /// What the person may do to the state: approve and reject, for staff.
    pub offers: Vec<Transition>,
    pub may_comment: bool,
    /// Whether the person is of the study, so that it may ask peers and resolve comments.
    pub may_write: bool,
}

/// A study for whoever reviews it: staff, its own people, and peer reviewers who were asked.
pub async fn review(ctx: &Context, actor: &Actor, id: StudyId) -> Result<ReviewPage, Error> {
    actor.researcher_in_person()?;
    let opened = open(ctx, actor, id, Action::ReadStudyDetails).await?;
    let (study, roles) = (opened.study, opened.roles);
    let from = study.approved_version.unwrap_or(0);
    let before = comparing::before(ctx, &study, from).await?;
    let comparison = Comparison {
        from,
        to: study.version,
        fields: comparing::changes(before, opened.content.clone()).await?,
    };
    let decisions = [Transition::Approve, Transition::Reject];
    let mut offers = Transition::offered(study.state, roles);
    offers.retain(|transition| decisions.contains(transition));
    Ok(ReviewPage {
        id,
        kind: study.kind,
        state: study.state,
        since: study.state_changed_at.unwrap_or(study.created_at),
        version: study.version,
        declarations: declared(&study),
        comment: study.comment,
        comparison,
        checks: checks(study.kind, &opened.content, &opened.lab),
        lab_name: opened.lab.name,
        comments: comments::of_study(&ctx.db, id).await?,
        peers: peers::of_study(&ctx.db, id).await?,
        offers,
        may_comment: roles.grants(Action::CommentOnStudy),
        may_write: roles.grants(Action::WriteStudyDetails),
        content: opened.content,
        name: study.name,
    })
}
