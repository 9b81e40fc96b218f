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

use super::{Device, is_usable, person};
use crate::actor::{Actor, Via};
use crate::audit::{self, Event};
use crate::context::Context;
use crate::error::{Error, Noun};

/// Longest life of a token, in days.
const LONGEST: i64 = 365;
/// Most tokens of one account.
const MOST: u64 = 20;

/// A wish for a token.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// What the owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Days that it works.
    pub days: String,
}

/// A token as its owner sees it: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    /// Key.
    pub id: ApiTokenId,
    /// What the owner called it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Whether it works now.
    pub is_working: bool,
}

/// Makes a token and gives it back, to be shown once.
pub async fn create_token(ctx: &Context, actor: &Actor, form: &NewToken) -> Result<Token, Error> {
    actor.researcher_in_person()?;
    let person = actor.fresh(ctx.now())?;
    let mut violations = Violations::new();
    let name = text::required_line(
        "name",
        "a name, such as where the token is used",
        &form.name,
        &mut violations,
    );
    let scopes: Vec<TokenScope> = TokenScope::ALL
        .iter()
        .copied()
        .filter(|scope| form.scopes.iter().any(|ticked| ticked == scope.as_str()))
        .collect();
    if scopes.is_empty() {
        violations.add("scopes", "required", "Please choose what the token may do.");
    }
    let days = form
        .days
        .trim()
        .parse::<i64>()
        .ok()
        .filter(|days| (1..=LONGEST).contains(days));
    if days.is_none() {
        violations.add(
            "days",
            "out_of_range",
            format!("Please enter a number of days from 1 to {LONGEST}."),
        );
    }
    violations.or(())?;
    let token = Token::draw()?;
    let tx = ctx.begin().await?;
    if api_token::Entity::find()
        .filter(api_token::Column::AccountId.eq(person.account))
        .filter(api_token::Column::RevokedAt.is_null())
        .count(&tx)
        .await?
        >= MOST
    {
        return Err(Error::Conflict(
            "You have many tokens. Please revoke one first.".to_owned(),
        ));
    }
    let row = api_token::ActiveModel {
        id: Set(ctx.id(ApiTokenId::from_parts)?),
        account_id: Set(person.account),
        name: Set(name.clone()),
        token_digest: Set(token.digest()),
        scopes: Set(scopes
            .iter()
            .map(|scope| scope.as_str())
            .collect::<Vec<_>>()
            .join(" ")),
        created_at: Set(ctx.now()),
        expires_at: Set(ctx.now() + Duration::days(days.unwrap_or_default())),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    api_token::Entity::insert(row)
        .exec_without_returning(&tx)
        .await?;
    audit::record(
        ctx,
        &tx,
        actor,
        Event::of(AuditAction::TokenCreated)
            .to(person.account)
            .detail(name),
    )
    .await?;
    tx.commit().await?;
    Ok(token)
}

/// Tokens of the account, newest first.
pub async fn tokens(ctx: &Context, actor: &Actor) -> Result<Vec<TokenView>, Error> {
    let person = actor.researcher_in_person()?;
    let rows = api_token::Entity::find()
        .filter(api_token::Column::AccountId.eq(person.account))
        .order_by_desc(api_token::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| TokenView {
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

/// Revokes a token.
pub async fn revoke_token(ctx: &Context, actor: &Actor, id: ApiTokenId) -> Result<(), Error> {
    let person = actor.researcher_in_person()?;
    let tx = ctx.begin().await?;
    let row = api_token::Entity::find_by_id(id)
        .filter(api_token::Column::AccountId.eq(person.account))
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(Noun::Token))?;
    if row.revoked_at.is_none() {
        api_token::ActiveModel {
            id: Set(id),
            revoked_at: Set(Some(ctx.now())),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        audit::record(
            ctx,
            &tx,
            actor,
            Event::of(AuditAction::TokenRevoked)
                .to(person.account)
                .detail(row.name),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
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
    device: &Device,
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
    if row
        .last_used_at
        .is_none_or(|at| ctx.now() - at > Duration::minutes(1))
    {
        api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::value(ctx.now()))
            .filter(api_token::Column::Id.eq(row.id))
            .exec(&ctx.db)
            .await?;
    }
    // It was made in a session with a second factor.
    let person = person(
        Via::Token(row.id, scopes_of(&row)),
        Some(row.created_at),
        &account,
        &device.address,
    );
    debug_assert_eq!(person.factor, SecondFactor::Given);
    Ok(Actor::of(person))
}
