//! Challenges that browsers answer with a passkey: each for one session and one answer.

use chrono::Duration;
use entities::passkey_challenge;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::act::{Act, Own};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;

/// To make a passkey.
pub(super) const TO_ADD: &str = "add";
/// To give a passkey as the second factor of a session.
pub(super) const TO_GIVE: &str = "ask";

/// How long a browser may take to answer.
const LIFE: Duration = Duration::minutes(5);

/// Stores what is needed to check the answer, in place of an earlier challenge of this session.
pub(super) async fn store(act: &Act<'_, Own<'_>>, kind: &str, state: String) -> Result<(), Error> {
    passkey_challenge::Entity::delete_many()
        .filter(passkey_challenge::Column::SessionId.eq(act.session))
        .filter(passkey_challenge::Column::Kind.eq(kind))
        .exec(&act.tx)
        .await?;
    let row = passkey_challenge::ActiveModel {
        id: Set(act.ctx.uuid()?),
        account_id: Set(act.account.id),
        session_id: Set(act.session),
        kind: Set(kind.to_owned()),
        state: Set(state),
        expires_at: Set(act.ctx.now() + LIFE),
    };
    passkey_challenge::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    Ok(())
}

/// The state of the challenge that this session was given. It is gone with the first answer, right
/// or wrong.
pub(super) async fn take(ctx: &Context, actor: &Actor, kind: &str) -> Result<String, Error> {
    let removed = remove(ctx, actor, kind).await?;
    removed
        .filter(|row| row.expires_at > ctx.now())
        .map(|row| row.state)
        .ok_or_else(|| {
            Error::Conflict(
                "This took too long, or was started in another tab. Please try again.".to_owned(),
            )
        })
}

async fn remove(
    ctx: &Context,
    actor: &Actor,
    kind: &str,
) -> Result<Option<passkey_challenge::Model>, Error> {
    let act = Act::half_signed_in(ctx, actor).await?;
    let found = passkey_challenge::Entity::find()
        .filter(passkey_challenge::Column::SessionId.eq(act.session))
        .filter(passkey_challenge::Column::Kind.eq(kind))
        .one(&act.tx)
        .await?;
    let Some(row) = found else {
        return act.unchanged(None).await;
    };
    passkey_challenge::Entity::delete_by_id(row.id)
        .exec(&act.tx)
        .await?;
    act.commit(Some(row)).await
}
