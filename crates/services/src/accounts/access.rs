//! Whether an account can be used, who its user is, and the end of every way in.

use chrono::{DateTime, Utc};
use domain::accounts::{AccountId, SecondFactor, SessionId};
use entities::{account, api_token, session};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::act::Act;
use crate::actor::{Credential, Person};
use crate::error::{Error, Noun};
use crate::people::{address_of, powers_of};

/// From where a request comes.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// What the browser calls itself.
    pub user_agent: String,
    /// Network address of the client.
    pub address: String,
}

/// Whether somebody may use the account at all.
pub(super) fn is_usable(account: &account::Model) -> bool {
    account.is_active && !account.is_spam && account.deleted_at.is_none()
}

/// The person behind a session or a token. `factor_at` is when the second factor was given there;
/// `address` is the network address of the request.
pub(super) fn person(
    via: Credential,
    factor_at: Option<DateTime<Utc>>,
    account: &account::Model,
    address: &str,
) -> Person {
    let factor = match (account.has_second_factor, factor_at) {
        (false, _) => SecondFactor::None,
        (true, None) => SecondFactor::Pending,
        (true, Some(_)) => SecondFactor::Given,
    };
    Person {
        account: account.id,
        via,
        nickname: account.nickname.clone(),
        email: address_of(account).to_owned(),
        is_confirmed: account.email_confirmed_at.is_some(),
        powers: powers_of(account),
        factor,
        factor_at,
        deletion_due_at: account.deletion_due_at,
        address: address.to_owned(),
    }
}

/// The account of an act that did not begin with one, locked.
pub(super) async fn lock<S>(act: &Act<'_, S>, id: AccountId) -> Result<account::Model, Error> {
    let locked = account::Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
    locked
        .one(&act.tx)
        .await?
        .ok_or(Error::NotFound(Noun::Account))
}

/// Ends all sessions of an account but one, and all its tokens.
pub(super) async fn end<S>(
    act: &Act<'_, S>,
    id: AccountId,
    keep: Option<SessionId>,
) -> Result<(), Error> {
    let mut sessions = session::Entity::delete_many().filter(session::Column::AccountId.eq(id));
    if let Some(keep) = keep {
        sessions = sessions.filter(session::Column::Id.ne(keep));
    }
    sessions.exec(&act.tx).await?;
    api_token::Entity::delete_many()
        .filter(api_token::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    Ok(())
}
