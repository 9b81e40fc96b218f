//! What a run's key opens.

use chrono::{DateTime, Duration, Utc};
use entities::{child, response, run_session};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QuerySelect,
    RelationTrait, Select,
};

use crate::actor::{Run, RunKeyDigest};
use crate::people;

/// How long what was left behind can still be added, from the start on.
pub(super) const LEFTOVERS: Duration = Duration::days(28);

/// The response that a run's key opens, joined with its child: one at most, and none once the key
/// has expired, the account can't be used any more or the child is gone.
pub(crate) fn opened_by(run: &Run, now: DateTime<Utc>) -> Select<response::Entity> {
    let key = match &run.key {
        RunKeyDigest::Play(digest) => Condition::all()
            .add(run_session::Column::TokenDigest.eq(digest))
            .add(run_session::Column::ExpiresAt.gt(now)),
        RunKeyDigest::Append(digest) => Condition::all()
            .add(run_session::Column::AppendDigest.eq(digest))
            .add(run_session::Column::CreatedAt.gt(now - LEFTOVERS)),
    };
    // Nobody's list shows the made-up child of a preview, so it counts as deleted.
    let child = child::Column::DeletedAt.is_null();
    response::Entity::find()
        .join(
            JoinType::InnerJoin,
            run_session::Relation::Response.def().rev(),
        )
        .join(JoinType::InnerJoin, response::Relation::Child.def())
        .join(JoinType::InnerJoin, response::Relation::Account.def())
        .filter(run_session::Column::Id.eq(run.session))
        .filter(key)
        .filter(people::usable())
        .filter(child.or(child::Column::IsMadeUp.eq(true)))
}
