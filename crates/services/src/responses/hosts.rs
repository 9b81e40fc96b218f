//! Where a run may load from.

use domain::responses::RunSessionId;
use entities::{response, run_session};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait};

use crate::context::Context;
use crate::error::Error;

/// The hosts that the study of a run declared when the run began; none for a run that is unknown.
/// They are no secret: the page of the run names them in its policy before anybody has shown a key.
pub async fn hosts(ctx: &Context, session: RunSessionId) -> Result<Vec<String>, Error> {
    let found: Option<String> = response::Entity::find()
        .select_only()
        .column(response::Column::Hosts)
        .join(
            JoinType::InnerJoin,
            run_session::Relation::Response.def().rev(),
        )
        .filter(run_session::Column::Id.eq(session))
        .into_tuple()
        .one(&ctx.db)
        .await?;
    let hosts = found.unwrap_or_default();
    Ok(hosts.split_whitespace().map(str::to_owned).collect())
}
