//! The life of a study: submitting, reviewing, starting, pausing, ending.

use chrono::Duration;
use domain::audit::AuditAction;
use domain::messages::Email;
use domain::permissions::{Action, Roles};
use domain::studies::life::TransitionContext;
use domain::studies::{Declarations, StudyError, StudyId, StudyState, Transition};
use domain::{Violations, text};
use entities::{lab, study};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait};

use super::access::open;
use super::emails::email_people;
use super::log::{self, Extra};
use super::peers;
use super::quotas::{self, Rate};
use crate::act::{Act, OfStudy};
use crate::actor::{Actor, Person};
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::people::{self, name_of};

/// How often within an hour the other side is told that one study came into the same state.
const MOST_TOLD: u64 = 3;

/// What somebody wants to do to a study's state.
#[derive(Clone, Debug)]
pub struct StateChange {
    pub transition: Transition,
    /// Words for the other side.
    pub comment: String,
    /// What a lab declares with a submission.
    pub declarations: Declarations,
    /// The version that the person saw; nothing where it does not matter.
    pub version: Option<i32>,
}

/// Brings a study into another state. Whether that may happen is the domain's rule, asked again
/// here whatever the page offered.
pub async fn change_state(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    input: &StateChange,
) -> Result<StudyState, Error> {
    actor.researcher_in_person()?;
    let (comment, declarations, violations) = read(input);
    if input.transition.action() == Action::ChangeStudyStatus {
        quotas::count(ctx, actor, Rate::Moves).await?;
    }
    let looked = look(ctx, actor, id, input.transition).await?;
    let (version, needs) = looked.unzip();
    let needs = needs.unwrap_or_default();
    let mut act = Act::study(ctx, actor, id, Action::ReadStudyDetails).await?;
    let is_outdated = version.is_some_and(|version| version != act.study.version);
    let lab = lab::Entity::find_by_id(act.study.lab_id)
        .one(&act.tx)
        .await?
        .ok_or(Error::NotFound(Noun::Lab))?;
    let about = TransitionContext {
        roles: act.roles,
        is_own: is_own(&act.tx, &act.study, act.person, input.transition).await?,
        is_lab_approved: lab.is_approved,
        is_ready: needs.is_empty(),
    };
    let (from, transition) = (act.study.state, input.transition);
    let state = transition
        .check(from, about)
        .map_err(|error| refusal(error, &needs))?;
    violations.or(())?;
    if is_outdated || input.version.is_some_and(|seen| seen != act.study.version) {
        return Err(Error::Conflict(format!(
            "The study was changed since you opened this page: version {} is the latest. \
             Please look at it again.",
            act.study.version
        )));
    }
    let step = Step {
        transition,
        from,
        state,
        comment,
        declarations,
    };
    let is_news = is_news(&act, state).await?;
    apply(&mut act, &step).await?;
    if is_news {
        email(&act, &lab.name, step).await?;
    }
    act.commit(state).await
}

/// A change of state that may happen.
struct Step {
    transition: Transition,
    from: StudyState,
    state: StudyState,
    comment: String,
    /// With a submission only.
    declarations: Option<Declarations>,
}

/// The words that come with a change, and what is wrong with them.
fn read(input: &StateChange) -> (String, Option<Declarations>, Violations) {
    let mut violations = Violations::new();
    let comment = text::paragraphs("comment", "the comment", &input.comment, &mut violations);
    let issues_description = text::paragraphs(
        "issues_description",
        "the description",
        &input.declarations.issues_description,
        &mut violations,
    );
    if input.transition == Transition::Reject && comment.is_empty() {
        violations.add(
            "comment",
            "required",
            "Please write what should be changed: the lab has nothing else to go by.",
        );
    }
    let is_submission = matches!(input.transition, Transition::Submit | Transition::Resubmit);
    let declarations = is_submission.then(|| Declarations {
        issues_description,
        ..input.declarations.clone()
    });
    (comment, declarations, violations)
}

/// The latest version and what it lacks to be run, where that matters. Looking takes a while, so it
/// is done before the study is locked.
async fn look(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    transition: Transition,
) -> Result<Option<(i32, Vec<String>)>, Error> {
    if !transition.needs_ready_study() {
        return Ok(None);
    }
    let opened = open(ctx, actor, id, Action::ReadStudyDetails).await?;
    let found = opened.inspected(ctx).await?;
    Ok(Some((
        opened.study.version,
        found.needs(&opened.content.ad),
    )))
}

/// Whether a person made the study, or submitted what is to be approved.
pub(super) async fn is_own(
    db: &impl ConnectionTrait,
    study: &study::Model,
    person: &Person,
    transition: Transition,
) -> Result<bool, Error> {
    if !transition.needs_second_person() {
        return Ok(false);
    }
    Ok(study.creator_id == Some(person.account)
        || log::submitter(db, study.id).await? == Some(person.account))
}

/// The same for a page, which asks only for those who could approve it otherwise.
pub(super) async fn is_own_for_page(
    ctx: &Context,
    actor: &Actor,
    study: &study::Model,
    roles: Roles,
) -> Result<bool, Error> {
    let approve = Transition::Approve;
    if approve.from(study.state).is_none() || !roles.grants(approve.action()) {
        return Ok(false);
    }
    is_own(&ctx.db, study, actor.researcher()?, approve).await
}

/// Whether the other side still wants to hear that the study came into this state: somebody who
/// submits and retracts it over and over fills nobody's mailbox.
async fn is_news(act: &Act<'_, OfStudy<'_>>, state: StudyState) -> Result<bool, Error> {
    let since = act.ctx.now() - Duration::hours(1);
    Ok(log::times(&act.tx, act.study.id, state, since).await? < MOST_TOLD)
}

async fn apply(act: &mut Act<'_, OfStudy<'_>>, step: &Step) -> Result<(), Error> {
    let version = act.study.version;
    let mut changed: study::ActiveModel = act.study.clone().into();
    changed.state = Set(step.state);
    changed.state_changed_at = Set(Some(act.ctx.now()));
    // Words of an earlier step must not look as if they came with this one. The log keeps them.
    changed.comment = Set(step.comment.clone());
    if let Some(declarations) = &step.declarations {
        changed.declarations = Set(serde_json::to_string(declarations)?);
    }
    match step.transition {
        Transition::Submit | Transition::Resubmit => changed.submitted_version = Set(Some(version)),
        // In this state the latest version is the one that was submitted: an edit would have taken
        // it out of the queue.
        Transition::Approve => {
            changed.approved_version = Set(Some(version));
            changed.reviewed_version = Set(Some(version));
            changed.sent_back_version = Set(None);
        }
        Transition::Reject => changed.sent_back_version = Set(Some(version)),
        _ => {}
    }
    act.study = changed.update(&act.tx).await?;
    if step.transition.ends_peer_review() {
        peers::end(&act.tx, act.study.id).await?;
    }
    let extra = Extra {
        comments: step.comment.clone(),
        declarations: step.declarations.clone(),
        version: Some(version),
        edited: String::new(),
    };
    log::append(act, act.study.id, step.state, &extra).await?;
    act.audit(Event::of(AuditAction::StudyMoved).detail(step.state.as_str()))
        .await
}

fn refusal(error: StudyError, needs: &[String]) -> Error {
    match error {
        StudyError::InvalidTransition { from, transition } => Error::Conflict(format!(
            "\u{201c}{}\u{201d} is not possible: the study is now \u{201c}{}\u{201d}. \
             Somebody may have changed it in the meantime.",
            transition.label(),
            from.label()
        )),
        StudyError::NotAllowed => Error::Denied,
        StudyError::OwnStudy => Error::Conflict(
            "You work on this study, or made or submitted it, so somebody else must approve it."
                .to_owned(),
        ),
        StudyError::LabNotApproved => Error::Conflict(
            "The lab is not approved yet, so its studies can be written and tried out, but \
             neither submitted nor run."
                .to_owned(),
        ),
        StudyError::NotReady => Error::Conflict(format!(
            "The study is not complete yet. {}",
            needs.join(" ")
        )),
    }
}

/// Tells the other side: staff of what a lab does, the study's people of what staff do.
async fn email(act: &Act<'_, OfStudy<'_>>, lab: &str, step: Step) -> Result<(), Error> {
    let (study, study_id) = (act.study.name.clone(), act.study.id.to_string());
    let (lab, comment) = (lab.to_owned(), step.comment);
    let person = name_of(&people::find(&act.tx, act.person.account).await?);
    match step.transition {
        Transition::Submit | Transition::Resubmit => {
            act.email_staff(&Email::StudySubmitted {
                study,
                study_id,
                lab,
                person,
                comment,
            })
            .await
        }
        Transition::Retract | Transition::Activate | Transition::Pause | Transition::Deactivate => {
            act.email_staff(&Email::StudyMoved {
                study,
                study_id,
                lab,
                person,
                state: step.state,
            })
            .await
        }
        Transition::Approve => {
            let email = Email::StudyApproved {
                study,
                study_id,
                comment,
            };
            email_people(act, &email).await
        }
        Transition::Reject if step.from == StudyState::Approved => {
            let email = Email::StudyApprovalRescinded {
                study,
                study_id,
                comment,
            };
            email_people(act, &email).await
        }
        Transition::Reject => {
            let email = Email::StudyChangesRequested {
                study,
                study_id,
                comment,
            };
            email_people(act, &email).await
        }
        Transition::Archive => Ok(()),
    }
}
