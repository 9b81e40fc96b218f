//! Giving the second factor of a session as a code.

use super::{recovery_codes, totp};
use crate::accounts::limits;
use crate::accounts::sessions::{self, NewSession};
use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::throttle;

/// Takes a code of the app, or a recovery code, for this session, which goes on under a new token.
pub async fn give_code(ctx: &Context, actor: &Actor, code: &str) -> Result<NewSession, Error> {
    let (person, _) = actor.half_signed_in()?;
    let attempt = throttle::reserve(ctx, limits::codes(ctx, person)).await?;
    let act = Act::half_signed_in(ctx, actor).await?;
    let typed = code.trim().to_lowercase();
    if !totp::take(&act, &typed).await? && !recovery_codes::take(&act, &typed).await? {
        act.unchanged(()).await?;
        return Err(totp::wrong_code());
    }
    let renewed = sessions::give_second_factor(&act).await?;
    attempt.release(&act).await?;
    act.commit(renewed).await
}
