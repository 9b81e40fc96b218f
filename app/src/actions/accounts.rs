//! Signing up, in and out; second factors; what people change about their accounts; what staff do;
//! colours.

use domain::accounts::LinkPurpose;
use services::accounts::{self, AddedFactor, ProfileForm, SignUp, StaffAction, TokenForm};
use services::{labs, links};

use crate::attachment::attachment;
use crate::error::AppError;
use crate::paths::{local_path, with_next, with_query};
use crate::post::{Answer, Post};
use crate::request::{ShownOnce, Theme};

fn sign_up_form(post: &Post, is_researcher: bool) -> SignUp {
    let text = |name: &str| post.text(name);
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

pub async fn sign_up(post: Post) -> Result<Answer, AppError> {
    begin_sign_up(post, false).await
}

pub async fn sign_up_researcher(post: Post) -> Result<Answer, AppError> {
    begin_sign_up(post, true).await
}

/// Leads to the page that asks for the code, which has been sent to the address.
async fn begin_sign_up(post: Post, is_researcher: bool) -> Result<Answer, AppError> {
    let form = sign_up_form(&post, is_researcher);
    let id = accounts::sign_up(&post.ctx, &post.actor, form, &post.client).await?;
    let next = post.text("next");
    let path = with_next(&format!("/signup/code/{id}"), local_path(&next));
    Ok(Answer::Redirect(path))
}

/// Takes the code and signs in. A family adds its first child next, a researcher a second factor.
pub async fn finish_sign_up(post: Post) -> Result<Answer, AppError> {
    let (id, code) = (post.id()?, post.text("code"));
    let begun = accounts::finish_sign_up(&post.ctx, &post.actor, id, &code, &post.client).await?;
    let next = post.text("next");
    let path = if begun.person.powers.is_researcher {
        let next = local_path(&next).unwrap_or("/exp/labs");
        with_next("/second-factor", Some(next))
    } else {
        let next = local_path(&next).unwrap_or_default();
        let welcome = [("done", "welcome"), ("next", next)];
        with_query("/account/children/add", &welcome)
    };
    Ok(Answer::SignedIn(Box::new(begun), path))
}

pub async fn sign_in(post: Post) -> Result<Answer, AppError> {
    let begun = accounts::sign_in(
        &post.ctx,
        &post.actor,
        &post.text("email"),
        post.text("password").into(),
        &post.client,
    )
    .await?;
    let next = post.text("next");
    let powers = begun.person.powers;
    let home = if powers.is_researcher || powers.staff_role().is_some() {
        "/exp/studies"
    } else {
        "/studies"
    };
    let wanted = local_path(&next).unwrap_or(home);
    // Anybody with a second factor is asked for it here, before any page asks for it.
    let path = if begun.person.factor == domain::accounts::SecondFactor::Pending {
        with_next("/second-factor", Some(wanted))
    } else {
        wanted.to_owned()
    };
    Ok(Answer::SignedIn(Box::new(begun), path))
}

pub async fn sign_out(post: Post) -> Result<Answer, AppError> {
    if post.actor.person().is_some() {
        accounts::sign_out(&post.ctx, &post.actor).await?;
    }
    Ok(Answer::SignedOut("/login?done=signed-out".to_owned()))
}

/// Signs out in every browser.
pub async fn sign_out_everywhere(post: Post) -> Result<Answer, AppError> {
    accounts::sign_out_everywhere(&post.ctx, &post.actor).await?;
    Ok(Answer::SignedOut("/login?done=signed-out".to_owned()))
}

pub async fn end_session(post: Post) -> Result<Answer, AppError> {
    accounts::end_session(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Answer::redirect("/account/security?done=session-ended"))
}

/// Colours can be changed on every page, so the way back is the page that asked.
#[expect(clippy::unused_async, reason = "every action has the same form")]
pub async fn choose_theme(post: Post) -> Result<Answer, AppError> {
    let theme = Theme::of(&post.text("theme"));
    let here = post.from.unwrap_or_else(|| "/".to_owned());
    Ok(Answer::Themed(theme, here))
}

/// Asks for a link for a new password.
pub async fn forget_password(post: Post) -> Result<Answer, AppError> {
    accounts::request_reset(&post.ctx, &post.text("email"), &post.client).await?;
    Ok(Answer::redirect("/forgot-password?done=sent"))
}

/// Does what a link in an email is for.
pub async fn follow_link(post: Post) -> Result<Answer, AppError> {
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
                post.text("password").into(),
                post.text("password_again").into(),
                &post.client,
            )
            .await?;
            Ok(Answer::redirect("/login?done=new-password"))
        }
        LinkPurpose::AcceptInvitation => {
            let lab = labs::accept_invitation(&post.ctx, &post.actor, &link).await?;
            Ok(Answer::redirect(format!("/exp/labs/{lab}?done=joined")))
        }
        LinkPurpose::AgreeToChange | LinkPurpose::ConfirmNewAddress | LinkPurpose::KeepAccount => {
            let password = post.text("password").into();
            let words =
                accounts::confirm(&post.ctx, &post.actor, &link, password, &post.client).await?;
            let shown = ShownOnce(vec![words.to_owned()]);
            Ok(Answer::ShownOnce("/link/done".to_owned(), shown))
        }
    }
}

/// Takes a code for this session.
pub async fn give_code(post: Post) -> Result<Answer, AppError> {
    let renewed = accounts::give_code(&post.ctx, &post.actor, &post.text("code")).await?;
    Ok(Answer::SignedIn(Box::new(renewed), after_factor(&post)))
}

fn after_factor(post: &Post) -> String {
    local_path(&post.text("next")).unwrap_or("/").to_owned()
}

/// Takes a passkey for this session.
pub async fn give_passkey(post: Post) -> Result<Answer, AppError> {
    let answer = passkey(&post);
    let renewed = accounts::finish_asking_passkey(&post.ctx, &post.actor, answer).await?;
    Ok(Answer::SignedIn(Box::new(renewed), after_factor(&post)))
}

/// What the browser's passkey answered; the script puts it into the form.
fn passkey(post: &Post) -> serde_json::Value {
    serde_json::from_str(&post.text("answer")).unwrap_or_default()
}

/// Makes a secret for an app.
pub async fn begin_totp(post: Post) -> Result<Answer, AppError> {
    accounts::begin_totp(&post.ctx, &post.actor).await?;
    Ok(Answer::redirect(with_next(
        "/account/security/app",
        local_path(&post.text("next")),
    )))
}

/// Goes on with the session, and shows recovery codes if there are new ones.
fn go_on(post: &Post, added: AddedFactor) -> Answer {
    let next = post.text("next");
    let next = local_path(&next);
    let session = Box::new(added.session);
    if added.codes.is_empty() {
        let path = next.unwrap_or("/account/security?done=added");
        Answer::SignedIn(session, path.to_owned())
    } else {
        let path = with_next("/account/security/recovery-codes", next);
        Answer::SignedInAndShown(session, path, ShownOnce(added.codes))
    }
}

/// Takes the first code of an app.
pub async fn activate_totp(post: Post) -> Result<Answer, AppError> {
    let added = accounts::activate_totp(&post.ctx, &post.actor, &post.text("code")).await?;
    Ok(go_on(&post, added))
}

pub async fn add_passkey(post: Post) -> Result<Answer, AppError> {
    let (name, answer) = (post.text("name"), passkey(&post));
    let added = accounts::finish_passkey(&post.ctx, &post.actor, &name, answer).await?;
    Ok(go_on(&post, added))
}

pub async fn remove_totp(post: Post) -> Result<Answer, AppError> {
    accounts::remove_totp(&post.ctx, &post.actor).await?;
    Ok(Answer::redirect("/account/security?done=removed"))
}

pub async fn remove_passkey(post: Post) -> Result<Answer, AppError> {
    accounts::remove_passkey(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Answer::redirect("/account/security?done=removed"))
}

pub async fn make_recovery_codes(post: Post) -> Result<Answer, AppError> {
    let codes = accounts::make_recovery_codes(&post.ctx, &post.actor).await?;
    let path = "/account/security/recovery-codes".to_owned();
    Ok(Answer::ShownOnce(path, ShownOnce(codes)))
}

pub async fn save_profile(post: Post) -> Result<Answer, AppError> {
    let form = ProfileForm {
        nickname: post.text("nickname"),
        given_name: post.text("given_name"),
        family_name: post.text("family_name"),
    };
    accounts::save_profile(&post.ctx, &post.actor, &form).await?;
    Ok(Answer::redirect("/account/settings?done=saved"))
}

pub async fn change_password(post: Post) -> Result<Answer, AppError> {
    let renewed = accounts::change_password(
        &post.ctx,
        &post.actor,
        post.text("present_password").into(),
        post.text("password").into(),
        post.text("password_again").into(),
    )
    .await?;
    let path = "/account/settings?done=new-password".to_owned();
    Ok(Answer::SignedIn(Box::new(renewed), path))
}

/// Asks for another address.
pub async fn change_address(post: Post) -> Result<Answer, AppError> {
    accounts::request_email_change(
        &post.ctx,
        &post.actor,
        &post.text("new_email"),
        post.text("change_password").into(),
    )
    .await?;
    Ok(Answer::redirect("/account/settings?done=address-asked"))
}

pub async fn keep_address(post: Post) -> Result<Answer, AppError> {
    accounts::cancel_email_change(&post.ctx, &post.actor).await?;
    Ok(Answer::redirect("/account/settings?done=address-kept"))
}

/// Chooses which emails to get.
pub async fn save_preferences(post: Post) -> Result<Answer, AppError> {
    accounts::save_preferences(&post.ctx, &post.actor, &post.form.all("emails")).await?;
    Ok(Answer::redirect("/account/email?done=saved"))
}

pub async fn create_token(post: Post) -> Result<Answer, AppError> {
    let form = TokenForm {
        name: post.text("name"),
        scopes: post.form.all("scopes"),
        days: post.text("days"),
    };
    let token = accounts::create_token(&post.ctx, &post.actor, &form).await?;
    let shown = ShownOnce(vec![token.expose().to_owned()]);
    Ok(Answer::ShownOnce("/account/tokens".to_owned(), shown))
}

pub async fn revoke_token(post: Post) -> Result<Answer, AppError> {
    accounts::revoke_token(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Answer::redirect("/account/tokens?done=revoked"))
}

/// Answers with a copy of one's data.
pub async fn copy_data(post: Post) -> Result<Answer, AppError> {
    let password = post.text("copy_password").into();
    let pieces = accounts::copy(&post.ctx, &post.actor, password).await?;
    let name = format!("lookit-my-data-{}.json", post.ctx.now().format("%Y-%m-%d"));
    Ok(Answer::File(attachment(&name, pieces)))
}

/// Asks for the end of the account.
pub async fn request_deletion(post: Post) -> Result<Answer, AppError> {
    accounts::request_deletion(&post.ctx, &post.actor, post.text("delete_password").into()).await?;
    Ok(Answer::redirect("/account/leave?done=deletion-asked"))
}

pub async fn cancel_deletion(post: Post) -> Result<Answer, AppError> {
    accounts::cancel_deletion(&post.ctx, &post.actor, &post.client).await?;
    Ok(Answer::redirect("/account/leave?done=kept"))
}

/// What staff do with an account.
pub async fn staff_act(post: Post) -> Result<Answer, AppError> {
    let id = post.id()?;
    // Whoever may not do this at all must not learn what can be done.
    post.actor.researcher()?;
    let act = StaffAction::of(&post.text("act"));
    let Some(act) = act else {
        accounts::inspect(&post.ctx, &post.actor, id).await?;
        return Err(services::Error::field("act", "required", "Please choose what to do.").into());
    };
    accounts::act(&post.ctx, &post.actor, id, act, &post.text("reason")).await?;
    Ok(Answer::redirect(format!("/staff/accounts/{id}?done=done")))
}
