//! Which second factors an account has.

use chrono::{DateTime, Utc};
use domain::accounts::{AccountId, PasskeyId};
use entities::{passkey, recovery_code, totp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRow {
    pub id: PasskeyId,
    /// What the owner called it.
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// The second factors of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// Whether an app makes codes for it.
    pub has_totp: bool,
    /// Oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

/// The second factors of whoever asks, even before one was given: the page that asks must know
/// which there are.
pub async fn factors(ctx: &Context, actor: &Actor) -> Result<Factors, Error> {
    let (person, _) = actor.half_signed_in()?;
    let passkeys = passkeys(&ctx.db, person.account).await?;
    Ok(Factors {
        has_totp: active_totp(&ctx.db, person.account).await?.is_some(),
        passkeys: passkeys
            .into_iter()
            .map(|row| PasskeyRow {
                id: row.id,
                name: row.name,
                created_at: row.created_at,
                used_at: row.used_at,
            })
            .collect(),
        recovery_codes: recovery_codes_left(&ctx.db, person.account).await?,
    })
}

/// The secret of the app that makes codes for the account.
pub(super) async fn active_totp(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<totp::Model>, Error> {
    Ok(totp::Entity::find()
        .filter(totp::Column::AccountId.eq(account))
        .filter(totp::Column::ActivatedAt.is_not_null())
        .one(db)
        .await?)
}

/// Oldest first.
pub(super) async fn passkeys(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<passkey::Model>, Error> {
    Ok(passkey::Entity::find()
        .filter(passkey::Column::AccountId.eq(account))
        .order_by_asc(passkey::Column::CreatedAt)
        .all(db)
        .await?)
}

pub(super) async fn recovery_codes_left(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<u64, Error> {
    Ok(recovery_code::Entity::find()
        .filter(recovery_code::Column::AccountId.eq(account))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(db)
        .await?)
}
