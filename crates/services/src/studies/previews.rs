//! Clearing away what previews stored.

use domain::audit::AuditAction;
use domain::permissions::Action;
use domain::studies::StudyId;
use entities::{child, response};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::counts::uncount_previews;
use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;

/// Deletes everything that previews of a study stored; returns how many there were. `expected` is
/// the number that the person was shown: if there are more by now, it is asked again.
pub async fn delete_previews(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    expected: u64,
) -> Result<u64, Error> {
    let act = Act::study(ctx, actor, id, Action::DeleteAllPreviewData).await?;
    let previews = response::Entity::find()
        .filter(response::Column::StudyId.eq(id))
        .filter(response::Column::IsPreview.eq(true));
    let found = previews.count(&act.tx).await?;
    if found > expected {
        return Err(Error::Conflict(format!(
            "There are now {found} previews, more than the {expected} that you were shown. Please \
             check again."
        )));
    }
    response::Entity::delete_many()
        .filter(response::Column::StudyId.eq(id))
        .filter(response::Column::IsPreview.eq(true))
        .exec(&act.tx)
        .await?;
    delete_children(&act).await?;
    uncount_previews(&act.tx, id).await?;
    act.audit(Event::of(AuditAction::PreviewsDeleted).detail(found.to_string()))
        .await?;
    act.commit(found).await
}

/// Deletes the children that were made up for previews, and take part in none any more. There may
/// be more of them than a statement can name.
async fn delete_children<S>(act: &Act<'_, S>) -> Result<(), Error> {
    let taking_part = Query::select()
        .column(response::Column::ChildId)
        .from(response::Entity)
        .and_where(response::Column::IsPreview.eq(true))
        .to_owned();
    child::Entity::delete_many()
        .filter(child::Column::IsMadeUp.eq(true))
        .filter(child::Column::Id.not_in_subquery(taking_part))
        .exec(&act.tx)
        .await?;
    Ok(())
}
