//! Recovery codes: for the day on which every other factor is lost. Each works once.

use adapters::secrets;
use domain::accounts::AccountId;
use domain::audit::AuditAction;
use domain::messages::Email;
use entities::recovery_code;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::act::{Act, Own};
use crate::actor::Actor;
use crate::audit::Event;
use crate::context::Context;
use crate::error::Error;

/// Recovery codes that are made at a time.
const COUNT: usize = 10;
/// Letters and digits that can't be taken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Makes new recovery codes, to be shown once. The old ones stop working.
pub async fn make_recovery_codes(ctx: &Context, actor: &Actor) -> Result<Vec<String>, Error> {
    let act = Act::own_freshly(ctx, actor).await?;
    if !act.account.has_second_factor {
        return Err(Error::Conflict(
            "Recovery codes stand in for a second factor. Please add one first.".to_owned(),
        ));
    }
    let codes = draw(&act).await?;
    act.audit(Event::of(AuditAction::RecoveryCodesMade).to(act.account.id))
        .await?;
    act.commit(codes).await
}

/// Replaces all codes by new ones.
pub(super) async fn draw(act: &Act<'_, Own<'_>>) -> Result<Vec<String>, Error> {
    let (ctx, account) = (act.ctx, act.account.id);
    remove(act, account).await?;
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let code = draw_one()?;
        let row = recovery_code::ActiveModel {
            id: Set(ctx.uuid()?),
            account_id: Set(account),
            code_digest: Set(digest(ctx, account, &code)?),
            created_at: Set(ctx.now()),
            used_at: Set(None),
        };
        recovery_code::Entity::insert(row)
            .exec_without_returning(&act.tx)
            .await?;
        codes.push(code);
    }
    Ok(codes)
}

pub(super) async fn remove<S>(act: &Act<'_, S>, account: AccountId) -> Result<(), Error> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(&act.tx)
        .await?;
    Ok(())
}

fn draw_one() -> Result<String, Error> {
    let letters: String = secrets::random::<10>()?
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|byte| char::from(*byte))
        .collect();
    let (front, back) = letters.split_at(5);
    Ok(format!("{front}-{back}"))
}

fn digest(ctx: &Context, account: AccountId, code: &str) -> Result<String, Error> {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let text = format!("{account}\n{code}");
    Ok(ctx.keys.sign("recovery codes", &text)?)
}

/// Uses a code up, and tells whether it was one.
pub(super) async fn take(act: &Act<'_, Own<'_>>, typed: &str) -> Result<bool, Error> {
    let (ctx, account) = (act.ctx, act.account.id);
    let used = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(ctx.now()))
        .filter(recovery_code::Column::AccountId.eq(account))
        .filter(recovery_code::Column::CodeDigest.eq(digest(ctx, account, typed)?))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(&act.tx)
        .await?;
    if used.rows_affected == 0 {
        return Ok(false);
    }
    let email = Email::FactorChanged {
        what: "a recovery code was used".to_owned(),
    };
    act.email(&act.account, &email).await?;
    act.audit(Event::of(AuditAction::RecoveryCodeUsed).to(account))
        .await?;
    Ok(true)
}
