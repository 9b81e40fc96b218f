//! Codes of an authenticator app: setting it up, taking its codes, removing it.

use adapters::TotpSecret;
use domain::accounts::AccountId;
use entities::totp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::changes::AddedFactor;
use super::{changes, finding};
use crate::accounts::limits;
use crate::act::{Act, Own};
use crate::actor::Actor;
use crate::context::{Context, Site};
use crate::error::Error;
use crate::throttle;

/// What an authenticator app needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpSetup {
    /// The picture to point the app at, as SVG.
    pub picture: String,
    /// The same, to be typed.
    pub typed: String,
}

/// Draws a new secret for an app. It counts once a code of it was given; until then another can be
/// drawn.
pub async fn begin_totp(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let act = Act::own_freshly(ctx, actor).await?;
    let account = act.account.id;
    if finding::active_totp(&act.tx, account).await?.is_some() {
        return Err(Error::Conflict(
            "This account already has an authenticator app. Remove it first to set up another."
                .to_owned(),
        ));
    }
    totp::Entity::delete_many()
        .filter(totp::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    let row = totp::ActiveModel {
        id: Set(ctx.uuid()?),
        account_id: Set(account),
        sealed_secret: Set(ctx.keys.seal("totp", TotpSecret::draw()?.bytes())?),
        last_step: Set(0),
        created_at: Set(ctx.now()),
        activated_at: Set(None),
    };
    totp::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    act.commit(()).await
}

/// What the app is shown, while no code of it was given; never again after that.
pub async fn totp_setup(ctx: &Context, actor: &Actor) -> Result<Option<TotpSetup>, Error> {
    let person = actor.signed_in()?;
    let Some(row) = pending(&ctx.db, person.account).await? else {
        return Ok(None);
    };
    let secret = unseal(ctx, &row)?;
    Ok(Some(TotpSetup {
        picture: secret.picture(&issuer(&ctx.site), &person.email)?,
        typed: secret.typed(),
    }))
}

/// What the app calls the site: sites for trying things are told apart by their address.
fn issuer(site: &Site) -> String {
    if site.is_production {
        return "Lookit".to_owned();
    }
    let host = site.origin.split("://").nth(1).unwrap_or_default();
    format!("Lookit ({})", host.replace(':', " "))
}

async fn pending(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<totp::Model>, Error> {
    Ok(totp::Entity::find()
        .filter(totp::Column::AccountId.eq(account))
        .filter(totp::Column::ActivatedAt.is_null())
        .one(db)
        .await?)
}

fn unseal(ctx: &Context, row: &totp::Model) -> Result<TotpSecret, Error> {
    Ok(TotpSecret::from_bytes(
        ctx.keys.open("totp", &row.sealed_secret)?,
    ))
}

/// Takes the first code of a new app.
pub async fn activate_totp(ctx: &Context, actor: &Actor, code: &str) -> Result<AddedFactor, Error> {
    let person = actor.fresh(ctx.now())?;
    let attempt = throttle::reserve(ctx, limits::codes(ctx, person)).await?;
    let act = Act::own_freshly(ctx, actor).await?;
    let row = pending(&act.tx, act.account.id).await?.ok_or_else(|| {
        Error::Conflict("There is no app to set up. Please start again.".to_owned())
    })?;
    let Some(step) = unseal(ctx, &row)?.step_of(code, ctx.now(), row.last_step)? else {
        act.unchanged(()).await?;
        return Err(wrong_code());
    };
    let activated = totp::ActiveModel {
        id: Set(row.id),
        last_step: Set(step),
        activated_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    activated.update(&act.tx).await?;
    attempt.release(&act).await?;
    let added = changes::added(&act, "codes of an app were added").await?;
    act.commit(added).await
}

pub(super) fn wrong_code() -> Error {
    Error::field(
        "code",
        "wrong",
        "This code is not right. Please type the six digits that your app shows now; each code \
         works only once.",
    )
}

/// Uses a code up, and tells whether it was right.
pub(super) async fn take(act: &Act<'_, Own<'_>>, typed: &str) -> Result<bool, Error> {
    let Some(row) = finding::active_totp(&act.tx, act.account.id).await? else {
        return Ok(false);
    };
    let secret = unseal(act.ctx, &row)?;
    let Some(step) = secret.step_of(typed, act.ctx.now(), row.last_step)? else {
        return Ok(false);
    };
    // Two requests with the same code: only one of them moves the step on.
    let moved = totp::Entity::update_many()
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::Id.eq(row.id))
        .filter(totp::Column::LastStep.lt(step))
        .exec(&act.tx)
        .await?;
    Ok(moved.rows_affected == 1)
}

pub async fn remove_totp(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let act = Act::own_freshly(ctx, actor).await?;
    let deleted = totp::Entity::delete_many()
        .filter(totp::Column::AccountId.eq(act.account.id))
        .exec(&act.tx)
        .await?;
    if deleted.rows_affected == 0 {
        return act.unchanged(()).await;
    }
    changes::removed(&act, "the codes of an app were removed").await?;
    act.commit(()).await
}
