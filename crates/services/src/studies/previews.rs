//! Clearing away what previews stored.

use domain::audit::AuditAction;
use domain::families::child::ChildId;
use domain::permissions::Action;
use domain::studies::StudyId;
use entities::{child, response};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

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
    let children: Vec<ChildId> = response::Entity::find()
        .select_only()
        .column(response::Column::ChildId)
        .filter(response::Column::StudyId.eq(id))
        .filter(response::Column::IsPreview.eq(true))
        .into_tuple()
        .all(&act.tx)
        .await?;
    let found = u64::try_from(children.len()).unwrap_or(u64::MAX);
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
    child::Entity::delete_many()
        .filter(child::Column::IsMadeUp.eq(true))
        .filter(child::Column::Id.is_in(children))
        .exec(&act.tx)
        .await?;
    uncount_previews(&act.tx, id).await?;
    act.audit(Event::of(AuditAction::PreviewsDeleted).detail(found.to_string()))
        .await?;
    act.commit(found).await
}
