//! Asking for a copy of everything that a family gave.

use domain::accounts::{AccountId, ExportRequestId};
use domain::audit::AuditAction;
use entities::export_request;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::act::Act;
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;

/// Asks for a copy of everything that the family gave. It is made by a job; one at a time.
pub async fn request_export(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let act = Act::own_freshly(ctx, actor).await?;
    let account = act.account.id;
    if open_requests(&act.tx, account).await? > 0 {
        return act.unchanged(()).await;
    }
    let request = export_request::ActiveModel {
        id: Set(ctx.id(ExportRequestId::from_parts)?),
        account_id: Set(account),
        state: Set("waiting".to_owned()),
        created_at: Set(ctx.now()),
        ended_at: Set(None),
    };
    export_request::Entity::insert(request)
        .exec_without_returning(&act.tx)
        .await?;
    act.audit(Event::of(AuditAction::ExportRequested).to(account))
        .await?;
    act.commit(()).await
}

async fn open_requests(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, Error> {
    Ok(export_request::Entity::find()
        .filter(export_request::Column::AccountId.eq(account))
        .filter(export_request::Column::EndedAt.is_null())
        .count(db)
        .await?)
}

/// Whether a copy was asked for and is not made yet.
pub async fn has_export_request(ctx: &Context, actor: &Actor) -> Result<bool, Error> {
    let person = actor.signed_in()?;
    Ok(open_requests(&ctx.db, person.account).await? > 0)
}
