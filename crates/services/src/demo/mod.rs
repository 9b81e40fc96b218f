//! A small world to look around in: a lab, a researcher, a family and three studies. Making it
//! twice changes nothing.

mod accounts;
mod household;
mod lab;
pub mod large;
mod studies;

use crate::act::Act;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;

pub use accounts::{DemoAccount, FAMILY, RESEARCHER, STAFF, TOTP_SECRET, code};

/// Makes what is missing. Refused on a real site.
pub async fn seed(ctx: &Context, actor: &Actor) -> Result<(), Error> {
    let Actor::System = actor else {
        return Err(Error::Denied);
    };
    if ctx.site.is_production {
        return Err(Error::Conflict(
            "Demo accounts have public passwords, so they can't be made on a production site."
                .to_owned(),
        ));
    }
    let passwords = accounts::hash_passwords(ctx).await?;
    let act = Act::system(ctx, actor).await?;
    let made = accounts::make(&act, passwords).await?;
    if made.family.is_new {
        household::make(&act, made.family.id).await?;
    }
    let lab = lab::make(&act, made.researcher.id).await?;
    studies::make(&act, lab, made.researcher.id, made.staff.id).await?;
    act.commit(()).await
}
