//! Whether an account can be used, who its user is, and the end of every way in.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use domain::accounts::{AccountId, SecondFactor, SessionId};
use entities::{account, api_token, response, run_session, session};
use sea_orm::sea_query::{Expr, LockType, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::act::Act;
use crate::actor::{Credential, Person};
use crate::error::{Error, Noun};
use crate::people::powers_of;

/// From where a request comes.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// What the browser calls itself.
    pub user_agent: String,
    /// Network address, in its one spelling; nothing where no proxy that we trust told one.
    pub address: Option<IpAddr>,
}

impl Client {
    /// A client whose address was kept as a text.
    pub(super) fn of_text(address: &str) -> Self {
        Self {
            address: address.parse().ok(),
            ..Self::default()
        }
    }

    /// The address as it is kept with sessions and in the audit; empty where there is none.
    pub fn address(&self) -> String {
        self.address
            .map(|address| address.to_string())
            .unwrap_or_default()
    }

    /// What is counted as one client: an address of version 4, or the /64 that a household or a
    /// server gets of version 6, since whoever has one can choose among all its addresses. Clients
    /// without an address count as one.
    pub fn network(&self) -> String {
        match self.address.map(|address| address.to_canonical()) {
            None => String::new(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
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
        email: account.email.clone(),
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

/// Ends every way into an account but one session: sessions, runs and tokens.
pub(super) async fn end<S>(
    act: &Act<'_, S>,
    id: AccountId,
    keep: Option<SessionId>,
) -> Result<(), Error> {
    end_browsers(act, id, keep).await?;
    api_token::Entity::delete_many()
        .filter(api_token::Column::AccountId.eq(id))
        .exec(&act.tx)
        .await?;
    Ok(())
}

/// Ends all sessions of an account but one, with the runs that were begun in them, and tells how
/// many sessions there were.
pub(super) async fn end_browsers<S>(
    act: &Act<'_, S>,
    id: AccountId,
    keep: Option<SessionId>,
) -> Result<u64, Error> {
    let mut sessions = session::Entity::delete_many().filter(session::Column::AccountId.eq(id));
    if let Some(keep) = keep {
        sessions = sessions.filter(session::Column::Id.ne(keep));
    }
    let ended = sessions.exec(&act.tx).await?;
    end_runs(act, response::Column::AccountId.eq(id)).await?;
    Ok(ended.rows_affected)
}

/// Ends the runs of these responses: tickets and keys stop working.
pub(crate) async fn end_runs<S>(act: &Act<'_, S>, of: SimpleExpr) -> Result<(), Error> {
    let responses = response::Entity::find()
        .select_only()
        .column(response::Column::Id)
        .filter(of)
        .into_query();
    let now = act.ctx.now();
    run_session::Entity::update_many()
        .col_expr(run_session::Column::ExpiresAt, Expr::value(now))
        .col_expr(run_session::Column::TicketExpiresAt, Expr::value(now))
        .filter(run_session::Column::ResponseId.in_subquery(responses))
        .filter(run_session::Column::ExpiresAt.gt(now))
        .exec(&act.tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        let address = address.parse().ok();
        Client {
            address,
            ..Client::default()
        }
        .network()
    }

    #[test]
    fn whoever_has_a_network_is_counted_as_one() {
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::9"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("somewhere"), "");
    }
}
