//! What forms do. Each action reads a posted form, asks one verb of `services`, and says where to
//! go; how a refused form is answered is the business of [`crate::post`].

pub mod accounts;
pub mod families;
pub mod labs;
pub mod studies;

use domain::permissions::Action;
use services::Error;
use services::permissions::{ActionTarget, require};

use crate::error::AppError;
use crate::post::Post;

/// Why a form that names nothing is refused. Whoever may not do this at all is told that first, and
/// does not learn what the form could name.
async fn incomplete(
    post: &Post,
    action: Action,
    target: ActionTarget,
    field: &str,
    words: &str,
) -> AppError {
    match require(&post.ctx, &post.actor, action, target).await {
        Ok(_) => Error::field(field, "required", words).into(),
        Err(error) => error.into(),
    }
}
