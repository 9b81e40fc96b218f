//! Signing up. No account exists before whoever asks for it has shown that they read the mailbox
//! of its address: until then a sign-up waits in a table of its own, and all it can become is an
//! account with that address.

use adapters::secrets::is_equal;
use chrono::Duration;
use domain::accounts::{EmailAddress, PendingAccountId, Powers};
use domain::audit::AuditAction;
use domain::messages::Email;
use domain::{Violations, text};
use entities::{account, pending_account};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::access::Client;
use super::new_account::{NewAccount, insert};
use super::sessions::{self, NewSession};
use super::{limits, password};
use crate::act::{Act, Free};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::{Context, secret_uuid};
use crate::error::Error;
use crate::labs::join_sandbox;
use crate::{links, people, throttle};

/// How long a sign-up waits for its code.
const WAIT: Duration = Duration::hours(1);

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

/// What waits for the code. It is sealed: a copy of the database shows nothing of people who may
/// never have asked for an account.
#[derive(Serialize, Deserialize)]
struct Details {
    email: String,
    nickname: String,
    given_name: String,
    family_name: String,
    is_researcher: bool,
    password_hash: String,
}

/// What the page that asks for the code shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignUp {
    /// Where the code was sent.
    pub email: String,
    /// The code itself, on a development site only.
    pub code: Option<String>,
}

/// Takes a sign-up and sends a code to its address.
///
/// Nothing here depends on whether the address has an account: that is looked up when the email is
/// sent, which then says so instead of carrying the code.
pub async fn sign_up(
    ctx: &Context,
    actor: &Actor,
    form: SignUp,
    client: &Client,
) -> Result<PendingAccountId, Error> {
    refuse_signed_in(actor)?;
    ctx.rates.ratings.count(&client.network())?;
    let (email, new) = check(ctx, &form).await?;
    throttle::reserve(ctx, limits::sign_ups(ctx, &email, client)).await?;
    let details = Details {
        email: email.as_str().to_owned(),
        nickname: new.nickname,
        given_name: new.given_name,
        family_name: new.family_name,
        is_researcher: new.powers.is_researcher,
        password_hash: ctx.passwords.hash(form.password).await?,
    };
    let id = PendingAccountId(secret_uuid()?);
    let sealed = ctx.keys.seal("sign-ups", &serde_json::to_vec(&details)?)?;
    let row = pending_account::ActiveModel {
        id: Set(id),
        sealed: Set(sealed),
        created_at: Set(ctx.now()),
        expires_at: Set(ctx.now() + WAIT),
    };
    let act = Act::anybody(ctx, actor).await?;
    pending_account::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    act.email_address(None, &details.email, Some(id.0), &Email::SignUpCode)
        .await?;
    act.commit(id).await
}

fn refuse_signed_in(actor: &Actor) -> Result<(), Error> {
    if actor.person().is_none() {
        return Ok(());
    }
    Err(Error::Conflict(
        "You are already signed in. Please sign out before you create another account.".to_owned(),
    ))
}

async fn check(ctx: &Context, form: &SignUp) -> Result<(EmailAddress, NewAccount), Error> {
    let mut violations = Violations::new();
    let email = EmailAddress::parse(&form.email);
    if email.is_none() {
        violations.add(
            "email",
            "no_address",
            "Please enter an email address, such as name@example.org.",
        );
    }
    let mut new = names(form, &mut violations);
    let known = [
        form.email.as_str(),
        &new.nickname,
        &new.given_name,
        &new.family_name,
    ];
    let policy = new.powers.password_policy();
    password::check(ctx, policy, &form.password, known, &mut violations).await?;
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

fn names(form: &SignUp, violations: &mut Violations) -> NewAccount {
    let mut new = NewAccount {
        nickname: text::line(
            "nickname",
            "the name",
            &form.nickname,
            text::LINE,
            violations,
        ),
        powers: Powers {
            is_researcher: form.is_researcher,
            ..Powers::default()
        },
        ..NewAccount::default()
    };
    if form.is_researcher {
        let (given, family) = (&form.given_name, &form.family_name);
        new.given_name = text::required_line("given_name", "your given name", given, violations);
        new.family_name =
            text::required_line("family_name", "your family name", family, violations);
    }
    new
}

/// The sign-up that waits for its code, for whoever began it: nobody else knows its id.
pub async fn pending_sign_up(ctx: &Context, id: PendingAccountId) -> Result<PendingSignUp, Error> {
    let details = open(ctx, id).await?;
    let code = if ctx.site.is_production {
        None
    } else {
        Some(links::code(ctx, id)?)
    };
    Ok(PendingSignUp {
        email: details.email,
        code,
    })
}

async fn open(ctx: &Context, id: PendingAccountId) -> Result<Details, Error> {
    let row = pending_account::Entity::find_by_id(id)
        .filter(pending_account::Column::ExpiresAt.gt(ctx.now()))
        .one(&ctx.db)
        .await?
        .ok_or_else(over)?;
    let details = ctx.keys.open("sign-ups", &row.sealed)?;
    Ok(serde_json::from_slice(&details)?)
}

fn over() -> Error {
    Error::Conflict(
        "This took too long, or the account was already created. Please sign in, or sign up again."
            .to_owned(),
    )
}

/// Makes the account of a sign-up and signs it in, once the code shows that its address is read.
pub async fn finish_sign_up(
    ctx: &Context,
    actor: &Actor,
    id: PendingAccountId,
    code: &str,
    client: &Client,
) -> Result<NewSession, Error> {
    refuse_signed_in(actor)?;
    let details = open(ctx, id).await?;
    let email = EmailAddress::parse(&details.email)
        .ok_or_else(|| Error::internal("a sign-up waits without an address"))?;
    let attempt = throttle::reserve(ctx, limits::sign_up_codes(ctx, id, &email, client)).await?;
    let typed: String = code.chars().filter(char::is_ascii_digit).collect();
    if !is_equal(&typed, &links::code(ctx, id)?) {
        return Err(Error::field(
            "code",
            "wrong",
            "This code is not right. Please type the six digits from our latest email.",
        ));
    }
    let act = Act::anybody(ctx, actor).await?;
    attempt.release(&act).await?;
    // Of two who come at the same time one finds nothing.
    let waited = pending_account::Entity::delete_by_id(id)
        .exec(&act.tx)
        .await?;
    if waited.rows_affected == 0 {
        return Err(over());
    }
    let account = add(&act, &email, details, client).await?;
    let begun = sessions::begin(&act, account, client).await?;
    act.commit(begun).await
}

async fn add(
    act: &Act<'_, Free>,
    email: &EmailAddress,
    details: Details,
    client: &Client,
) -> Result<account::Model, Error> {
    let new = NewAccount {
        nickname: details.nickname,
        given_name: details.given_name,
        family_name: details.family_name,
        powers: Powers {
            is_researcher: details.is_researcher,
            ..Powers::default()
        },
        is_demo: false,
    };
    let made = insert(act.ctx, &act.tx, email, details.password_hash, new).await?;
    // Whoever has the code reads the mailbox, so this tells nobody else.
    let id = made.ok_or_else(|| {
        Error::Conflict(
            "There is already an account with this address. Please sign in to it instead."
                .to_owned(),
        )
    })?;
    let kind = if details.is_researcher {
        join_sandbox(act, id).await?;
        "researcher"
    } else {
        "family"
    };
    let event = Event::of(AuditAction::AccountCreated).to(id).detail(kind);
    act.audit_as(Some(id), client.address(), event).await?;
    people::find(&act.tx, id).await
}
