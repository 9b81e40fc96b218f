//! The life of a study: submitting, reviewing, starting, pausing, ending; and its log.

use chrono::{DateTime, Utc};
use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::messages::Letter;
use domain::permissions::Action;
use domain::studies::life::Circumstances;
use domain::studies::{Content, Declarations, StudyError, StudyId, StudyState, Transition};
use domain::text;
use entities::{account, lab, lab_member, study, study_log, study_member};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::{editing, ensure, kinds, lock, readable, versions};
use crate::accounts::{self, name_of};
use crate::actor::Actor;
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::messages;
use crate::paging::{Page, Paging};
use crate::permissions::{Target, allowed};

/// What somebody wants to do to a study's state.
#[derive(Clone, Debug)]
pub struct Move {
    /// What.
    pub transition: Transition,
    /// Words for the other side.
    pub comment: String,
    /// What a lab declares with a submission.
    pub declarations: Declarations,
    /// The version that the person saw; nothing where it does not matter.
    pub version: Option<i32>,
}

/// What a log entry holds besides its action. Comments and declarations stay here, whatever happens
/// later (D36).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Extra {
    #[serde(skip_serializing_if = "String::is_empty")]
    comments: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    declarations: Option<Declarations>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    /// Fields whose edit brought it about.
    #[serde(skip_serializing_if = "String::is_empty")]
    edited: String,
}

/// Brings a study into another state. Whether that may happen is the domain's rule, asked again
/// here whatever the page offered (D1); letters and the log belong to the same transaction.
pub async fn change_state(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    input: &Move,
) -> Result<StudyState, Error> {
    actor.researcher_in_person()?;
    let mut violations = domain::Violations::new();
    let comment = text::paragraphs("comment", "the comment", &input.comment, &mut violations);
    let description = text::paragraphs(
        "issues_description",
        "the description",
        &input.declarations.issues_description,
        &mut violations,
    );
    let (_, _, standing) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    let person = actor.researcher()?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let row = ensure(ctx, &tx, row).await?;
    let lab = lab::Entity::find_by_id(row.lab_id)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(Noun::Lab))?;
    let needs = if input.transition.needs_ready_study() {
        let content = Content::try_from(&row)?;
        kinds::of(row.kind).look(&content.design).needs(&content.ad)
    } else {
        Vec::new()
    };
    let about = Circumstances {
        standing,
        is_lab_approved: lab.is_approved_to_test,
        is_ready: needs.is_empty(),
    };
    let state = input
        .transition
        .check(row.state, about)
        .map_err(|error| refusal(error, &needs))?;
    if input.transition == Transition::Reject && comment.is_empty() {
        violations.add(
            "comment",
            "required",
            "Please write what should be changed: the lab has nothing else to go by.",
        );
    }
    violations.or(())?;
    if input.version.is_some_and(|seen| seen != row.version) {
        return Err(Error::Conflict(format!(
            "The study was changed since you opened this page: version {} is the latest. Please look at it again.",
            row.version
        )));
    }
    let from = row.state;
    let declarations =
        matches!(input.transition, Transition::Submit | Transition::Resubmit).then(|| {
            Declarations {
                issues_description: description,
                ..input.declarations.clone()
            }
        });
    let extra = Extra {
        comments: comment.clone(),
        declarations: declarations.clone(),
        version: Some(row.version),
        edited: String::new(),
    };
    let mut changed: study::ActiveModel = row.clone().into();
    changed.state = Set(state);
    changed.state_changed_at = Set(Some(ctx.now()));
    if !comment.is_empty() {
        changed.comments = Set(comment.clone());
    }
    if let Some(declarations) = &declarations {
        changed.comments_extra =
            Set(serde_json::json!({ "declarations": declarations }).to_string());
    }
    match input.transition {
        Transition::Submit | Transition::Resubmit => {
            changed.submitted_version = Set(Some(row.version))
        }
        // In this state the latest version is the one that was submitted: an edit would have taken
        // it out of the queue.
        Transition::Approve => changed.approved_version = Set(Some(row.version)),
        _ => {}
    }
    let row = changed.update(&tx).await?;
    editing::log(
        ctx,
        &tx,
        id,
        Some(person.account),
        state.as_str(),
        serde_json::to_string(&extra)?,
    )
    .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::StudyMoved)
            .study(id)
            .lab(row.lab_id)
            .detail(state.as_str()),
    )
    .await?;
    tell(
        ctx,
        &tx,
        &row,
        &lab.name,
        person.account,
        input.transition,
        from,
        comment,
    )
    .await?;
    tx.commit().await?;
    Ok(state)
}

fn refusal(error: StudyError, needs: &[String]) -> Error {
    match error {
        StudyError::InvalidTransition { from, transition } => {
            Error::Conflict(format!("\u{201c}{}\u{201d} is not possible: the study is now \u{201c}{}\u{201d}. Somebody may have changed it meanwhile.", transition.label(), from.label()))
        }
        StudyError::NotAllowed => Error::Denied,
        StudyError::LabNotApproved => Error::Conflict("The lab is not approved yet, so its studies can be written and tried, but neither submitted nor run.".to_owned()),
        StudyError::NotReady => Error::Conflict(format!("The study is not complete yet. {}", needs.join(" "))),
    }
}

#[expect(clippy::too_many_arguments, reason = "what a letter mentions")]
async fn tell(
    ctx: &Context,
    db: &impl ConnectionTrait,
    row: &study::Model,
    lab: &str,
    by: AccountId,
    transition: Transition,
    from: StudyState,
    comment: String,
) -> Result<(), Error> {
    let person = name_of(&accounts::find(db, by).await?);
    let (study, study_id, lab) = (row.name.clone(), row.id.to_string(), lab.to_owned());
    match transition {
        Transition::Submit | Transition::Resubmit => {
            messages::write_to_staff(
                ctx,
                db,
                &Letter::StudySubmitted {
                    study,
                    study_id,
                    lab,
                    person,
                    comment,
                },
            )
            .await
        }
        Transition::Retract | Transition::Activate | Transition::Pause | Transition::Deactivate => {
            messages::write_to_staff(
                ctx,
                db,
                &Letter::StudyMoved {
                    study,
                    study_id,
                    lab,
                    person,
                    state: row.state,
                },
            )
            .await
        }
        Transition::Approve => {
            write_to_people(
                ctx,
                db,
                row,
                &Letter::StudyApproved {
                    study,
                    study_id,
                    comment,
                },
            )
            .await
        }
        Transition::Reject if from == StudyState::Approved => {
            write_to_people(
                ctx,
                db,
                row,
                &Letter::StudyApprovalRescinded {
                    study,
                    study_id,
                    comment,
                },
            )
            .await
        }
        Transition::Reject => {
            write_to_people(
                ctx,
                db,
                row,
                &Letter::StudyChangesRequested {
                    study,
                    study_id,
                    comment,
                },
            )
            .await
        }
        Transition::Archive => Ok(()),
    }
}

/// Writes to everybody who may change the study's state, by a role in it or in its lab (`domain.md`
/// §7.2).
pub(super) async fn write_to_people(
    ctx: &Context,
    db: &impl ConnectionTrait,
    row: &study::Model,
    letter: &Letter,
) -> Result<(), Error> {
    let members = study_member::Entity::find()
        .filter(study_member::Column::StudyId.eq(row.id))
        .all(db)
        .await?;
    let lab = lab_member::Entity::find()
        .filter(lab_member::Column::LabId.eq(row.lab_id))
        .all(db)
        .await?;
    let to: std::collections::BTreeSet<AccountId> = members
        .iter()
        .filter(|member| member.role.grants(Action::ChangeStudyStatus))
        .map(|member| member.account_id)
        .chain(
            lab.iter()
                .filter(|member| member.role.grants(Action::ChangeStudyStatus))
                .map(|member| member.account_id),
        )
        .collect();
    for account in account::Entity::find()
        .filter(account::Column::Id.is_in(to))
        .filter(account::Column::IsActive.eq(true))
        .all(db)
        .await?
    {
        messages::write(ctx, db, &account, letter).await?;
    }
    Ok(())
}

/// What happened to a study's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Where it led; nothing for actions of older tables that are no states.
    pub state: Option<StudyState>,
    /// The action as it is stored.
    pub action: String,
    /// Who did it; empty where nobody is known.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What was written along.
    pub comment: String,
    /// What was declared.
    pub declarations: Option<Declarations>,
    /// The version at that time.
    pub version: Option<i32>,
    /// Fields whose edit brought it about.
    pub edited: String,
}

/// The log of a study, latest first; of one state only, if that is asked for.
pub async fn log(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    state: Option<StudyState>,
    paging: Paging,
) -> Result<Page<LogEntry>, Error> {
    allowed(&ctx.db, actor, Action::ReadStudyDetails, Target::Study(id)).await?;
    entries(ctx, id, state, paging).await
}

/// The same for whoever was let in already.
pub(super) async fn entries(
    ctx: &Context,
    id: StudyId,
    state: Option<StudyState>,
    paging: Paging,
) -> Result<Page<LogEntry>, Error> {
    let mut wanted = study_log::Entity::find().filter(study_log::Column::StudyId.eq(id));
    if let Some(state) = state {
        wanted = wanted.filter(study_log::Column::Action.eq(state.as_str()));
    }
    let total = wanted.clone().count(&ctx.db).await?;
    let rows = wanted
        .order_by_desc(study_log::Column::CreatedAt)
        .order_by_desc(study_log::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let names = versions::names(&ctx.db, rows.iter().filter_map(|row| row.account_id)).await?;
    let entries = rows
        .into_iter()
        .map(|row| {
            // Entries of older tables may hold anything; what can't be read is left out rather than
            // breaking the page.
            let extra: Extra = serde_json::from_str(&row.extra).unwrap_or_default();
            LogEntry {
                state: row.action.parse().ok(),
                action: row.action,
                by: row
                    .account_id
                    .and_then(|id| names.get(&id).cloned())
                    .unwrap_or_default(),
                at: row.created_at,
                comment: extra.comments,
                declarations: extra.declarations.filter(|declared| {
                    !declared.keys.is_empty() || !declared.issues_description.is_empty()
                }),
                version: extra.version,
                edited: extra.edited,
            }
        })
        .collect();
    Ok(Page {
        entries,
        total,
        paging,
    })
}

/// Who approved the study last (D31: the approver, not whoever submitted it), and when.
pub(super) async fn approval(
    db: &impl ConnectionTrait,
    id: StudyId,
) -> Result<Option<(String, DateTime<Utc>)>, Error> {
    let found = study_log::Entity::find()
        .filter(study_log::Column::StudyId.eq(id))
        .filter(study_log::Column::Action.eq(StudyState::Approved.as_str()))
        .order_by_desc(study_log::Column::CreatedAt)
        .order_by_desc(study_log::Column::Id)
        .find_also_related(account::Entity)
        .one(db)
        .await?;
    Ok(found.map(|(row, account)| {
        (
            account.map(|account| name_of(&account)).unwrap_or_default(),
            row.created_at,
        )
    }))
}
