//! How many responses a study has, kept beside it: a list of studies must not count what may be a
//! hundred thousand rows.

use domain::studies::StudyId;
use entities::study_count;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};

use crate::context::Context;
use crate::error::Error;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// A family began a run.
    Response,
    /// Its exit survey was submitted.
    Completed,
    /// Its consent frame was completed.
    Consented,
    /// Somebody began a preview.
    Preview,
}

/// Counts one more, in the transaction of what is counted.
pub(crate) async fn count(
    ctx: &Context,
    db: &impl ConnectionTrait,
    study: StudyId,
    what: Counted,
) -> Result<(), Error> {
    let first = |counted| Set(i32::from(what == counted));
    let first = study_count::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(study),
        responses: first(Counted::Response),
        completed: first(Counted::Completed),
        consented: first(Counted::Consented),
        previews: first(Counted::Preview),
    };
    let column = match what {
        Counted::Response => study_count::Column::Responses,
        Counted::Completed => study_count::Column::Completed,
        Counted::Consented => study_count::Column::Consented,
        Counted::Preview => study_count::Column::Previews,
    };
    let one_more = OnConflict::column(study_count::Column::StudyId)
        .value(column, Expr::col((study_count::Entity, column)).add(1))
        .to_owned();
    study_count::Entity::insert(first)
        .on_conflict(one_more)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// How many responses a list of them has, where that is kept: of everything but what previews
/// completed.
pub(crate) async fn kept_count(
    db: &impl ConnectionTrait,
    study: StudyId,
    is_preview: bool,
    is_completed: Option<bool>,
) -> Result<Option<u64>, Error> {
    let kept = study_count::Entity::find()
        .filter(study_count::Column::StudyId.eq(study))
        .one(db)
        .await?;
    let Some(kept) = kept else {
        return Ok(Some(0));
    };
    let count = match (is_preview, is_completed) {
        (false, None) => kept.responses,
        (false, Some(true)) => kept.completed,
        (false, Some(false)) => kept.responses - kept.completed,
        (true, None) => kept.previews,
        (true, Some(_)) => return Ok(None),
    };
    Ok(u64::try_from(count).ok())
}

/// All previews of a study are gone.
pub(super) async fn uncount_previews(
    db: &impl ConnectionTrait,
    study: StudyId,
) -> Result<(), Error> {
    study_count::Entity::update_many()
        .col_expr(study_count::Column::Previews, Expr::value(0))
        .filter(study_count::Column::StudyId.eq(study))
        .exec(db)
        .await?;
    Ok(())
}
