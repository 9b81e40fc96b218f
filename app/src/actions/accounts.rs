//! Signing up, in and out; second factors; what people change about their accounts; what staff do;
//! colours.

use domain::accounts::LinkPurpose;
use services::accounts::{self, NewToken, ProfileForm, SignUp, StaffAct};
use services::{labs, links};

use super::{Outcome, Post, ShownOnce};
use crate::error::AppError;
use crate::form::local_path;
use crate::pages::accounts::with_next;
use crate::request::Theme;

fn sign_up_form(post: &Post, is_researcher: bool) -> SignUp {
    let text = |name: &str| post.form.text(name);
    SignUp {
        is_researcher,
        email: text("email"),
        nickname: text("nickname"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        password: text("password").into(),
        password_again: text("password_again").into(),
    }
}

/// Makes a family account.
pub async fn sign_up(post: Post) -> Result<Outcome, AppError> {
    let begun = accounts::sign_up(
        &post.ctx,
        &post.actor,
        sign_up_form(&post, false),
        &post.device,
    )
    .await?;
    let next = post.form.text("next");
    let path = match local_path(&next) {
        Some(next) => format!(
            "/account/children/add?{}",
            serde_urlencoded::to_string([("done", "welcome"), ("next", next)]).unwrap_or_default()
        ),
        None => "/account/children/add?done=welcome".to_owned(),
    };
    Ok(Outcome::SignedIn(Box::new(begun), path))
}

/// Makes a researcher's account. The second factor comes next.
pub async fn sign_up_researcher(post: Post) -> Result<Outcome, AppError> {
    let begun = accounts::sign_up(
        &post.ctx,
        &post.actor,
        sign_up_form(&post, true),
        &post.device,
    )
    .await?;
    let next = post.form.text("next");
    Ok(Outcome::SignedIn(
        Box::new(begun),
        with_next(
            "/second-factor",
            Some(local_path(&next).unwrap_or("/exp/labs")),
        ),
    ))
}

/// Signs in.
pub async fn sign_in(post: Post) -> Result<Outcome, AppError> {
    let begun = accounts::sign_in(
        &post.ctx,
        &post.actor,
        &post.form.text("email"),
        post.form.text("password").into(),
        &post.device,
    )
    .await?;
    let next = post.form.text("next");
    let powers = begun.person.powers;
    let home = if powers.is_researcher || powers.staff_role().is_some() {
        "/exp/studies"
    } else {
        "/studies"
    };
    let wanted = local_path(&next).unwrap_or(home);
    // Who has a second factor is asked for it at once, rather than by the page that it goes to.
    let path = if begun.person.factor == domain::accounts::SecondFactor::Pending {
        with_next("/second-factor", Some(wanted))
    } else {
        wanted.to_owned()
    };
    Ok(Outcome::SignedIn(Box::new(begun), path))
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

/// Ends one session.
pub async fn end_session(post: Post) -> Result<Outcome, AppError> {
    accounts::end_session(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Outcome::see("/account/security?done=session-ended"))
}

/// Remembers colours.
#[expect(clippy::unused_async, reason = "every action has the same form")]
pub async fn choose_theme(post: Post) -> Result<Outcome, AppError> {
    let theme = Theme::of(&post.form.text("theme"));
    Ok(Outcome::Themed(theme.as_str(), post.form.text("here")))
}

/// Asks for a link for a new password.
pub async fn forget_password(post: Post) -> Result<Outcome, AppError> {
    accounts::request_reset(&post.ctx, &post.form.text("email"), &post.device).await?;
    Ok(Outcome::see("/forgot-password?done=sent"))
}

/// Does what a link in a letter is for.
pub async fn follow_link(post: Post) -> Result<Outcome, AppError> {
    let link = post
        .id
        .as_deref()
        .and_then(links::read)
        .ok_or(AppError::NotFound)?;
    match link.purpose {
        LinkPurpose::ResetPassword => {
            accounts::reset_password(
                &post.ctx,
                &link,
                post.form.text("password").into(),
                post.form.text("password_again").into(),
                &post.device,
            )
            .await?;
            Ok(Outcome::see("/login?done=new-password"))
        }
        LinkPurpose::AcceptInvitation => {
            let lab = labs::accept_invitation(&post.ctx, &post.actor, &link).await?;
            Ok(Outcome::see(format!("/exp/labs/{lab}?done=joined")))
        }
        LinkPurpose::ConfirmAddress
        | LinkPurpose::AgreeToChange
        | LinkPurpose::ConfirmNewAddress
        | LinkPurpose::KeepAccount => {
            let words = accounts::confirm(&post.ctx, &link, &post.device).await?;
            Ok(Outcome::Shown(
                "/link/done".to_owned(),
                ShownOnce(vec![words.to_owned()]),
            ))
        }
    }
}

/// Takes a code for this session.
pub async fn give_code(post: Post) -> Result<Outcome, AppError> {
    accounts::give_code(&post.ctx, &post.actor, &post.form.text("code")).await?;
    Ok(Outcome::see(after_factor(&post)))
}

fn after_factor(post: &Post) -> String {
    local_path(&post.form.text("next"))
        .unwrap_or("/")
        .to_owned()
}

/// Takes a passkey for this session.
pub async fn give_passkey(post: Post) -> Result<Outcome, AppError> {
    accounts::finish_asking_passkey(&post.ctx, &post.actor, answer(&post)).await?;
    Ok(Outcome::see(after_factor(&post)))
}

fn answer(post: &Post) -> serde_json::Value {
    serde_json::from_str(&post.form.text("answer")).unwrap_or_default()
}

/// Draws a secret for an app.
pub async fn begin_totp(post: Post) -> Result<Outcome, AppError> {
    accounts::begin_totp(&post.ctx, &post.actor).await?;
    Ok(Outcome::see(with_next(
        "/account/security/app",
        local_path(&post.form.text("next")),
    )))
}

/// Shows recovery codes, if there are new ones, and leads on.
fn added(post: &Post, codes: Vec<String>) -> Outcome {
    let next = post.form.text("next");
    let next = local_path(&next);
    if codes.is_empty() {
        Outcome::See(next.unwrap_or("/account/security?done=added").to_owned())
    } else {
        Outcome::Shown(
            with_next("/account/security/recovery-codes", next),
            ShownOnce(codes),
        )
    }
}

/// Takes the first code of an app.
pub async fn activate_totp(post: Post) -> Result<Outcome, AppError> {
    let codes = accounts::activate_totp(&post.ctx, &post.actor, &post.form.text("code")).await?;
    Ok(added(&post, codes))
}

/// Keeps a passkey.
pub async fn add_passkey(post: Post) -> Result<Outcome, AppError> {
    let codes = accounts::finish_passkey(
        &post.ctx,
        &post.actor,
        &post.form.text("name"),
        answer(&post),
    )
    .await?;
    Ok(added(&post, codes))
}

/// Removes the app.
pub async fn remove_totp(post: Post) -> Result<Outcome, AppError> {
    accounts::remove_totp(&post.ctx, &post.actor).await?;
    Ok(Outcome::see("/account/security?done=removed"))
}

/// Removes a passkey.
pub async fn remove_passkey(post: Post) -> Result<Outcome, AppError> {
    accounts::remove_passkey(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Outcome::see("/account/security?done=removed"))
}

/// Makes recovery codes.
pub async fn make_recovery_codes(post: Post) -> Result<Outcome, AppError> {
    let codes = accounts::make_recovery_codes(&post.ctx, &post.actor).await?;
    Ok(Outcome::Shown(
        "/account/security/recovery-codes".to_owned(),
        ShownOnce(codes),
    ))
}

/// Changes names.
pub async fn save_profile(post: Post) -> Result<Outcome, AppError> {
    let form = ProfileForm {
        nickname: post.form.text("nickname"),
        given_name: post.form.text("given_name"),
        family_name: post.form.text("family_name"),
    };
    accounts::save_profile(&post.ctx, &post.actor, &form).await?;
    Ok(Outcome::see("/account/settings?done=saved"))
}

/// Changes the password.
pub async fn change_password(post: Post) -> Result<Outcome, AppError> {
    accounts::change_password(
        &post.ctx,
        &post.actor,
        post.form.text("present_password").into(),
        post.form.text("password").into(),
        post.form.text("password_again").into(),
    )
    .await?;
    Ok(Outcome::see("/account/settings?done=new-password"))
}

/// Asks for another address.
pub async fn change_address(post: Post) -> Result<Outcome, AppError> {
    accounts::request_email_change(
        &post.ctx,
        &post.actor,
        &post.form.text("new_email"),
        post.form.text("change_password").into(),
    )
    .await?;
    Ok(Outcome::see("/account/settings?done=address-asked"))
}

/// Takes that back.
pub async fn keep_address(post: Post) -> Result<Outcome, AppError> {
    accounts::cancel_email_change(&post.ctx, &post.actor).await?;
    Ok(Outcome::see("/account/settings?done=address-kept"))
}

/// Sends the link for the address once more.
pub async fn send_confirmation(post: Post) -> Result<Outcome, AppError> {
    accounts::send_confirmation(&post.ctx, &post.actor).await?;
    Ok(Outcome::see("/account/settings?done=link-sent"))
}

/// Chooses which letters to get.
pub async fn save_preferences(post: Post) -> Result<Outcome, AppError> {
    accounts::save_preferences(&post.ctx, &post.actor, &post.form.all("letters")).await?;
    Ok(Outcome::see("/account/email?done=saved"))
}

/// Makes a token.
pub async fn create_token(post: Post) -> Result<Outcome, AppError> {
    let form = NewToken {
        name: post.form.text("name"),
        scopes: post.form.all("scopes"),
        days: post.form.text("days"),
    };
    let token = accounts::create_token(&post.ctx, &post.actor, &form).await?;
    Ok(Outcome::Shown(
        "/account/tokens".to_owned(),
        ShownOnce(vec![token.expose().to_owned()]),
    ))
}

/// Revokes a token.
pub async fn revoke_token(post: Post) -> Result<Outcome, AppError> {
    accounts::revoke_token(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Outcome::see("/account/tokens?done=revoked"))
}

/// Asks for a copy of one's data.
pub async fn request_export(post: Post) -> Result<Outcome, AppError> {
    accounts::request_export(&post.ctx, &post.actor).await?;
    Ok(Outcome::see("/account/leave?done=export-asked"))
}

/// Asks for the end of the account.
pub async fn request_deletion(post: Post) -> Result<Outcome, AppError> {
    accounts::request_deletion(
        &post.ctx,
        &post.actor,
        post.form.text("delete_password").into(),
    )
    .await?;
    Ok(Outcome::see("/account/leave?done=deletion-asked"))
}

/// Keeps the account.
pub async fn cancel_deletion(post: Post) -> Result<Outcome, AppError> {
    accounts::cancel_deletion(&post.ctx, &post.actor, &post.device).await?;
    Ok(Outcome::see("/account/leave?done=kept"))
}

/// What staff do with an account.
pub async fn staff_act(post: Post) -> Result<Outcome, AppError> {
    let id = post.id()?;
    // Who may not do this at all must not learn which words there are.
    post.actor.researcher()?;
    let act = StaffAct::of(&post.form.text("act"));
    let Some(act) = act else {
        accounts::inspect(&post.ctx, &post.actor, id).await?;
        return Err(services::Error::field("act", "required", "Please choose what to do.").into());
    };
    accounts::act(&post.ctx, &post.actor, id, act, &post.form.text("reason")).await?;
    Ok(Outcome::see(format!("/staff/accounts/{id}?done=done")))
}
