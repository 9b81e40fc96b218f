//! The row of a new account, whoever creates it.

use domain::accounts::{AccountId, EmailAddress, Powers};
use entities::account;
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;

use crate::context::Context;
use crate::database::insert_new;
use crate::error::Error;

#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    pub nickname: String,
    /// Researchers need one; so with the family name.
    pub given_name: String,
    pub family_name: String,
    pub powers: Powers,
    /// Whether it is for show: such accounts can't be used on a real site.
    pub is_demo: bool,
}

/// Inserts an account; nothing if the address has one. Whoever calls this knows that the address is
/// that of the account's owner.
pub(crate) async fn insert(
    ctx: &Context,
    db: &impl ConnectionTrait,
    email: &EmailAddress,
    password_hash: String,
    new: NewAccount,
) -> Result<Option<AccountId>, Error> {
    let id = ctx.id(AccountId::from_parts)?;
    let row = account::ActiveModel {
        id: Set(id),
        email: Set(email.as_str().to_owned()),
        password_hash: Set(password_hash),
        nickname: Set(new.nickname),
        given_name: Set(new.given_name),
        family_name: Set(new.family_name),
        is_researcher: Set(new.powers.is_researcher),
        is_staff: Set(new.powers.is_staff),
        is_superuser: Set(new.powers.is_superuser),
        is_demo: Set(new.is_demo),
        created_at: Set(ctx.now()),
        ..Default::default()
    };
    // Asking the index instead of looking first: two sign-ups at once must not both succeed.
    let is_new = insert_new(row, [account::Column::Email], db).await?;
    Ok(is_new.then_some(id))
}
