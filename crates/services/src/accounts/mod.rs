//! Accounts: signing up, in and out; second factors, settings, tokens, deletion; what staff do with
//! them.

mod deletion;
mod factors;
mod settings;
mod staff;
mod tokens;

use adapters::{Token, secrets};
use chrono::{DateTime, Duration, Utc};
use domain::accounts::{
    AccountId, Email, PasswordPolicy, PasswordStrength, Powers, SecondFactor, SessionId,
};
use domain::audit::AuditAction;
use domain::messages::Letter;
use domain::{Violations, text};
use entities::{account, api_token, child, demographic_snapshot, response, session, throttle};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
};
use secrecy::{ExposeSecret, SecretString};

pub use deletion::{
    DeleteAccount, cancel_deletion, has_export_request, request_deletion, request_export,
};
pub use factors::{
    Factors, PasskeyView, TotpSetup, activate_totp, begin_asking_passkey, begin_passkey,
    begin_totp, factors, finish_asking_passkey, finish_passkey, give_code, make_recovery_codes,
    remove_passkey, remove_totp, totp_setup,
};
pub use settings::{
    ProfileForm, Settings, StartReset, cancel_email_change, change_password, confirm,
    request_email_change, request_reset, reset_password, save_preferences, save_profile,
    send_confirmation, settings,
};
pub use staff::{AccountPage, AccountRow, StaffAct, act, inspect, search};
pub use tokens::{NewToken, TokenView, create_token, recognise_token, revoke_token, tokens};

use crate::actor::{Actor, Person, Via};
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::Error;
pub(crate) use crate::people::{by_email, find, name_of, powers_of};
use crate::{compat as labs, messages};

/// How long a family stays signed in.
const FAMILY_SESSION: Duration = Duration::days(14);
/// How long a researcher or a member of staff stays signed in: they see other people's children.
const RESEARCHER_SESSION: Duration = Duration::hours(12);
/// Failed sign-ins to one account within a window before it must wait.
const FAILURES_PER_ACCOUNT: i32 = 8;
/// Failed sign-ins from one address within a window; families behind one router share it.
const FAILURES_PER_ADDRESS: i32 = 60;
/// Wrong codes for one account within a window: guessing one in a million needs more.
const CODES_PER_ACCOUNT: i32 = 6;
/// Letters that one client address may ask for within a window.
const LETTERS_PER_ADDRESS: i32 = 20;
/// Letters that can be asked for to one mail address within a window.
const LETTERS_PER_ACCOUNT: i32 = 3;
/// Accounts made from one address within a window.
const SIGN_UPS_PER_ADDRESS: i32 = 20;
/// Length of a window.
const WINDOW: Duration = Duration::minutes(15);

/// From where somebody signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// What the browser calls itself.
    pub user_agent: String,
    /// Network address of the client.
    pub address: String,
}

/// The sign-up form as it was posted.
#[derive(Clone, Debug, Default)]
pub struct SignUp {
    /// Whether somebody signs up who works in labs.
    pub is_researcher: bool,
    /// E-mail address.
    pub email: String,
    /// What to call the family; may be empty.
    pub nickname: String,
    /// Given name; researchers need one.
    pub given_name: String,
    /// Family name; researchers need one.
    pub family_name: String,
    /// Password.
    pub password: SecretString,
    /// Password once more.
    pub password_again: SecretString,
}

/// A session that has just begun.
#[derive(Clone)]
pub struct Begun {
    /// For the cookie.
    pub token: Token,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Who signed in.
    pub person: Person,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Key.
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Makes an account and signs it in.
///
/// With an address that has an account already, the answer and the work are the same: an account of
/// its own is made, which nobody can sign in to again, and the owner of the address gets a letter.
/// If that is the same person, signing in from the same browser brings over what was entered
/// ([`sign_in`]).
pub async fn sign_up(
    ctx: &Context,
    actor: &Actor,
    form: SignUp,
    device: &Device,
) -> Result<Begun, Error> {
    if actor.person().is_some() {
        return Err(Error::Conflict(
            "You are signed in already. Sign out first to make another account.".to_owned(),
        ));
    }
    let mut violations = Violations::new();
    let email = Email::parse(&form.email);
    if email.is_none() {
        violations.add(
            "email",
            "no_address",
            "Please enter an e-mail address, such as name@example.org.",
        );
    }
    let nickname = text::line(
        "nickname",
        "the name",
        &form.nickname,
        text::LINE,
        &mut violations,
    );
    let (given_name, family_name) = if form.is_researcher {
        (
            text::required_line(
                "given_name",
                "your given name",
                &form.given_name,
                &mut violations,
            ),
            text::required_line(
                "family_name",
                "your family name",
                &form.family_name,
                &mut violations,
            ),
        )
    } else {
        (String::new(), String::new())
    };
    let powers = Powers {
        is_researcher: form.is_researcher,
        ..Powers::default()
    };
    check_password(
        powers.password_policy(),
        &form.password,
        &[&form.email, &nickname, &given_name, &family_name],
        &mut violations,
    );
    if form.password.expose_secret() != form.password_again.expose_secret() {
        violations.add(
            "password_again",
            "different",
            "The two passwords differ. Please type the same one twice.",
        );
    }
    let Some(email) = email else {
        return Err(violations.into());
    };
    violations.or(())?;
    let subject = subject(ctx, "sign-up", &device.address);
    wait_if_throttled(ctx, &[(&subject, SIGN_UPS_PER_ADDRESS)]).await?;
    count_failure(ctx, &[&subject]).await?;
    let password_hash = ctx.passwords.hash(form.password).await?;
    let nickname = if nickname.is_empty() {
        given_name.clone()
    } else {
        nickname
    };
    let new = NewAccount {
        nickname,
        given_name,
        family_name,
        powers,
        ..NewAccount::default()
    };
    let tx = ctx.begin().await?;
    let id = match insert(ctx, &tx, &email, password_hash.clone(), new.clone()).await? {
        Some(id) => id,
        None => {
            let owner = by_email(&tx, email.as_str()).await?;
            messages::write(ctx, &tx, &owner, &Letter::AddressTaken).await?;
            insert_double(ctx, &tx, &email, password_hash, new).await?
        }
    };
    let account = find(&tx, id).await?;
    if account.claimed_email.is_empty() {
        messages::write(ctx, &tx, &account, &Letter::ConfirmAddress).await?;
    }
    if form.is_researcher {
        labs::join_sandbox(ctx, &tx, id).await?;
    }
    audit::record_as(
        ctx,
        &tx,
        Some(id),
        device.address.clone(),
        Event::of(AuditAction::AccountCreated)
            .to(id)
            .detail(if form.is_researcher {
                "researcher"
            } else {
                "family"
            }),
    )
    .await?;
    let begun = begin_session(ctx, &tx, account, device).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Signs somebody in.
///
/// A wrong password and an unknown address get the same answer after the same work. Who signs in
/// from a browser in which the same person signed up a second time by mistake gets what was entered
/// there.
pub async fn sign_in(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    password: SecretString,
    device: &Device,
) -> Result<Begun, Error> {
    let wrong = || {
        Error::field(
            "password",
            "wrong",
            "This address and password don't belong together. Please check both.",
        )
    };
    let parsed = Email::parse(email);
    let mut violations = Violations::new();
    if email.trim().is_empty() {
        violations.add("email", "required", "Please enter your e-mail address.");
    }
    if password.expose_secret().is_empty() {
        violations.add("password", "required", "Please enter your password.");
    }
    violations.or(())?;
    if password.expose_secret().chars().count() > PasswordPolicy::MAXIMUM {
        return Err(wrong());
    }
    let account_subject = subject(ctx, "account", parsed.as_ref().map_or(email, Email::as_str));
    let address_subject = subject(ctx, "address", &device.address);
    wait_if_throttled(
        ctx,
        &[
            (&account_subject, FAILURES_PER_ACCOUNT),
            (&address_subject, FAILURES_PER_ADDRESS),
        ],
    )
    .await?;
    let found = match &parsed {
        Some(email) => {
            account::Entity::find()
                .filter(account::Column::Email.eq(email.as_str()))
                .one(&ctx.db)
                .await?
        }
        None => None,
    };
    let is_right = ctx
        .passwords
        .verify(
            password.clone(),
            found.as_ref().map(|account| account.password_hash.clone()),
        )
        .await?;
    let usable = found.filter(|account| {
        is_right && is_usable(account) && !(ctx.site.is_production && account.is_demo)
    });
    let Some(account) = usable else {
        count_failure(ctx, &[&account_subject, &address_subject]).await?;
        return Err(wrong());
    };
    // A hash that came from another system is replaced by one of ours, now that the password is
    // known.
    let upgraded = if adapters::PasswordHasher::is_foreign(&account.password_hash) {
        Some(ctx.passwords.hash(password).await?)
    } else {
        None
    };
    let tx = ctx.begin().await?;
    throttle::Entity::delete_many()
        .filter(throttle::Column::Subject.eq(account_subject))
        .exec(&tx)
        .await?;
    session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account.id))
        .filter(session::Column::ExpiresAt.lt(ctx.now()))
        .exec(&tx)
        .await?;
    if let Some(password_hash) = upgraded {
        account::ActiveModel {
            id: Set(account.id),
            password_hash: Set(password_hash),
            ..Default::default()
        }
        .update(&tx)
        .await?;
    }
    if let Some(person) = actor.person() {
        adopt(&tx, person.account, &account).await?;
    }
    let begun = begin_session(ctx, &tx, account, device).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Brings over what was entered in an account that was made by mistake, and removes that account.
async fn adopt(
    db: &impl ConnectionTrait,
    double: AccountId,
    owner: &account::Model,
) -> Result<(), Error> {
    let double = find(db, double).await?;
    if double.claimed_email.is_empty()
        || double.claimed_email != owner.email
        || double.is_researcher
    {
        return Ok(());
    }
    child::Entity::update_many()
        .col_expr(child::Column::AccountId, Expr::value(owner.id))
        .filter(child::Column::AccountId.eq(double.id))
        .exec(db)
        .await?;
    response::Entity::update_many()
        .col_expr(response::Column::AccountId, Expr::value(owner.id))
        .filter(response::Column::AccountId.eq(double.id))
        .exec(db)
        .await?;
    demographic_snapshot::Entity::update_many()
        .col_expr(
            demographic_snapshot::Column::AccountId,
            Expr::value(owner.id),
        )
        .filter(demographic_snapshot::Column::AccountId.eq(double.id))
        .exec(db)
        .await?;
    account::Entity::delete_by_id(double.id).exec(db).await?;
    Ok(())
}

/// Who holds a session token; a visitor if nobody does. One query.
pub async fn recognise(ctx: &Context, token: &Token, device: &Device) -> Result<Actor, Error> {
    let found = session::Entity::find()
        .filter(session::Column::TokenDigest.eq(token.digest()))
        .filter(session::Column::ExpiresAt.gt(ctx.now()))
        .find_also_related(account::Entity)
        .one(&ctx.db)
        .await?;
    Ok(match found {
        Some((session, Some(account))) if is_usable(&account) => Actor::of(person(
            Via::Session(session.id),
            session.second_factor_at,
            &account,
            &device.address,
        )),
        _ => Actor::Visitor,
    })
}

/// Ends the session that asks.
pub async fn sign_out(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let (_, session) = actor.half_signed_in()?;
    session::Entity::delete_by_id(session).exec(&ctx.db).await?;
    Ok(())
}

/// Ends all sessions of the account, this one included.
pub async fn sign_out_everywhere(ctx: &Context, actor: &Actor) -> Result<u64, Error> {
    let person = actor.signed_in()?;
    let ended = session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(person.account))
        .exec(&ctx.db)
        .await?;
    Ok(ended.rows_affected)
}

/// Ends one session of the account.
pub async fn end_session(ctx: &Context, actor: &Actor, id: SessionId) -> Result<(), Error> {
    let person = actor.signed_in()?;
    session::Entity::delete_many()
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::AccountId.eq(person.account))
        .exec(&ctx.db)
        .await?;
    Ok(())
}

/// Sessions of the account, newest first.
pub async fn sessions(ctx: &Context, actor: &Actor) -> Result<Vec<SessionView>, Error> {
    let person = actor.signed_in()?;
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(person.account))
        .filter(session::Column::ExpiresAt.gt(ctx.now()))
        .order_by_desc(session::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionView {
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            is_current: person.via == Via::Session(row.id),
        })
        .collect())
}

/// Removes sessions that ended by themselves. Called now and then by the worker.
pub async fn forget_sessions(ctx: &Context) -> Result<u64, Error> {
    Ok(session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lt(ctx.now()))
        .exec(&ctx.db)
        .await?
        .rows_affected)
}

/// Estimates a password while it is typed.
pub fn rate_password(password: &str, known: &[&str]) -> PasswordStrength {
    secrets::strength(password, known)
}

/// An account made by an operator.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// What to call the person.
    pub nickname: String,
    /// Given name, for researchers.
    pub given_name: String,
    /// Family name, for researchers.
    pub family_name: String,
    /// Rights.
    pub powers: Powers,
    /// Whether it is for show: such accounts can't be used on a real site.
    pub is_demo: bool,
}

/// Makes an account from the command line. Its address counts as confirmed.
pub async fn create(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    password: SecretString,
    new: NewAccount,
) -> Result<AccountId, Error> {
    let Actor::System = actor else {
        return Err(Error::Denied);
    };
    let email = Email::parse(email)
        .ok_or_else(|| Error::field("email", "no_address", "this is no e-mail address"))?;
    let mut violations = Violations::new();
    check_password(
        new.powers.password_policy(),
        &password,
        &[email.as_str(), &new.nickname],
        &mut violations,
    );
    violations.or(())?;
    let password_hash = ctx.passwords.hash(password).await?;
    let tx = ctx.begin().await?;
    let is_researcher = new.powers.is_researcher;
    let id = insert(ctx, &tx, &email, password_hash, new)
        .await?
        .ok_or_else(|| Error::field("email", "taken", "an account with this address exists"))?;
    account::ActiveModel {
        id: Set(id),
        email_confirmed_at: Set(Some(ctx.now())),
        ..Default::default()
    }
    .update(&tx)
    .await?;
    if is_researcher {
        labs::join_sandbox(ctx, &tx, id).await?;
    }
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::AccountCreated)
            .to(id)
            .detail("command line"),
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes an account's rights from the command line; all its sessions and tokens end, so that they
/// take effect at once.
pub async fn promote(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    powers: Powers,
) -> Result<(), Error> {
    let Actor::System = actor else {
        return Err(Error::Denied);
    };
    let tx = ctx.begin().await?;
    let account = by_email(&tx, email).await?;
    let changed = account::ActiveModel {
        id: Set(account.id),
        is_researcher: Set(powers.is_researcher),
        is_staff: Set(powers.is_staff),
        is_superuser: Set(powers.is_superuser),
        ..Default::default()
    };
    changed.update(&tx).await?;
    if powers.is_researcher && !account.is_researcher {
        labs::join_sandbox(ctx, &tx, account.id).await?;
    }
    end_access(&tx, account.id, None).await?;
    let words = [
        (powers.is_researcher, "researcher"),
        (powers.is_staff, "site admin"),
        (powers.is_superuser, "superuser"),
    ]
    .into_iter()
    .filter(|(is, _)| *is)
    .map(|(_, word)| word)
    .collect::<Vec<_>>()
    .join(", ");
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::PowersChanged)
            .to(account.id)
            .detail(words),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a password from the command line; all sessions of the account end.
pub async fn set_password(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    password: SecretString,
) -> Result<(), Error> {
    let Actor::System = actor else {
        return Err(Error::Denied);
    };
    let account = by_email(&ctx.db, email).await?;
    let tx_password = hash_new_password(ctx, &account, password, "password").await?;
    let tx = ctx.begin().await?;
    store_password(ctx, &tx, actor, &account, tx_password, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes all second factors from the command line, for an owner whom no staff can help. The owner
/// is told.
pub async fn reset_factors(ctx: &Context, actor: &Actor, email: &str) -> Result<(), Error> {
    let Actor::System = actor else {
        return Err(Error::Denied);
    };
    let tx = ctx.begin().await?;
    let account = by_email(&tx, email).await?;
    factors::remove_all(&tx, account.id).await?;
    messages::write(ctx, &tx, &account, &Letter::FactorReset).await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::FactorReset)
            .to(account.id)
            .detail("command line"),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Checks a new password against the policy of its account and hashes it.
async fn hash_new_password(
    ctx: &Context,
    account: &account::Model,
    password: SecretString,
    field: &str,
) -> Result<String, Error> {
    let mut violations = Violations::new();
    let known = [
        account.email.as_str(),
        &account.nickname,
        &account.given_name,
        &account.family_name,
    ];
    let typed = password.expose_secret();
    powers_of(account).password_policy().check(
        field,
        typed,
        &secrets::strength(typed, &known),
        &mut violations,
    );
    violations.or(())?;
    Ok(ctx.passwords.hash(password).await?)
}

/// Stores a new password, ends every other way in, and tells the owner.
async fn store_password(
    ctx: &Context,
    db: &impl ConnectionTrait,
    actor: &Actor,
    account: &account::Model,
    password_hash: String,
    keep: Option<SessionId>,
) -> Result<(), Error> {
    account::ActiveModel {
        id: Set(account.id),
        password_hash: Set(password_hash),
        ..Default::default()
    }
    .update(db)
    .await?;
    end_access(db, account.id, keep).await?;
    messages::write(ctx, db, account, &Letter::PasswordChanged).await?;
    audit::record(
        ctx,
        db,
        actor,
        Event::of(AuditAction::PasswordChanged).to(account.id),
    )
    .await
}

/// Ends all sessions of an account but one, and all its tokens.
async fn end_access(
    db: &impl ConnectionTrait,
    id: AccountId,
    keep: Option<SessionId>,
) -> Result<(), Error> {
    let mut sessions = session::Entity::delete_many().filter(session::Column::AccountId.eq(id));
    if let Some(keep) = keep {
        sessions = sessions.filter(session::Column::Id.ne(keep));
    }
    sessions.exec(db).await?;
    api_token::Entity::delete_many()
        .filter(api_token::Column::AccountId.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

fn check_password(
    policy: PasswordPolicy,
    password: &SecretString,
    known: &[&str],
    violations: &mut Violations,
) {
    let password = password.expose_secret();
    policy.check(
        "password",
        password,
        &secrets::strength(password, known),
        violations,
    );
}

/// Whether somebody may use the account at all.
fn is_usable(account: &account::Model) -> bool {
    account.is_active && !account.is_spam && account.deleted_at.is_none()
}

/// Inserts an account; nothing if the address has one.
pub(crate) async fn insert(
    ctx: &Context,
    db: &impl ConnectionTrait,
    email: &Email,
    password_hash: String,
    new: NewAccount,
) -> Result<Option<AccountId>, Error> {
    let id = ctx.id(AccountId::from_parts)?;
    // Asking the index instead of looking first: two sign-ups at once must not both succeed.
    let inserted =
        account::Entity::insert(row(ctx, id, email.as_str().to_owned(), password_hash, new))
            .on_conflict(
                OnConflict::column(account::Column::Email)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await;
    match inserted {
        Ok(1) => Ok(Some(id)),
        Ok(_) | Err(sea_orm::DbErr::RecordNotInserted) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Inserts an account for an address that has one. It gets an address that nobody can sign in with.
async fn insert_double(
    ctx: &Context,
    db: &impl ConnectionTrait,
    email: &Email,
    password_hash: String,
    new: NewAccount,
) -> Result<AccountId, Error> {
    let id = ctx.id(AccountId::from_parts)?;
    let mut row = row(ctx, id, format!("double of {id}"), password_hash, new);
    row.claimed_email = Set(email.as_str().to_owned());
    account::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(id)
}

fn row(
    ctx: &Context,
    id: AccountId,
    email: String,
    password_hash: String,
    new: NewAccount,
) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(id),
        email: Set(email),
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
    }
}

async fn begin_session(
    ctx: &Context,
    db: &impl ConnectionTrait,
    account: account::Model,
    device: &Device,
) -> Result<Begun, Error> {
    let token = Token::draw()?;
    let length = if account.is_researcher || powers_of(&account).staff_role().is_some() {
        RESEARCHER_SESSION
    } else {
        FAMILY_SESSION
    };
    let (session_id, now) = (ctx.id(SessionId::from_parts)?, ctx.now());
    session::ActiveModel {
        id: Set(session_id),
        account_id: Set(account.id),
        token_digest: Set(token.digest()),
        user_agent: Set(device.user_agent.chars().take(300).collect()),
        address: Set(device.address.clone()),
        created_at: Set(now),
        expires_at: Set(now + length),
        second_factor_at: Set(None),
    }
    .insert(db)
    .await?;
    let person = person(Via::Session(session_id), None, &account, &device.address);
    account::ActiveModel {
        id: Set(account.id),
        signed_in_at: Set(Some(now)),
        ..Default::default()
    }
    .update(db)
    .await?;
    Ok(Begun {
        token,
        expires_at: now + length,
        person,
    })
}

fn person(
    via: Via,
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
        email: messages::address_of(account).to_owned(),
        is_confirmed: account.email_confirmed_at.is_some(),
        powers: powers_of(account),
        factor,
        factor_at,
        deletion_due_at: account.deletion_due_at,
        address: address.to_owned(),
    }
}

/// What is counted: a keyed digest, so that the table tells no addresses of people, with or without
/// an account.
fn subject(ctx: &Context, kind: &str, text: &str) -> String {
    format!(
        "{kind}:{}",
        Token::from_text(&format!(
            "{}\n{kind}\n{text}",
            ctx.site.secret.expose_secret()
        ))
        .digest()
    )
}

/// Counts something that an account does to other people, such as writing to them, and refuses it
/// when it is too often.
pub(crate) async fn count_or_wait(
    ctx: &Context,
    kind: &str,
    account: AccountId,
    limit: i32,
) -> Result<(), Error> {
    let counted = subject(ctx, kind, &account.to_string());
    wait_if_throttled(ctx, &[(&counted, limit)]).await?;
    count_failure(ctx, &[&counted]).await
}

async fn wait_if_throttled(ctx: &Context, subjects: &[(&String, i32)]) -> Result<(), Error> {
    let names: Vec<&str> = subjects.iter().map(|(name, _)| name.as_str()).collect();
    let rows = throttle::Entity::find()
        .filter(throttle::Column::Subject.is_in(names))
        .all(&ctx.db)
        .await?;
    let now = ctx.now();
    for row in rows {
        let ends_at = row.window_started_at + WINDOW;
        let limit = subjects
            .iter()
            .find(|(name, _)| **name == row.subject)
            .map_or(i32::MAX, |(_, limit)| *limit);
        if row.failures >= limit && now < ends_at {
            return Err(Error::TooMany {
                minutes: ((ends_at - now).num_seconds() + 59) / 60,
            });
        }
    }
    Ok(())
}

async fn count_failure(ctx: &Context, subjects: &[&String]) -> Result<(), Error> {
    let now = ctx.now();
    let tx = ctx.begin().await?;
    throttle::Entity::delete_many()
        .filter(throttle::Column::WindowStartedAt.lt(now - WINDOW))
        .exec(&tx)
        .await?;
    for subject in subjects {
        let row = throttle::ActiveModel {
            id: Set(ctx.uuid()?),
            subject: Set((*subject).clone()),
            failures: Set(1),
            window_started_at: Set(now),
        };
        let again = OnConflict::column(throttle::Column::Subject)
            .value(
                throttle::Column::Failures,
                Expr::col((throttle::Entity, throttle::Column::Failures)).add(1),
            )
            .to_owned();
        throttle::Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(&tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}
