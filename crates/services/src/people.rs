//! How people are found and called, for every area.

use std::collections::{HashMap, HashSet};

use domain::accounts::{AccountId, EmailAddress, Powers};
use entities::account;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use crate::error::{Error, Noun};

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: AccountId,
) -> Result<account::Model, Error> {
    account::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Noun::Account))
}

/// Accounts that somebody may use.
pub(crate) fn usable() -> Condition {
    Condition::all()
        .add(account::Column::IsActive.eq(true))
        .add(account::Column::IsSpam.eq(false))
        .add(account::Column::DeletedAt.is_null())
}

pub(crate) async fn by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<account::Model, Error> {
    let email = EmailAddress::parse(email).ok_or(Error::NotFound(Noun::Account))?;
    account::Entity::find()
        .filter(account::Column::Email.eq(email.as_str()))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Noun::Account))
}

/// What to call somebody where colleagues and staff read it.
pub(crate) fn name_of(account: &account::Model) -> String {
    let full = format!("{} {}", account.given_name, account.family_name)
        .trim()
        .to_owned();
    [full, account.nickname.clone()]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| {
            format!(
                "Account {}",
                account
                    .id
                    .0
                    .simple()
                    .to_string()
                    .chars()
                    .take(8)
                    .collect::<String>()
            )
        })
}

/// What to call each of these people.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = AccountId>,
) -> Result<HashMap<AccountId, String>, Error> {
    let ids: HashSet<AccountId> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = account::Entity::find().filter(account::Column::Id.is_in(ids));
    let rows = rows.all(db).await?;
    Ok(rows.iter().map(|row| (row.id, name_of(row))).collect())
}

pub(crate) fn powers_of(account: &account::Model) -> Powers {
    Powers {
        is_researcher: account.is_researcher,
        is_staff: account.is_staff,
        is_superuser: account.is_superuser,
    }
}

/// Whether somebody may use the account at all.
pub(crate) fn is_usable(account: &account::Model) -> bool {
    account.is_active && !account.is_spam && account.deleted_at.is_none()
}
