//! Review: the queue of staff, what changed since the last approval, remarks of staff and of
//! colleagues who were asked.

use chrono::{DateTime, Duration, Utc};
use domain::accounts::{AccountId, Email};
use domain::audit::AuditAction;
use domain::messages::Letter;
use domain::permissions::Action;
use domain::studies::{
    Content, Declarations, Edit, Section, StudyCommentId, StudyId, StudyKind, StudyState,
    Transition,
};
use domain::text;
use entities::{
    account, lab, study, study_comment, study_log, study_member, study_peer, study_version,
};
use protocol::Severity;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::versions::{Comparison, between, edits_of, names};
use super::{kinds, lock, readable};
use crate::accounts::{self, name_of};
use crate::actor::Actor;
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::messages;
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::{Target, allowed, lab_role};

/// For how long edits that kept an approval are listed for staff.
const LISTED: Duration = Duration::days(30);
/// Letters to colleagues that one person can cause within a quarter of an hour.
const LETTERS: i32 = 10;

/// What a submission was before, as far as staff care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Never approved nor rejected.
    First,
    /// Rejected before, never approved.
    Rejected,
    /// Approved before.
    Approved,
}

/// Which submissions staff look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Words in the name of the study or of the lab.
    pub search: String,
    /// Only this kind.
    pub kind: Option<StudyKind>,
    /// Only with declarations (`true`) or without.
    pub has_declarations: Option<bool>,
}

/// A study that waits for review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// The study.
    pub id: StudyId,
    /// Title.
    pub name: String,
    /// Name of its lab.
    pub lab_name: String,
    /// How it is run.
    pub kind: StudyKind,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// What the lab declared.
    pub declarations: Declarations,
    /// What it was before.
    pub history: History,
    /// Checks that want a look.
    pub open_checks: usize,
}

/// An edit that kept an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietEdit {
    /// The study.
    pub study: StudyId,
    /// Its name.
    pub name: String,
    /// The version.
    pub version: i32,
    /// What changed.
    pub edits: Vec<Edit>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What waits for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Submissions, longest waiting first.
    pub waiting: Page<QueueRow>,
    /// Edits of the last month that needed no review, latest first.
    pub quiet: Vec<QuietEdit>,
}

fn declared(extra: &str) -> Declarations {
    let value: serde_json::Value = serde_json::from_str(extra).unwrap_or_default();
    value
        .get("declarations")
        .cloned()
        .and_then(|value| serde_json::from_value(value).ok())
        .unwrap_or_default()
}

/// Submissions that wait, for staff.
pub async fn queue(
    ctx: &Context,
    actor: &Actor,
    filter: &QueueFilter,
    paging: Paging,
) -> Result<Queue, Error> {
    actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::ApproveOrRejectStudy, Target::Site).await?;
    let mut wanted = study::Entity::find()
        .filter(study::Column::State.eq(StudyState::Submitted))
        .find_also_related(lab::Entity);
    if let Some(kind) = filter.kind {
        wanted = wanted.filter(study::Column::Kind.eq(kind));
    }
    if let Some(has) = filter.has_declarations {
        let some = study::Column::CommentsExtra.contains("\"keys\":[\"");
        wanted = wanted.filter(if has {
            some
        } else {
            sea_orm::ExprTrait::not(some)
        });
    }
    for word in search_words(&filter.search) {
        wanted = wanted.filter(sea_orm::ExprTrait::or(
            holds((study::Entity, study::Column::Name), &word),
            holds((lab::Entity, lab::Column::Name), &word),
        ));
    }
    let total = wanted.clone().count(&ctx.db).await?;
    let rows = wanted
        .order_by_asc(study::Column::StateChangedAt)
        .order_by_asc(study::Column::Id)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let logs: Vec<(StudyId, String)> = study_log::Entity::find()
        .select_only()
        .column(study_log::Column::StudyId)
        .column(study_log::Column::Action)
        .distinct()
        .filter(study_log::Column::StudyId.is_in(rows.iter().map(|(row, _)| row.id)))
        .filter(
            study_log::Column::Action
                .is_in([StudyState::Approved.as_str(), StudyState::Rejected.as_str()]),
        )
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let entries = rows
        .into_iter()
        .map(|(row, lab)| {
            let was = |state: StudyState| {
                logs.iter()
                    .any(|(id, action)| *id == row.id && action == state.as_str())
            };
            let history = match (was(StudyState::Approved), was(StudyState::Rejected)) {
                (true, _) => History::Approved,
                (false, true) => History::Rejected,
                (false, false) => History::First,
            };
            let content = Content::try_from(&row)?;
            Ok(QueueRow {
                id: row.id,
                since: row.state_changed_at.unwrap_or(row.created_at),
                declarations: declared(&row.comments_extra),
                history,
                open_checks: checks(row.kind, &content, lab.as_ref())
                    .into_iter()
                    .filter(|check| !check.is_fine)
                    .count(),
                kind: row.kind,
                name: row.name,
                lab_name: lab.map(|lab| lab.name).unwrap_or_default(),
            })
        })
        .collect::<Result<_, Error>>()?;
    let edited = study_version::Entity::find()
        .filter(study_version::Column::KeepsApproval.eq(true))
        .filter(study_version::Column::CreatedAt.gt(ctx.now() - LISTED))
        .find_also_related(study::Entity)
        .order_by_desc(study_version::Column::CreatedAt)
        .limit(50)
        .all(&ctx.db)
        .await?;
    let quiet = edited
        .into_iter()
        .filter_map(|(version, study)| study.map(|study| (version, study)))
        .map(|(version, study)| {
            Ok(QuietEdit {
                study: study.id,
                name: study.name,
                version: version.number,
                edits: edits_of(&version.edits)?,
                at: version.created_at,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Queue {
        waiting: Page {
            entries,
            total,
            paging,
        },
        quiet,
    })
}

/// Something that a reviewer looks at. What a program can see is answered; the rest is for human
/// eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is looked at.
    pub label: &'static str,
    /// Whether nothing speaks against it.
    pub is_fine: bool,
    /// What was found.
    pub finding: String,
}

fn checks(kind: StudyKind, content: &Content, lab: Option<&lab::Model>) -> Vec<Check> {
    let check = |label: &'static str, is_fine: bool, fine: &str, bad: &str| Check {
        label,
        is_fine,
        finding: if is_fine { fine } else { bad }.to_owned(),
    };
    let look = kinds::of(kind).look(&content.design);
    let missing = content.ad.missing();
    let mut all = vec![
        check(
            "The lab may run studies",
            lab.is_some_and(|lab| lab.is_approved_to_test),
            "It is approved.",
            "It is not approved yet.",
        ),
        check(
            "The lab names its review board",
            lab.is_some_and(|lab| !lab.irb_contact_info.is_empty()),
            "It does.",
            "Families would have nobody to ask.",
        ),
        Check {
            label: "The ad is complete",
            is_fine: missing.is_empty(),
            finding: if missing.is_empty() {
                "Nothing is missing.".to_owned()
            } else {
                format!(
                    "Missing: {}.",
                    missing
                        .iter()
                        .map(|(_, words)| *words)
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            },
        },
        check(
            "The design can be run",
            look.faults().next().is_none(),
            "No fault was found.",
            "It has faults.",
        ),
    ];
    if kind == StudyKind::FramePlayer && !content.design.uses_generator {
        let has = |kinds: &[&str]| {
            look.frames
                .iter()
                .any(|frame| kinds.contains(&frame.kind.as_str()))
        };
        all.push(check(
            "Consent is asked for",
            has(&["exp-lookit-video-consent", "exp-lookit-survey-consent"]),
            "A consent frame is there.",
            "No consent frame was found.",
        ));
        all.push(check(
            "Families can withdraw at the end",
            has(&["exp-lookit-exit-survey"]),
            "The exit survey is there.",
            "No exit survey was found.",
        ));
        let warnings = look
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Warning)
            .count();
        all.push(Check {
            label: "The protocol is as it should be",
            is_fine: warnings == 0,
            finding: match warnings {
                0 => "No warning.".to_owned(),
                1 => "1 warning; see the design.".to_owned(),
                warnings => format!("{warnings} warnings; see the design."),
            },
        });
    }
    all
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The remark.
    pub id: StudyCommentId,
    /// About what.
    pub section: Section,
    /// What it says.
    pub body: String,
    /// Who wrote it.
    pub by: String,
    /// On which version.
    pub version: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// When the study's people said that it is dealt with.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A study under review.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    /// The study.
    pub id: StudyId,
    /// Title.
    pub name: String,
    /// Name of its lab.
    pub lab_name: String,
    /// How it is run.
    pub kind: StudyKind,
    /// Where it is in its life.
    pub state: StudyState,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The version that is shown.
    pub version: i32,
    /// What it holds.
    pub content: Content,
    /// What the lab declared.
    pub declarations: Declarations,
    /// The last words of the lab or of staff.
    pub comment: String,
    /// What changed since the last approved version, or since nothing.
    pub comparison: Comparison,
    /// What to look at.
    pub checks: Vec<Check>,
    /// Remarks, oldest first.
    pub comments: Vec<Comment>,
    /// Colleagues who were asked.
    pub peers: Vec<(AccountId, String)>,
    /// What the person may do to the state: approve and reject, for staff.
    pub offers: Vec<Transition>,
    /// Whether the person may remark.
    pub may_comment: bool,
    /// Whether the person is of the study, so that it may ask colleagues and settle remarks.
    pub may_write: bool,
}

/// A study for whoever reviews it: staff, its own people, and colleagues who were asked.
pub async fn review(ctx: &Context, actor: &Actor, id: StudyId) -> Result<ReviewPage, Error> {
    actor.researcher_in_person()?;
    let (row, lab, standing) = readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    let content = Content::try_from(&row)?;
    let before = row.approved_version.unwrap_or(0);
    let rows = study_comment::Entity::find()
        .filter(study_comment::Column::StudyId.eq(id))
        .order_by_asc(study_comment::Column::CreatedAt)
        .order_by_asc(study_comment::Column::Id)
        .all(&ctx.db)
        .await?;
    let authors = names(&ctx.db, rows.iter().filter_map(|row| row.account_id)).await?;
    let comments = rows
        .into_iter()
        .map(|row| Comment {
            id: row.id,
            section: row.section.parse().unwrap_or(Section::General),
            body: row.body,
            by: row
                .account_id
                .and_then(|id| authors.get(&id).cloned())
                .unwrap_or_else(|| "somebody whose account is gone".to_owned()),
            version: row.version,
            at: row.created_at,
            resolved_at: row.resolved_at,
        })
        .collect();
    let peers = study_peer::Entity::find()
        .filter(study_peer::Column::StudyId.eq(id))
        .find_also_related(account::Entity)
        .all(&ctx.db)
        .await?;
    Ok(ReviewPage {
        id,
        lab_name: lab.name.clone(),
        kind: row.kind,
        state: row.state,
        since: row.state_changed_at.unwrap_or(row.created_at),
        version: row.version,
        declarations: declared(&row.comments_extra),
        comment: row.comments.clone(),
        comparison: between(ctx, &row, before, row.version).await?,
        checks: checks(row.kind, &content, Some(&lab)),
        comments,
        peers: peers
            .into_iter()
            .filter_map(|(_, account)| account)
            .map(|account| (account.id, name_of(&account)))
            .collect(),
        offers: Transition::offered(row.state, standing)
            .into_iter()
            .filter(|transition| matches!(transition, Transition::Approve | Transition::Reject))
            .collect(),
        may_comment: standing.grants(Action::CommentOnStudy),
        may_write: standing.grants(Action::WriteStudyDetails),
        content,
        name: row.name,
    })
}

/// Leaves a remark.
pub async fn comment(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    section: Section,
    body: &str,
) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::CommentOnStudy, Target::Study(id)).await?;
    let mut violations = domain::Violations::new();
    let body = text::paragraphs("body", "the remark", body, &mut violations);
    if body.is_empty() && violations.is_empty() {
        violations.add("body", "required", "Please write your remark first.");
    }
    violations.or(())?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let new = study_comment::ActiveModel {
        id: Set(ctx.id(StudyCommentId::from_parts)?),
        study_id: Set(id),
        account_id: Set(Some(person.account)),
        version: Set(row.version),
        section: Set(section.as_str().to_owned()),
        body: Set(body),
        created_at: Set(ctx.now()),
        resolved_at: Set(None),
    };
    study_comment::Entity::insert(new)
        .exec_without_returning(&tx)
        .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::StudyCommented)
            .study(id)
            .lab(row.lab_id)
            .detail(section.as_str()),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Says that a remark is dealt with, or that it is not. It stays, with who wrote it.
pub async fn resolve_comment(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    comment: StudyCommentId,
    is_resolved: bool,
) -> Result<(), Error> {
    actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::WriteStudyDetails, Target::Study(id)).await?;
    let row = study_comment::Entity::find_by_id(comment)
        .filter(study_comment::Column::StudyId.eq(id))
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    let mut changed: study_comment::ActiveModel = row.into();
    changed.resolved_at = Set(is_resolved.then(|| ctx.now()));
    changed.update(&ctx.db).await?;
    Ok(())
}

/// Asks a colleague of another lab for an opinion. Whether the address has a researcher's account
/// is not told.
pub async fn add_peer(ctx: &Context, actor: &Actor, id: StudyId, email: &str) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::WriteStudyDetails, Target::Study(id)).await?;
    let email = Email::parse(email).ok_or_else(|| {
        Error::field(
            "email",
            "no_address",
            "Please enter the e-mail address of a researcher.",
        )
    })?;
    accounts::count_or_wait(ctx, "peers", person.account, LETTERS).await?;
    let found = account::Entity::find()
        .filter(account::Column::Email.eq(email.as_str()))
        .filter(account::Column::IsActive.eq(true))
        .filter(account::Column::IsResearcher.eq(true))
        .one(&ctx.db)
        .await?;
    let Some(found) = found else { return Ok(()) };
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    let is_known = lab_role(&tx, row.lab_id, found.id).await?.is_some()
        || study_member::Entity::find()
            .filter(study_member::Column::StudyId.eq(id))
            .filter(study_member::Column::AccountId.eq(found.id))
            .count(&tx)
            .await?
            > 0;
    if is_known {
        return Ok(());
    }
    let new = study_peer::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(id),
        account_id: Set(found.id),
        created_at: Set(ctx.now()),
    };
    let once = OnConflict::columns([study_peer::Column::StudyId, study_peer::Column::AccountId])
        .do_nothing()
        .to_owned();
    if !matches!(
        study_peer::Entity::insert(new)
            .on_conflict(once)
            .exec_without_returning(&tx)
            .await,
        Ok(1)
    ) {
        return Ok(());
    }
    let lab = lab::Entity::find_by_id(row.lab_id)
        .one(&tx)
        .await?
        .map(|lab| lab.name)
        .unwrap_or_default();
    let letter = Letter::StudyPeer {
        study: row.name,
        study_id: id.to_string(),
        lab,
        person: name_of(&accounts::find(&tx, person.account).await?),
    };
    messages::write(ctx, &tx, &found, &letter).await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::StudyPeerSet)
            .study(id)
            .lab(row.lab_id)
            .to(found.id),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// No longer asks a colleague. Remarks stay.
pub async fn remove_peer(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    account: AccountId,
) -> Result<(), Error> {
    actor.researcher_in_person()?;
    allowed(&ctx.db, actor, Action::WriteStudyDetails, Target::Study(id)).await?;
    let tx = ctx.begin().await?;
    let row = lock(&tx, id).await?;
    study_peer::Entity::delete_many()
        .filter(study_peer::Column::StudyId.eq(id))
        .filter(study_peer::Column::AccountId.eq(account))
        .exec(&tx)
        .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::StudyPeerSet)
            .study(id)
            .lab(row.lab_id)
            .to(account)
            .detail("no longer"),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
