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
    /// A visit began.
    Response,
    /// A visit's exit survey was submitted.
    Completed,
    /// A visit's consent frame was completed.
    Consented,
    /// A preview began.
    Preview,
}

/// Counts one more, in the transaction of what is counted.
pub(crate) async fn count(
    ctx: &Context,
    db: &impl ConnectionTrait,
    study: StudyId,
    what: Counted,
) -> Result<(), Error> {
    let none = study_count::ActiveModel {
        id: Set(ctx.uuid()?),
        study_id: Set(study),
        responses: Set(0),
        completed: Set(0),
        consented: Set(0),
        previews: Set(0),
    };
    let once = OnConflict::column(study_count::Column::StudyId)
        .do_nothing()
        .to_owned();
    match study_count::Entity::insert(none)
        .on_conflict(once)
        .exec_without_returning(db)
        .await
    {
        Ok(_) | Err(sea_orm::DbErr::RecordNotInserted) => {}
        Err(error) => return Err(error.into()),
    }
    let column = match what {
        Counted::Response => study_count::Column::Responses,
        Counted::Completed => study_count::Column::Completed,
        Counted::Consented => study_count::Column::Consented,
        Counted::Preview => study_count::Column::Previews,
    };
    study_count::Entity::update_many()
        .col_expr(column, Expr::col(column).add(1))
        .filter(study_count::Column::StudyId.eq(study))
        .exec(db)
        .await?;
    Ok(())
}

/// All previews of a study are gone.
pub(crate) async fn uncount_previews(
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
