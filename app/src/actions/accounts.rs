//! Signing up, in and out; colours.

use services::accounts::{self, SignUp};

use super::{Outcome, Post};
use crate::error::AppError;
use crate::form::local_path;
use crate::request::Theme;

/// Makes a family account.
pub async fn sign_up(post: Post) -> Result<Outcome, AppError> {
    let form = SignUp { email: post.form.text("email"), nickname: post.form.text("nickname"), password: post.form.text("password").into(), password_again: post.form.text("password_again").into() };
    let begun = accounts::sign_up(&post.ctx, &post.actor, form, &post.device).await?;
    let next = post.form.text("next");
    let path = match local_path(&next) {
        Some(next) => format!("/account/children/add?{}", serde_urlencoded::to_string([("done", "welcome"), ("next", next)]).unwrap_or_default()),
        None => "/account/children/add?done=welcome".to_owned(),
    };
    Ok(Outcome::SignedIn(Box::new(begun), path))
}

/// Signs in.
pub async fn sign_in(post: Post) -> Result<Outcome, AppError> {
    let begun = accounts::sign_in(&post.ctx, &post.form.text("email"), post.form.text("password").into(), &post.device).await?;
    let next = post.form.text("next");
    let home = if begun.person.powers.is_researcher { "/exp/studies" } else { "/studies" };
    Ok(Outcome::SignedIn(Box::new(begun), local_path(&next).unwrap_or(home).to_owned()))
}

/// Signs out here.
pub async fn sign_out(post: Post) -> Result<Outcome, AppError> {
    if post.actor.person().is_some() {
        accounts::sign_out(&post.ctx, &post.actor).await?;
    }
    Ok(Outcome::SignedOut("/login?done=signed-out".to_owned()))
}

/// Signs out in every browser.
pub async fn sign_out_everywhere(post: Post) -> Result<Outcome, AppError> {
    accounts::sign_out_everywhere(&post.ctx, &post.actor).await?;
    Ok(Outcome::SignedOut("/login?done=signed-out".to_owned()))
}

/// Remembers colours.
#[expect(clippy::unused_async, reason = "every action has the same form")]
pub async fn choose_theme(post: Post) -> Result<Outcome, AppError> {
    let theme = Theme::of(&post.form.text("theme"));
    Ok(Outcome::Themed(theme.as_str(), post.form.text("here")))
}
