//! Personal tokens for programs: made and revoked by their owner, shown once, kept as a digest, for
//! a time and a purpose.

use adapters::Token;
use chrono::{DateTime, Duration, Utc};
use domain::Violations;
use domain::accounts::{ApiTokenId, SecondFactor, TokenScope};
use domain::audit::AuditAction;
use domain::text;
use entities::{account, api_token};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::access::{Client, person};
use crate::act::Act;
use crate::actor::{Actor, Credential};
use crate::audit::Event;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::people::is_usable;

/// Longest life of a token, in days.
const LONGEST: i64 = 365;
/// Most tokens of one account.
const MOST: u64 = 20;

/// The form of a new token, as it was posted.
#[derive(Clone, Debug, Default)]
pub struct TokenForm {
    /// What the owner calls it.
    pub name: String,
    pub scopes: Vec<String>,
    /// Days that it works.
    pub days: String,
}

/// A token as its owner sees it: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    pub id: ApiTokenId,
    /// What the owner called it.
    pub name: String,
    pub scopes: Vec<TokenScope>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    /// Whether it works now.
    pub is_working: bool,
}

/// Makes a token and returns it, to be shown once.
pub async fn create_token(ctx: &Context, actor: &Actor, form: &TokenForm) -> Result<Token, Error> {
    actor.researcher_in_person()?;
    let act = Act::own_freshly(ctx, actor).await?;
    let (name, scopes, life) = check(form)?;
    let account = act.account.id;
    let working = api_token::Entity::find()
        .filter(api_token::Column::AccountId.eq(account))
        .filter(api_token::Column::RevokedAt.is_null());
    if working.count(&act.tx).await? >= MOST {
        return Err(Error::Conflict(
            "You have many tokens. Please revoke one first.".to_owned(),
        ));
    }
    let token = Token::draw()?;
    let row = api_token::ActiveModel {
        id: Set(ctx.id(ApiTokenId::from_parts)?),
        account_id: Set(account),
        name: Set(name.clone()),
        token_digest: Set(token.digest()),
        scopes: Set(scopes.join(" ")),
        created_at: Set(ctx.now()),
        expires_at: Set(ctx.now() + life),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    api_token::Entity::insert(row)
        .exec_without_returning(&act.tx)
        .await?;
    let event = Event::of(AuditAction::TokenCreated).to(account);
    act.audit(event.detail(name)).await?;
    act.commit(token).await
}

/// Name, scopes and life of the token that was asked for.
fn check(form: &TokenForm) -> Result<(String, Vec<&'static str>, Duration), Error> {
    let mut violations = Violations::new();
    let name = text::required_line(
        "name",
        "a name, such as where the token is used",
        &form.name,
        &mut violations,
    );
    let scopes: Vec<&'static str> = TokenScope::ALL
        .iter()
        .map(|scope| scope.as_str())
        .filter(|scope| form.scopes.iter().any(|ticked| ticked == scope))
        .collect();
    if scopes.is_empty() {
        violations.add("scopes", "required", "Please choose what the token may do.");
    }
    let days = form.days.trim().parse::<i64>().ok();
    let days = days.filter(|days| (1..=LONGEST).contains(days));
    if days.is_none() {
        violations.add(
            "days",
            "out_of_range",
            format!("Please enter a number of days from 1 to {LONGEST}."),
        );
    }
    let life = Duration::days(days.unwrap_or_default());
    Ok(violations.or((name, scopes, life))?)
}

/// Tokens of the account, newest first.
pub async fn tokens(ctx: &Context, actor: &Actor) -> Result<Vec<TokenRow>, Error> {
    let person = actor.researcher_in_person()?;
    let rows = api_token::Entity::find()
        .filter(api_token::Column::AccountId.eq(person.account))
        .order_by_desc(api_token::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| TokenRow {
            id: row.id,
            is_working: row.revoked_at.is_none() && row.expires_at > ctx.now(),
            scopes: scopes_of(&row),
            name: row.name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

pub async fn revoke_token(ctx: &Context, actor: &Actor, id: ApiTokenId) -> Result<(), Error> {
    let act = Act::researcher(ctx, actor).await?;
    let account = act.account.id;
    let row = api_token::Entity::find_by_id(id)
        .filter(api_token::Column::AccountId.eq(account))
        .one(&act.tx)
        .await?
        .ok_or(Error::NotFound(Noun::Token))?;
    if row.revoked_at.is_some() {
        return act.unchanged(()).await;
    }
    let revoked = api_token::ActiveModel {
        id: Set(id),
        revoked_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    revoked.update(&act.tx).await?;
    let event = Event::of(AuditAction::TokenRevoked).to(account);
    act.audit(event.detail(row.name)).await?;
    act.commit(()).await
}

fn scopes_of(row: &api_token::Model) -> Vec<TokenScope> {
    row.scopes
        .split(' ')
        .filter_map(|scope| scope.parse().ok())
        .collect()
}

/// Who holds a personal token; a visitor if it does not work. An account that lost its second
/// factor has no tokens.
pub async fn recognise_token(
    ctx: &Context,
    token: &Token,
    client: &Client,
) -> Result<Actor, Error> {
    let found = api_token::Entity::find()
        .filter(api_token::Column::TokenDigest.eq(token.digest()))
        .filter(api_token::Column::RevokedAt.is_null())
        .filter(api_token::Column::ExpiresAt.gt(ctx.now()))
        .find_also_related(account::Entity)
        .one(&ctx.db)
        .await?;
    let Some((row, Some(account))) = found else {
        return Ok(Actor::Visitor);
    };
    if !is_usable(&account) || !account.has_second_factor {
        return Ok(Actor::Visitor);
    }
    // Once a minute is enough to show when a token was used.
    let minute = Duration::minutes(1);
    if row.last_used_at.is_none_or(|at| ctx.now() - at > minute) {
        note_use(ctx, row.id).await?;
    }
    // It was made in a session with a second factor.
    let person = person(
        Credential::Token(row.id, scopes_of(&row)),
        Some(row.created_at),
        &account,
        &client.address(),
    );
    debug_assert_eq!(person.factor, SecondFactor::Given);
    Ok(Actor::of(person))
}

async fn note_use(ctx: &Context, id: ApiTokenId) -> Result<(), Error> {
    let act = Act::bookkeeping(ctx).await?;
    api_token::Entity::update_many()
        .col_expr(api_token::Column::LastUsedAt, Expr::value(ctx.now()))
        .filter(api_token::Column::Id.eq(id))
        .exec(&act.tx)
        .await?;
    act.commit(()).await
}
