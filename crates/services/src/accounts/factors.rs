//! The second factor: codes of an app, passkeys, and recovery codes for the day on which both are
//! lost.

use adapters::{TotpSecret, secrets};
use chrono::{DateTime, Duration, Utc};
use domain::accounts::{AccountId, PasskeyId, SessionId};
use domain::audit::AuditAction;
use domain::messages::Letter;
use domain::text;
use entities::{account, passkey, passkey_challenge, recovery_code, session, totp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use serde_json::Value;

use super::{CODES_PER_ACCOUNT, count_failure, end_access, find, subject, wait_if_throttled};
use crate::actor::{Actor, Person};
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::messages;

/// Recovery codes that are made at a time.
const RECOVERY_CODES: usize = 10;
/// How long a browser may take to answer a challenge.
const CHALLENGE: Duration = Duration::minutes(5);
/// Most passkeys of one account.
const MOST_PASSKEYS: u64 = 20;

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyView {
    /// Key.
    pub id: PasskeyId,
    /// What the owner called it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub used_at: Option<DateTime<Utc>>,
}

/// The second factors of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// Whether an app makes codes for it.
    pub has_totp: bool,
    /// Passkeys, oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

/// The second factors of whoever asks, even before one was given: the page that asks must know
/// which there are.
pub async fn factors(ctx: &Context, actor: &Actor) -> Result<Factors, Error> {
    let (person, _) = actor.half_signed_in()?;
    let passkeys = passkey::Entity::find()
        .filter(passkey::Column::AccountId.eq(person.account))
        .order_by_asc(passkey::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    Ok(Factors {
        has_totp: active_totp(&ctx.db, person.account).await?.is_some(),
        passkeys: passkeys
            .into_iter()
            .map(|row| PasskeyView {
                id: row.id,
                name: row.name,
                created_at: row.created_at,
                used_at: row.used_at,
            })
            .collect(),
        recovery_codes: recovery_code::Entity::find()
            .filter(recovery_code::Column::AccountId.eq(person.account))
            .filter(recovery_code::Column::UsedAt.is_null())
            .count(&ctx.db)
            .await?,
    })
}

async fn active_totp(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<totp::Model>, Error> {
    Ok(totp::Entity::find()
        .filter(totp::Column::AccountId.eq(account))
        .filter(totp::Column::ActivatedAt.is_not_null())
        .one(db)
        .await?)
}

/// What an authenticator app needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpSetup {
    /// The picture to point the app at, as SVG.
    pub picture: String,
    /// The same, to be typed.
    pub typed: String,
}

/// Draws a new secret for an app. It counts once a code of it was given; until then it can be drawn
/// anew.
pub async fn begin_totp(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let sealed = ctx.keys.seal("totp", TotpSecret::draw()?.bytes())?;
    let tx = ctx.begin().await?;
    if active_totp(&tx, person.account).await?.is_some() {
        return Err(Error::Conflict(
            "An app makes codes for this account already. Remove it first to set up another."
                .to_owned(),
        ));
    }
    totp::Entity::delete_many()
        .filter(totp::Column::AccountId.eq(person.account))
        .exec(&tx)
        .await?;
    let row = totp::ActiveModel {
        id: Set(ctx.uuid()?),
        account_id: Set(person.account),
        sealed_secret: Set(sealed),
        last_step: Set(0),
        created_at: Set(ctx.now()),
        activated_at: Set(None),
    };
    totp::Entity::insert(row)
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// What the app is shown, while no code of it was given; never again after that.
pub async fn totp_setup(ctx: &Context, actor: &Actor) -> Result<Option<TotpSetup>, Error> {
    let person = actor.signed_in()?;
    let Some(row) = totp::Entity::find()
        .filter(totp::Column::AccountId.eq(person.account))
        .filter(totp::Column::ActivatedAt.is_null())
        .one(&ctx.db)
        .await?
    else {
        return Ok(None);
    };
    let secret = opened(ctx, &row)?;
    let issuer = if ctx.site.is_production {
        "Lookit".to_owned()
    } else {
        format!(
            "Lookit ({})",
            ctx.site
                .origin
                .split("://")
                .nth(1)
                .unwrap_or_default()
                .replace(':', " ")
        )
    };
    Ok(Some(TotpSetup {
        picture: secret.picture(&issuer, &person.email)?,
        typed: secret.typed(),
    }))
}

fn opened(ctx: &Context, row: &totp::Model) -> Result<TotpSecret, Error> {
    Ok(TotpSecret::from_bytes(
        ctx.keys.open("totp", &row.sealed_secret)?,
    ))
}

/// Takes the first code of a new app. Gives back recovery codes, to be shown once, if this is the
/// first factor.
pub async fn activate_totp(ctx: &Context, actor: &Actor, code: &str) -> Result<Vec<String>, Error> {
    let person = actor.fresh(ctx.now())?;
    let (_, session) = actor.half_signed_in()?;
    let counted = subject(ctx, "code", &person.account.to_string());
    wait_if_throttled(ctx, &[(&counted, CODES_PER_ACCOUNT)]).await?;
    let tx = ctx.begin().await?;
    let pending = totp::Entity::find()
        .filter(totp::Column::AccountId.eq(person.account))
        .filter(totp::Column::ActivatedAt.is_null())
        .one(&tx)
        .await?;
    let row = pending.ok_or_else(|| {
        Error::Conflict("There is no app to set up. Please begin again.".to_owned())
    })?;
    let Some(step) = opened(ctx, &row)?.step_of(code, ctx.now(), row.last_step)? else {
        drop(tx);
        count_failure(ctx, &[&counted]).await?;
        return Err(wrong_code());
    };
    totp::ActiveModel {
        id: Set(row.id),
        last_step: Set(step),
        activated_at: Set(Some(ctx.now())),
        ..Default::default()
    }
    .update(&tx)
    .await?;
    let codes = added(
        ctx,
        &tx,
        actor,
        person,
        session,
        "codes of an app were added",
    )
    .await?;
    tx.commit().await?;
    Ok(codes)
}

/// What every new factor brings with it: the session has given it, the owner is told, and recovery
/// codes are made if there are none.
async fn added(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    person: &Person,
    session: SessionId,
    what: &str,
) -> Result<Vec<String>, Error> {
    account::ActiveModel {
        id: Set(person.account),
        has_second_factor: Set(true),
        ..Default::default()
    }
    .update(db)
    .await?;
    session::ActiveModel {
        id: Set(session),
        second_factor_at: Set(Some(ctx.now())),
        ..Default::default()
    }
    .update(db)
    .await?;
    let left = recovery_code::Entity::find()
        .filter(recovery_code::Column::AccountId.eq(person.account))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(db)
        .await?;
    let codes = if left == 0 {
        draw_recovery_codes(ctx, db, person.account).await?
    } else {
        Vec::new()
    };
    messages::write(
        ctx,
        db,
        &find(db, person.account).await?,
        &Letter::FactorChanged {
            what: what.to_owned(),
        },
    )
    .await?;
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::FactorAdded)
            .to(person.account)
            .detail(what),
    )
    .await?;
    Ok(codes)
}

fn wrong_code() -> Error {
    Error::field(
        "code",
        "wrong",
        "This code is not right. Please type the six digits that your app shows now; each works once.",
    )
}

/// Takes a code of the app, or a recovery code, for this session.
pub async fn give_code(ctx: &Context, actor: &Actor, code: &str) -> Result<(), Error> {
    let (person, session) = actor.half_signed_in()?;
    let counted = subject(ctx, "code", &person.account.to_string());
    wait_if_throttled(ctx, &[(&counted, CODES_PER_ACCOUNT)]).await?;
    let tx = ctx.begin().await?;
    let typed = code.trim().to_lowercase();
    let is_right = take_totp(ctx, &tx, person.account, &typed).await?
        || take_recovery_code(ctx, &tx, actor, person, &typed).await?;
    if !is_right {
        drop(tx);
        count_failure(ctx, &[&counted]).await?;
        return Err(wrong_code());
    }
    given(ctx, &tx, session).await?;
    entities::throttle::Entity::delete_many()
        .filter(entities::throttle::Column::Subject.eq(counted))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

async fn given(ctx: &Context, db: &impl ConnectionTrait, session: SessionId) -> Result<(), Error> {
    session::ActiveModel {
        id: Set(session),
        second_factor_at: Set(Some(ctx.now())),
        ..Default::default()
    }
    .update(db)
    .await?;
    Ok(())
}

async fn take_totp(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: AccountId,
    typed: &str,
) -> Result<bool, Error> {
    let Some(row) = active_totp(db, account).await? else {
        return Ok(false);
    };
    let Some(step) = opened(ctx, &row)?.step_of(typed, ctx.now(), row.last_step)? else {
        return Ok(false);
    };
    // Two requests with the same code: only one of them moves the step on.
    let moved = totp::Entity::update_many()
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::Id.eq(row.id))
        .filter(totp::Column::LastStep.lt(step))
        .exec(db)
        .await?;
    Ok(moved.rows_affected == 1)
}

async fn take_recovery_code(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    person: &Person,
    typed: &str,
) -> Result<bool, Error> {
    let digest = recovery_digest(ctx, person.account, typed)?;
    let used = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(ctx.now()))
        .filter(recovery_code::Column::AccountId.eq(person.account))
        .filter(recovery_code::Column::CodeDigest.eq(digest))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    if used.rows_affected == 0 {
        return Ok(false);
    }
    messages::write(
        ctx,
        db,
        &find(db, person.account).await?,
        &Letter::FactorChanged {
            what: "a recovery code was used".to_owned(),
        },
    )
    .await?;
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::RecoveryCodeUsed).to(person.account),
    )
    .await?;
    Ok(true)
}

fn recovery_digest(ctx: &Context, account: AccountId, code: &str) -> Result<String, Error> {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(ctx
        .keys
        .sign("recovery codes", &format!("{account}\n{code}"))?)
}

/// Letters and digits that can't be taken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

async fn draw_recovery_codes(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<String>, Error> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(db)
        .await?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let letters: String = secrets::random::<10>()?
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
            .map(|byte| char::from(*byte))
            .collect();
        let (front, back) = letters.split_at(5);
        let code = format!("{front}-{back}");
        let row = recovery_code::ActiveModel {
            id: Set(ctx.uuid()?),
            account_id: Set(account),
            code_digest: Set(recovery_digest(ctx, account, &code)?),
            created_at: Set(ctx.now()),
            used_at: Set(None),
        };
        recovery_code::Entity::insert(row)
            .exec_without_returning(db)
            .await?;
        codes.push(code);
    }
    Ok(codes)
}

/// Makes new recovery codes, to be shown once. The old ones stop working.
pub async fn make_recovery_codes(ctx: &Context, actor: &Actor) -> Result<Vec<String>, Error> {
    let person = actor.fresh(ctx.now())?;
    let tx = ctx.begin().await?;
    let account = find(&tx, person.account).await?;
    if !account.has_second_factor {
        return Err(Error::Conflict(
            "Recovery codes stand in for a second factor. Please add one first.".to_owned(),
        ));
    }
    let codes = draw_recovery_codes(ctx, &tx, person.account).await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::RecoveryCodesMade).to(person.account),
    )
    .await?;
    tx.commit().await?;
    Ok(codes)
}

/// Removes the app.
pub async fn remove_totp(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let tx = ctx.begin().await?;
    let removed = totp::Entity::delete_many()
        .filter(totp::Column::AccountId.eq(person.account))
        .exec(&tx)
        .await?;
    if removed.rows_affected > 0 {
        taken_away(ctx, &tx, actor, person, "the codes of an app were removed").await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Removes a passkey.
pub async fn remove_passkey(ctx: &Context, actor: &Actor, id: PasskeyId) -> Result<(), Error> {
    let person = actor.fresh(ctx.now())?;
    let tx = ctx.begin().await?;
    let removed = passkey::Entity::delete_many()
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::AccountId.eq(person.account))
        .exec(&tx)
        .await?;
    if removed.rows_affected == 0 {
        return Err(Error::NotFound(Noun::Passkey));
    }
    taken_away(ctx, &tx, actor, person, "a passkey was removed").await?;
    tx.commit().await?;
    Ok(())
}

/// After a factor is gone: without any other, the account has none, its tokens end, and recovery
/// codes mean nothing.
async fn taken_away(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    person: &Person,
    what: &str,
) -> Result<(), Error> {
    let has_other = active_totp(db, person.account).await?.is_some()
        || passkey::Entity::find()
            .filter(passkey::Column::AccountId.eq(person.account))
            .count(db)
            .await?
            > 0;
    if !has_other {
        account::ActiveModel {
            id: Set(person.account),
            has_second_factor: Set(false),
            ..Default::default()
        }
        .update(db)
        .await?;
        recovery_code::Entity::delete_many()
            .filter(recovery_code::Column::AccountId.eq(person.account))
            .exec(db)
            .await?;
        let (_, session) = actor.half_signed_in()?;
        end_access(db, person.account, Some(session)).await?;
    }
    messages::write(
        ctx,
        db,
        &find(db, person.account).await?,
        &Letter::FactorChanged {
            what: what.to_owned(),
        },
    )
    .await?;
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::FactorRemoved)
            .to(person.account)
            .detail(what),
    )
    .await
}

/// Removes every factor of an account, its recovery codes, sessions and tokens: what staff do for
/// somebody who lost all.
pub(super) async fn remove_all(db: &impl ConnectionTrait, account: AccountId) -> Result<(), Error> {
    totp::Entity::delete_many()
        .filter(totp::Column::AccountId.eq(account))
        .exec(db)
        .await?;
    passkey::Entity::delete_many()
        .filter(passkey::Column::AccountId.eq(account))
        .exec(db)
        .await?;
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(db)
        .await?;
    account::ActiveModel {
        id: Set(account),
        has_second_factor: Set(false),
        ..Default::default()
    }
    .update(db)
    .await?;
    end_access(db, account, None).await
}

async fn kept(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<String>, Error> {
    Ok(passkey::Entity::find()
        .filter(passkey::Column::AccountId.eq(account))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.credential)
        .collect())
}

async fn keep_challenge(
    ctx: &Context,
    person: &Person,
    session: SessionId,
    kind: &str,
    state: String,
) -> Result<(), Error> {
    let tx = ctx.begin().await?;
    passkey_challenge::Entity::delete_many()
        .filter(passkey_challenge::Column::SessionId.eq(session))
        .filter(passkey_challenge::Column::Kind.eq(kind))
        .exec(&tx)
        .await?;
    let row = passkey_challenge::ActiveModel {
        id: Set(ctx.uuid()?),
        account_id: Set(person.account),
        session_id: Set(session),
        kind: Set(kind.to_owned()),
        state: Set(state),
        expires_at: Set(ctx.now() + CHALLENGE),
    };
    passkey_challenge::Entity::insert(row)
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The state of the challenge that this session was given. It is gone with the first answer, right
/// or wrong.
async fn take_challenge(ctx: &Context, session: SessionId, kind: &str) -> Result<String, Error> {
    let over = || {
        Error::Conflict(
            "This took too long, or was begun in another tab. Please try once more.".to_owned(),
        )
    };
    let tx = ctx.begin().await?;
    let row = passkey_challenge::Entity::find()
        .filter(passkey_challenge::Column::SessionId.eq(session))
        .filter(passkey_challenge::Column::Kind.eq(kind))
        .one(&tx)
        .await?
        .ok_or_else(over)?;
    let removed = passkey_challenge::Entity::delete_by_id(row.id)
        .exec(&tx)
        .await?;
    tx.commit().await?;
    if removed.rows_affected == 1 && row.expires_at > ctx.now() {
        Ok(row.state)
    } else {
        Err(over())
    }
}

fn refused(error: &impl std::fmt::Display) -> Error {
    tracing::info!(%error, "a passkey was refused");
    Error::Conflict(
        "This passkey could not be used. Please try again, or use another way.".to_owned(),
    )
}

/// Asks the browser to make a passkey. Gives back the options for it.
pub async fn begin_passkey(ctx: &Context, actor: &Actor) -> Result<Value, Error> {
    let person = actor.fresh(ctx.now())?;
    let (_, session) = actor.half_signed_in()?;
    if passkey::Entity::find()
        .filter(passkey::Column::AccountId.eq(person.account))
        .count(&ctx.db)
        .await?
        >= MOST_PASSKEYS
    {
        return Err(Error::Conflict(
            "This account has many passkeys. Please remove one first.".to_owned(),
        ));
    }
    let known = kept(&ctx.db, person.account).await?;
    let name = if person.nickname.is_empty() {
        &person.email
    } else {
        &person.nickname
    };
    let challenge = ctx
        .passkeys
        .begin_adding(person.account.0, &person.email, name, &known)
        .map_err(|error| refused(&error))?;
    keep_challenge(ctx, person, session, "add", challenge.state).await?;
    Ok(challenge.options)
}

/// Keeps the passkey that the browser made. Gives back recovery codes, to be shown once, if this is
/// the first factor.
pub async fn finish_passkey(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    answer: Value,
) -> Result<Vec<String>, Error> {
    let person = actor.fresh(ctx.now())?;
    let (_, session) = actor.half_signed_in()?;
    let mut violations = domain::Violations::new();
    let name = text::line("name", "the name", name, 60, &mut violations);
    violations.or(())?;
    let state = take_challenge(ctx, session, "add").await?;
    let made = ctx
        .passkeys
        .finish_adding(&state, answer)
        .map_err(|error| refused(&error))?;
    let tx = ctx.begin().await?;
    let row = passkey::ActiveModel {
        id: Set(ctx.id(PasskeyId::from_parts)?),
        account_id: Set(person.account),
        name: Set(if name.is_empty() {
            "Passkey".to_owned()
        } else {
            name
        }),
        credential_id: Set(made.credential_id.clone()),
        credential: Set(made.credential),
        created_at: Set(ctx.now()),
        used_at: Set(None),
    };
    if passkey::Entity::find()
        .filter(passkey::Column::CredentialId.eq(made.credential_id))
        .one(&tx)
        .await?
        .is_some()
    {
        return Err(Error::Conflict(
            "This passkey is in use already.".to_owned(),
        ));
    }
    passkey::Entity::insert(row)
        .exec_without_returning(&tx)
        .await?;
    let codes = added(ctx, &tx, actor, person, session, "a passkey was added").await?;
    tx.commit().await?;
    Ok(codes)
}

/// Asks the browser for a passkey, as the second factor of this session.
pub async fn begin_asking_passkey(ctx: &Context, actor: &Actor) -> Result<Value, Error> {
    let (person, session) = actor.half_signed_in()?;
    let known = kept(&ctx.db, person.account).await?;
    if known.is_empty() {
        return Err(Error::Conflict("This account has no passkey.".to_owned()));
    }
    let challenge = ctx
        .passkeys
        .begin_asking(&known)
        .map_err(|error| refused(&error))?;
    keep_challenge(ctx, person, session, "ask", challenge.state).await?;
    Ok(challenge.options)
}

/// Takes the browser's answer for this session.
pub async fn finish_asking_passkey(
    ctx: &Context,
    actor: &Actor,
    answer: Value,
) -> Result<(), Error> {
    let (person, session) = actor.half_signed_in()?;
    let state = take_challenge(ctx, session, "ask").await?;
    let known = kept(&ctx.db, person.account).await?;
    let used = ctx
        .passkeys
        .finish_asking(&state, answer, &known)
        .map_err(|error| refused(&error))?;
    let tx = ctx.begin().await?;
    passkey::Entity::update_many()
        .col_expr(passkey::Column::Credential, Expr::value(used.credential))
        .col_expr(passkey::Column::UsedAt, Expr::value(ctx.now()))
        .filter(passkey::Column::CredentialId.eq(used.credential_id))
        .filter(passkey::Column::AccountId.eq(person.account))
        .exec(&tx)
        .await?;
    given(ctx, &tx, session).await?;
    tx.commit().await?;
    Ok(())
}
