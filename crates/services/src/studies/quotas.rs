//! How much one account and one study may hold, and how often somebody may do what makes work for
//! the database or for other people. `docs/SECURITY.md` lists every limit.

use domain::accounts::AccountId;
use domain::studies::{DraftPart, StudyId};
use entities::{lab, study, study_count, study_design, study_draft, study_version};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};

use crate::act::{Act, OfLab, OfStudy};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::throttle;

/// Studies that one account may make, archived ones too.
const MOST_STUDIES: u64 = 500;
/// The same in labs that nobody has approved, which anybody can make, and in the sandbox.
const MOST_STUDIES_UNAPPROVED: u64 = 50;
/// Versions of one study.
const MOST_VERSIONS: i32 = 1_000;
/// Bytes of all designs of one study.
const MOST_DESIGN_BYTES: i64 = 200 << 20;
/// Archives that may be sent for one study.
const MOST_ARCHIVES: u64 = 20;
/// Previews of one study that are kept.
const MOST_PREVIEWS: i32 = 2_000;
/// Drafts of one account.
const MOST_DRAFTS: u64 = 40;

/// What one account may do only so often within a quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rate {
    /// Changing the state of a study, which others are told by email.
    Moves,
    Saves,
    /// Making or cloning a study.
    Studies,
    Previews,
    Archives,
}

impl Rate {
    const fn limit(self) -> (&'static str, i32) {
        match self {
            Self::Moves => ("study moves", 30),
            Self::Saves => ("study saves", 120),
            Self::Studies => ("studies", 40),
            Self::Previews => ("previews", 60),
            Self::Archives => ("archives", 10),
        }
    }
}

/// Counts one more, and refuses where it is too often.
pub(crate) async fn count(ctx: &Context, actor: &Actor, rate: Rate) -> Result<(), Error> {
    let account = actor.researcher_in_person()?.account;
    let (kind, limit) = rate.limit();
    throttle::count_or_refuse(ctx, kind, account, limit).await
}

/// Refuses another study where somebody has made as many as they may.
pub(super) async fn refuse_more_studies(act: &Act<'_, OfLab<'_>>) -> Result<(), Error> {
    let of_account = study::Entity::find().filter(study::Column::CreatorId.eq(act.person.account));
    if of_account.clone().count(&act.tx).await? >= MOST_STUDIES {
        return Err(Error::Conflict(format!(
            "You have made {MOST_STUDIES} studies, and nobody can make more. \
             Please change one of them instead."
        )));
    }
    if act.lab.is_approved {
        return Ok(());
    }
    let unapproved = Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(lab::Column::IsApproved.eq(false))
        .to_owned();
    let there = of_account.filter(study::Column::LabId.in_subquery(unapproved));
    if there.count(&act.tx).await? >= MOST_STUDIES_UNAPPROVED {
        return Err(Error::Conflict(format!(
            "You have made {MOST_STUDIES_UNAPPROVED} studies in labs that are not approved, and \
             can't make more there. Please change one of them instead."
        )));
    }
    Ok(())
}

/// Refuses another version where a study has as many as it may, or its designs take as much room.
pub(super) async fn refuse_more_versions(
    act: &Act<'_, OfStudy<'_>>,
    has_new_design: bool,
) -> Result<(), Error> {
    if act.study.version >= MOST_VERSIONS {
        return Err(Error::Conflict(format!(
            "This study has {MOST_VERSIONS} versions, and no study can have more. \
             Please clone it and go on with the copy."
        )));
    }
    if has_new_design && design_bytes(&act.tx, act.study.id).await? >= MOST_DESIGN_BYTES {
        return Err(Error::Conflict(format!(
            "The designs of this study take {} MB, and no study can have more. \
             Please clone it and go on with the copy.",
            MOST_DESIGN_BYTES >> 20
        )));
    }
    Ok(())
}

async fn design_bytes(db: &impl ConnectionTrait, id: StudyId) -> Result<i64, Error> {
    let size = Expr::col((study_design::Entity, study_design::Column::SizeBytes));
    // PostgreSQL adds up whole numbers to a decimal one.
    let sum = Func::cast_as(size.sum(), "bigint");
    let sum: Option<Option<i64>> = study_design::Entity::find()
        .select_only()
        .column_as(Expr::from(sum), "bytes")
        .filter(study_design::Column::StudyId.eq(id))
        .into_tuple()
        .one(db)
        .await?;
    Ok(sum.flatten().unwrap_or_default())
}

/// Refuses another archive for a study that was sent as many as it may have. Each of them made a
/// version that says so.
pub(super) async fn refuse_more_archives(ctx: &Context, id: StudyId) -> Result<(), Error> {
    let sent = study_version::Entity::find()
        .filter(study_version::Column::StudyId.eq(id))
        .filter(study_version::Column::Edits.contains("\"runner\""));
    if sent.count(&ctx.db).await? < MOST_ARCHIVES {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "The source of this study's runner was changed {MOST_ARCHIVES} times, and no more archives \
         are kept. Please clone the study and go on with the copy."
    )))
}

/// Refuses another preview of a study that has as many as are kept.
pub(crate) async fn refuse_more_previews(
    db: &impl ConnectionTrait,
    id: StudyId,
) -> Result<(), Error> {
    let kept: Option<i32> = study_count::Entity::find()
        .select_only()
        .column(study_count::Column::Previews)
        .filter(study_count::Column::StudyId.eq(id))
        .into_tuple()
        .one(db)
        .await?;
    if kept.unwrap_or_default() < MOST_PREVIEWS {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "This study has {MOST_PREVIEWS} previews, and no more are kept. \
         Please delete its previews first."
    )))
}

/// Refuses to keep a draft beside as many others as one person may have.
pub(super) async fn refuse_more_drafts(
    act: &Act<'_, OfStudy<'_>>,
    part: DraftPart,
) -> Result<(), Error> {
    let account: AccountId = act.person.account;
    let this = study_draft::Column::StudyId
        .eq(act.study.id)
        .and(study_draft::Column::Part.eq(part.as_str()));
    let others = study_draft::Entity::find()
        .filter(study_draft::Column::AccountId.eq(account))
        .filter(this.not());
    if others.count(&act.tx).await? < MOST_DRAFTS {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "You have {MOST_DRAFTS} drafts, and no more are kept. \
         Please save or discard some of the others."
    )))
}
