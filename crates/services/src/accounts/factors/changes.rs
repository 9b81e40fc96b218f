//! What every added and every removed factor brings with it.

use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::messages::Email;
use entities::{account, passkey, totp};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use super::{finding, recovery_codes};
use crate::accounts::access;
use crate::accounts::sessions::{self, NewSession};
use crate::act::{Act, Own};
use crate::audit::Event;
use crate::error::Error;

/// What a new factor brings.
pub struct AddedFactor {
    /// The session that asked, which has given the factor and goes on under a new token.
    pub session: NewSession,
    /// New recovery codes, to be shown once; none where there were some already.
    pub codes: Vec<String>,
}

/// After a factor was added: the session has given it, the owner is told, and recovery codes are
/// made if there were none.
pub(super) async fn added(act: &Act<'_, Own<'_>>, what: &str) -> Result<AddedFactor, Error> {
    store_has_factor(act, act.account.id, true).await?;
    let session = sessions::give_second_factor(act).await?;
    let left = finding::recovery_codes_left(&act.tx, act.account.id).await?;
    let codes = if left == 0 {
        recovery_codes::draw(act).await?
    } else {
        Vec::new()
    };
    tell(act, AuditAction::FactorAdded, what).await?;
    Ok(AddedFactor { session, codes })
}

/// After a factor was removed: without any other, the account has none, its tokens end, and
/// recovery codes mean nothing.
pub(super) async fn removed(act: &Act<'_, Own<'_>>, what: &str) -> Result<(), Error> {
    let id = act.account.id;
    let has_other = finding::active_totp(&act.tx, id).await?.is_some()
        || !finding::passkeys(&act.tx, id).await?.is_empty();
    if !has_other {
        store_has_factor(act, id, false).await?;
        recovery_codes::remove(act, id).await?;
        access::end(act, id, Some(act.session)).await?;
    }
    tell(act, AuditAction::FactorRemoved, what).await
}

async fn tell(act: &Act<'_, Own<'_>>, action: AuditAction, what: &str) -> Result<(), Error> {
    let email = Email::FactorChanged {
        what: what.to_owned(),
    };
    act.email(&act.account, &email).await?;
    act.audit(Event::of(action).to(act.account.id).detail(what))
        .await
}

/// Removes every factor of an account, its recovery codes, sessions and tokens, for somebody who
/// lost them all.
pub(in crate::accounts) async fn remove_all<S>(
    act: &Act<'_, S>,
    account: AccountId,
) -> Result<(), Error> {
    totp::Entity::delete_many()
        .filter(totp::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    passkey::Entity::delete_many()
        .filter(passkey::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    recovery_codes::remove(act, account).await?;
    store_has_factor(act, account, false).await?;
    access::end(act, account, None).await
}

async fn store_has_factor<S>(
    act: &Act<'_, S>,
    account: AccountId,
    has_second_factor: bool,
) -> Result<(), Error> {
    let changed = account::ActiveModel {
        id: Set(account),
        has_second_factor: Set(has_second_factor),
        ..Default::default()
    };
    changed.update(&act.tx).await?;
    Ok(())
}
