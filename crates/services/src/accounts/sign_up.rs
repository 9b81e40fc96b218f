//! Signing up.

use domain::accounts::{EmailAddress, Powers};
use domain::audit::AuditAction;
use domain::messages::Email;
use domain::{Violations, text};
use entities::account;
use secrecy::SecretString;

use super::access::Client;
use super::new_account::{NewAccount, insert, insert_double};
use super::sessions::{self, NewSession};
use super::{limits, password};
use crate::act::{Act, Free};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;
use crate::labs::join_sandbox;
use crate::{people, throttle};

/// The form as it was posted.
#[derive(Clone, Debug, Default)]
pub struct SignUp {
    /// Whether somebody signs up who works in labs.
    pub is_researcher: bool,
    pub email: String,
    /// What to call the family; may be empty.
    pub nickname: String,
    /// Researchers need one; so with the family name.
    pub given_name: String,
    pub family_name: String,
    pub password: SecretString,
    pub password_again: SecretString,
}

/// Makes an account and signs it in.
///
/// With an address that has an account already, the answer and the work are the same: a second
/// account is made, which nobody can sign in to again, and the owner of the address gets an email.
/// If that is the same person, signing in from the same browser brings over what was entered
/// ([`sign_in`](super::sign_in())).
pub async fn sign_up(
    ctx: &Context,
    actor: &Actor,
    form: SignUp,
    client: &Client,
) -> Result<NewSession, Error> {
    if actor.person().is_some() {
        return Err(Error::Conflict(
            "You are already signed in. Please sign out before you create another account."
                .to_owned(),
        ));
    }
    let (email, new) = check(&form)?;
    throttle::reserve(ctx, limits::sign_ups(ctx, &email, client)).await?;
    let password_hash = ctx.passwords.hash(form.password).await?;
    let act = Act::anybody(ctx, actor).await?;
    let account = add(&act, &email, password_hash, new).await?;
    let id = account.id;
    if form.is_researcher {
        join_sandbox(&act, id).await?;
    }
    let kind = if form.is_researcher {
        "researcher"
    } else {
        "family"
    };
    let event = Event::of(AuditAction::AccountCreated).to(id).detail(kind);
    act.audit_as(Some(id), client.address.clone(), event)
        .await?;
    let begun = sessions::begin(&act, account, client).await?;
    act.commit(begun).await
}

fn check(form: &SignUp) -> Result<(EmailAddress, NewAccount), Error> {
    let mut violations = Violations::new();
    let email = EmailAddress::parse(&form.email);
    if email.is_none() {
        violations.add(
            "email",
            "no_address",
            "Please enter an email address, such as name@example.org.",
        );
    }
    let mut new = NewAccount {
        nickname: text::line(
            "nickname",
            "the name",
            &form.nickname,
            text::LINE,
            &mut violations,
        ),
        powers: Powers {
            is_researcher: form.is_researcher,
            ..Powers::default()
        },
        ..NewAccount::default()
    };
    if form.is_researcher {
        new.given_name = text::required_line(
            "given_name",
            "your given name",
            &form.given_name,
            &mut violations,
        );
        new.family_name = text::required_line(
            "family_name",
            "your family name",
            &form.family_name,
            &mut violations,
        );
    }
    password::check(
        new.powers.password_policy(),
        &form.password,
        &[
            &form.email,
            &new.nickname,
            &new.given_name,
            &new.family_name,
        ],
        &mut violations,
    );
    password::check_repeated(&form.password, &form.password_again, &mut violations);
    let Some(email) = email else {
        return Err(violations.into());
    };
    violations.or(())?;
    if new.nickname.is_empty() {
        new.nickname.clone_from(&new.given_name);
    }
    Ok((email, new))
}

/// Adds the account, and asks the owner of its address to confirm it, or tells them that they have
/// one already.
async fn add(
    act: &Act<'_, Free>,
    email: &EmailAddress,
    password_hash: String,
    new: NewAccount,
) -> Result<account::Model, Error> {
    let (ctx, tx) = (act.ctx, &act.tx);
    let id = match insert(ctx, tx, email, password_hash.clone(), new.clone()).await? {
        Some(id) => id,
        None => {
            let owner = people::by_email(tx, email.as_str()).await?;
            act.email(&owner, &Email::AddressTaken).await?;
            insert_double(ctx, tx, email, password_hash, new).await?
        }
    };
    let account = people::find(tx, id).await?;
    if account.claimed_email.is_empty() {
        act.email(&account, &Email::ConfirmAddress).await?;
    }
    Ok(account)
}
