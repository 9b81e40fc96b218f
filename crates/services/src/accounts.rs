//! Signing up, in and out.

use adapters::{Token, secrets};
use chrono::{DateTime, Duration, Utc};
use domain::Violations;
use domain::accounts::{AccountId, Email, PasswordPolicy, PasswordStrength, Powers, SessionId};
use domain::text;
use entities::{account, session, throttle};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use secrecy::{ExposeSecret, SecretString};

use crate::actor::{Actor, Person};
use crate::context::Context;
use crate::error::{Error, Noun};

/// How long a family stays signed in.
const FAMILY_SESSION: Duration = Duration::days(14);
/// How long a researcher or a member of staff stays signed in: they see other people's children.
const RESEARCHER_SESSION: Duration = Duration::hours(12);
/// Failed sign-ins to one account within a window before it must wait.
const FAILURES_PER_ACCOUNT: i32 = 8;
/// Failed sign-ins from one address within a window; families behind one router share it.
const FAILURES_PER_ADDRESS: i32 = 60;
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
    /// E-mail address.
    pub email: String,
    /// What to call the family; may be empty.
    pub nickname: String,
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

/// Makes a family's account and signs it in.
pub async fn sign_up(ctx: &Context, actor: &Actor, form: SignUp, device: &Device) -> Result<Begun, Error> {
    if actor.person().is_some() {
        return Err(Error::Conflict("You are signed in already. Sign out first to make another account.".to_owned()));
    }
    let mut violations = Violations::new();
    let email = Email::parse(&form.email);
    if email.is_none() {
        violations.add("email", "no_address", "Please enter an e-mail address, such as name@example.org.");
    }
    let nickname = text::line("nickname", "the name", &form.nickname, text::LINE, &mut violations);
    check_password(PasswordPolicy::Family, &form.password, &[&form.email, &nickname], &mut violations);
    if form.password.expose_secret() != form.password_again.expose_secret() {
        violations.add("password_again", "different", "The two passwords differ. Please type the same one twice.");
    }
    let Some(email) = email else { return Err(violations.into()) };
    violations.or(())?;
    let subject = subject(ctx, "sign-up", &device.address);
    wait_if_throttled(ctx, &[(&subject, SIGN_UPS_PER_ADDRESS)]).await?;
    count_failure(ctx, &[&subject]).await?;
    let password_hash = ctx.passwords.hash(form.password).await?;
    let tx = ctx.begin().await?;
    let id = insert(ctx, &tx, &email, password_hash, NewAccount { nickname, ..NewAccount::default() }).await?;
    let begun = begin_session(ctx, &tx, id, device).await?;
    tx.commit().await?;
    tracing::info!(account = %id, "signed up");
    Ok(begun)
}

/// Signs somebody in.
///
/// A wrong password and an unknown address get the same answer after the same work.
pub async fn sign_in(ctx: &Context, email: &str, password: SecretString, device: &Device) -> Result<Begun, Error> {
    let wrong = || Error::field("password", "wrong", "This address and password don't belong together. Please check both.");
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
    wait_if_throttled(ctx, &[(&account_subject, FAILURES_PER_ACCOUNT), (&address_subject, FAILURES_PER_ADDRESS)]).await?;
    let found = match &parsed {
        Some(email) => account::Entity::find().filter(account::Column::Email.eq(email.as_str())).one(&ctx.db).await?,
        None => None,
    };
    let is_right = ctx.passwords.verify(password, found.as_ref().map(|account| account.password_hash.clone())).await?;
    let usable = found.filter(|account| is_right && account.is_active && !account.is_spam && !(ctx.site.is_production && account.is_demo));
    let Some(account) = usable else {
        count_failure(ctx, &[&account_subject, &address_subject]).await?;
        return Err(wrong());
    };
    let tx = ctx.begin().await?;
    throttle::Entity::delete_many().filter(throttle::Column::Subject.eq(account_subject)).exec(&tx).await?;
    session::Entity::delete_many().filter(session::Column::AccountId.eq(account.id)).filter(session::Column::ExpiresAt.lt(ctx.now())).exec(&tx).await?;
    let begun = begin_session(ctx, &tx, account.id, device).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Who holds a session token; a visitor if nobody does. One query.
pub async fn recognise(ctx: &Context, token: &Token) -> Result<Actor, Error> {
    let found = session::Entity::find().filter(session::Column::TokenDigest.eq(token.digest())).filter(session::Column::ExpiresAt.gt(ctx.now())).find_also_related(account::Entity).one(&ctx.db).await?;
    Ok(match found {
        Some((session, Some(account))) if account.is_active && !account.is_spam => Actor::of(person(session.id, &account)),
        _ => Actor::Visitor,
    })
}

/// Ends the session that asks.
pub async fn sign_out(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let person = actor.signed_in()?;
    session::Entity::delete_by_id(person.session).exec(&ctx.db).await?;
    Ok(())
}

/// Ends all sessions of the account, this one included.
pub async fn sign_out_everywhere(ctx: &Context, actor: &Actor) -> Result<u64, Error> {
    let person = actor.signed_in()?;
    let ended = session::Entity::delete_many().filter(session::Column::AccountId.eq(person.account)).exec(&ctx.db).await?;
    Ok(ended.rows_affected)
}

/// Sessions of the account, newest first.
pub async fn sessions(ctx: &Context, actor: &Actor) -> Result<Vec<SessionView>, Error> {
    let person = actor.signed_in()?;
    let rows = session::Entity::find().filter(session::Column::AccountId.eq(person.account)).filter(session::Column::ExpiresAt.gt(ctx.now())).order_by_desc(session::Column::CreatedAt).all(&ctx.db).await?;
    Ok(rows.into_iter().map(|row| SessionView { id: row.id, user_agent: row.user_agent, created_at: row.created_at, is_current: row.id == person.session }).collect())
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

/// Makes an account from the command line.
pub async fn create(ctx: &Context, actor: &Actor, email: &str, password: SecretString, new: NewAccount) -> Result<AccountId, Error> {
    let Actor::System = actor else { return Err(Error::Denied) };
    let email = Email::parse(email).ok_or_else(|| Error::field("email", "no_address", "this is no e-mail address"))?;
    let policy = if new.powers.is_researcher || new.powers.is_staff { PasswordPolicy::Researcher } else { PasswordPolicy::Family };
    let mut violations = Violations::new();
    check_password(policy, &password, &[email.as_str(), &new.nickname], &mut violations);
    violations.or(())?;
    let password_hash = ctx.passwords.hash(password).await?;
    let tx = ctx.begin().await?;
    let id = insert(ctx, &tx, &email, password_hash, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes an account's rights from the command line; all its sessions end, so that they take effect at once.
pub async fn promote(ctx: &Context, actor: &Actor, email: &str, powers: Powers) -> Result<(), Error> {
    let Actor::System = actor else { return Err(Error::Denied) };
    let tx = ctx.begin().await?;
    let account = by_email(&tx, email).await?;
    let id = account.id;
    let mut changed: account::ActiveModel = account.into();
    changed.is_researcher = Set(powers.is_researcher);
    changed.is_staff = Set(powers.is_staff);
    changed.update(&tx).await?;
    session::Entity::delete_many().filter(session::Column::AccountId.eq(id)).exec(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a password from the command line; all sessions of the account end.
pub async fn set_password(ctx: &Context, actor: &Actor, email: &str, password: SecretString) -> Result<(), Error> {
    let Actor::System = actor else { return Err(Error::Denied) };
    let account = by_email(&ctx.db, email).await?;
    let policy = if account.is_researcher || account.is_staff { PasswordPolicy::Researcher } else { PasswordPolicy::Family };
    let mut violations = Violations::new();
    check_password(policy, &password, &[&account.email, &account.nickname], &mut violations);
    violations.or(())?;
    let password_hash = ctx.passwords.hash(password).await?;
    let tx = ctx.begin().await?;
    let id = account.id;
    let mut changed: account::ActiveModel = account.into();
    changed.password_hash = Set(password_hash);
    changed.update(&tx).await?;
    session::Entity::delete_many().filter(session::Column::AccountId.eq(id)).exec(&tx).await?;
    tx.commit().await?;
    Ok(())
}

fn check_password(policy: PasswordPolicy, password: &SecretString, known: &[&str], violations: &mut Violations) {
    let password = password.expose_secret();
    policy.check("password", password, &secrets::strength(password, known), violations);
}

async fn by_email(db: &impl ConnectionTrait, email: &str) -> Result<account::Model, Error> {
    let email = Email::parse(email).ok_or(Error::NotFound(Noun::Account))?;
    account::Entity::find().filter(account::Column::Email.eq(email.as_str())).one(db).await?.ok_or(Error::NotFound(Noun::Account))
}

pub(crate) async fn insert(ctx: &Context, db: &impl ConnectionTrait, email: &Email, password_hash: String, new: NewAccount) -> Result<AccountId, Error> {
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
        is_demo: Set(new.is_demo),
        created_at: Set(ctx.now()),
        ..Default::default()
    };
    // Asking the index instead of looking first: two sign-ups at once must not both succeed.
    let inserted = account::Entity::insert(row).on_conflict(OnConflict::column(account::Column::Email).do_nothing().to_owned()).exec_without_returning(db).await;
    match inserted {
        Ok(1) => Ok(id),
        Ok(_) | Err(sea_orm::DbErr::RecordNotInserted) => Err(Error::field("email", "taken", "No account can be made with this address. If you have one already, sign in instead.")),
        Err(error) => Err(error.into()),
    }
}

async fn begin_session(ctx: &Context, db: &impl ConnectionTrait, id: AccountId, device: &Device) -> Result<Begun, Error> {
    let account = account::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound(Noun::Account))?;
    let token = Token::draw()?;
    let length = if account.is_researcher || account.is_staff { RESEARCHER_SESSION } else { FAMILY_SESSION };
    let (session_id, now) = (ctx.id(SessionId::from_parts)?, ctx.now());
    session::ActiveModel {
        id: Set(session_id),
        account_id: Set(id),
        token_digest: Set(token.digest()),
        user_agent: Set(device.user_agent.chars().take(300).collect()),
        address: Set(device.address.clone()),
        created_at: Set(now),
        expires_at: Set(now + length),
        second_factor_at: Set(None),
    }
    .insert(db)
    .await?;
    let person = person(session_id, &account);
    let mut changed: account::ActiveModel = account.into();
    changed.signed_in_at = Set(Some(now));
    changed.update(db).await?;
    Ok(Begun { token, expires_at: now + length, person })
}

fn person(session: SessionId, account: &account::Model) -> Person {
    Person { account: account.id, session, nickname: account.nickname.clone(), email: account.email.clone(), powers: Powers { is_researcher: account.is_researcher, is_staff: account.is_staff } }
}

/// What is counted: a keyed digest, so that the table tells no addresses of people, with or without an account.
fn subject(ctx: &Context, kind: &str, text: &str) -> String {
    format!("{kind}:{}", Token::from_text(&format!("{}\n{kind}\n{text}", ctx.site.secret.expose_secret())).digest())
}

async fn wait_if_throttled(ctx: &Context, subjects: &[(&String, i32)]) -> Result<(), Error> {
    let names: Vec<&str> = subjects.iter().map(|(name, _)| name.as_str()).collect();
    let rows = throttle::Entity::find().filter(throttle::Column::Subject.is_in(names)).all(&ctx.db).await?;
    let now = ctx.now();
    for row in rows {
        let ends_at = row.window_started_at + WINDOW;
        let limit = subjects.iter().find(|(name, _)| **name == row.subject).map_or(i32::MAX, |(_, limit)| *limit);
        if row.failures >= limit && now < ends_at {
            return Err(Error::TooMany { minutes: ((ends_at - now).num_seconds() + 59) / 60 });
        }
    }
    Ok(())
}

async fn count_failure(ctx: &Context, subjects: &[&String]) -> Result<(), Error> {
    let now = ctx.now();
    let tx = ctx.begin().await?;
    throttle::Entity::delete_many().filter(throttle::Column::WindowStartedAt.lt(now - WINDOW)).exec(&tx).await?;
    for subject in subjects {
        let row = throttle::ActiveModel { id: Set(ctx.uuid()?), subject: Set((*subject).clone()), failures: Set(1), window_started_at: Set(now) };
        let again = OnConflict::column(throttle::Column::Subject).value(throttle::Column::Failures, Expr::col((throttle::Entity, throttle::Column::Failures)).add(1)).to_owned();
        throttle::Entity::insert(row).on_conflict(again).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
