//! Labs and their people, and who works on a study.

use domain::accounts::AccountId;
use domain::labs::{LabDetails, LabId, LabPicture, LabRole};
use domain::permissions::Action;
use domain::studies::{StudyId, StudyRole};
use services::labs;
use services::permissions::ActionTarget;
use services::studies::{people, set_lab_approval};

use super::incomplete;
use crate::error::AppError;
use crate::post::{Answer, Post};

/// Why a file did not come through.
pub async fn refuse_file(post: Post, field: &str, words: &str) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    Err(incomplete(
        &post,
        Action::EditLabMetadata,
        ActionTarget::Lab(id),
        field,
        words,
    )
    .await)
}

pub async fn create_lab(post: Post) -> Result<Answer, AppError> {
    let form: LabDetails = post.form.read()?;
    let id = labs::create(&post.ctx, &post.actor, &form).await?;
    Ok(Answer::redirect(format!("/exp/labs/{id}?done=created")))
}

pub async fn edit_lab(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    let form: LabDetails = post.form.read()?;
    labs::edit(&post.ctx, &post.actor, id, &form).await?;
    Ok(Answer::redirect(format!("/exp/labs/{id}?done=saved")))
}

fn picture(word: &str) -> Option<LabPicture> {
    [LabPicture::Banner, LabPicture::Badge]
        .into_iter()
        .find(|kind| kind.field() == word)
}

pub async fn remove_picture(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    match picture(&post.text("picture")) {
        Some(kind) => labs::remove_picture(&post.ctx, &post.actor, id, kind).await?,
        None => {
            return Err(incomplete(
                &post,
                Action::EditLabMetadata,
                ActionTarget::Lab(id),
                "picture",
                "Please choose a picture.",
            )
            .await);
        }
    }
    Ok(Answer::redirect(format!(
        "/exp/labs/{id}/edit?done=picture-removed"
    )))
}

/// Stores the pictures of a posted form with files: the first that is not empty.
pub async fn store_picture(post: Post, kind: &str, file: Vec<u8>) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    let kind = picture(kind).unwrap_or(LabPicture::Banner);
    labs::set_picture(&post.ctx, &post.actor, id, kind, file).await?;
    Ok(Answer::redirect(format!(
        "/exp/labs/{id}/edit?done=picture-saved"
    )))
}

/// Approves a lab, or withdraws the approval.
pub async fn approve_lab(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    let is_approved = post.text("approved") == "yes";
    set_lab_approval(&post.ctx, &post.actor, id, is_approved).await?;
    Ok(Answer::redirect(format!(
        "/exp/labs/{id}?done={}",
        if is_approved {
            "approved"
        } else {
            "unapproved"
        }
    )))
}

pub async fn join_lab(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    labs::request_join(&post.ctx, &post.actor, id).await?;
    Ok(Answer::redirect(format!("/exp/labs/{id}?done=asked")))
}

/// Withdraws the request to join.
pub async fn withdraw_request(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    labs::withdraw_request(&post.ctx, &post.actor, id).await?;
    Ok(Answer::redirect(format!("/exp/labs/{id}?done=withdrawn")))
}

pub async fn leave_lab(post: Post) -> Result<Answer, AppError> {
    labs::leave(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Answer::redirect("/exp/labs?done=left"))
}

/// Changes a member of a lab: a new role, or out.
pub async fn change_member(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    let account = post.text("account").parse::<AccountId>();
    let act = post.text("act");
    let role = post.text("role").parse::<LabRole>();
    match (act.as_str(), account, role) {
        ("role", Ok(account), Ok(role)) => {
            labs::set_role(&post.ctx, &post.actor, id, account, role).await?;
        }
        ("remove", Ok(account), _) => {
            labs::remove_member(&post.ctx, &post.actor, id, account).await?;
        }
        ("decline", Ok(account), _) => {
            labs::decline_request(&post.ctx, &post.actor, id, account).await?;
        }
        _ => {
            return Err(incomplete(
                &post,
                Action::ManageLabResearchers,
                ActionTarget::Lab(id),
                "role",
                "Please choose a person and a role.",
            )
            .await);
        }
    }
    Ok(Answer::redirect(format!(
        "/exp/labs/{id}/members?done={act}"
    )))
}

pub async fn invite(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    let role = post
        .form
        .text("invite_role")
        .parse()
        .unwrap_or(LabRole::Member);
    labs::invite(&post.ctx, &post.actor, id, &post.text("email"), role).await?;
    Ok(Answer::redirect(format!(
        "/exp/labs/{id}/members?done=invited"
    )))
}

pub async fn revoke_invitation(post: Post) -> Result<Answer, AppError> {
    let id: LabId = post.id()?;
    match post.text("invitation").parse() {
        Ok(invitation) => labs::revoke_invitation(&post.ctx, &post.actor, id, invitation).await?,
        Err(_) => {
            return Err(incomplete(
                &post,
                Action::ManageLabResearchers,
                ActionTarget::Lab(id),
                "invitation",
                "Please choose an invitation.",
            )
            .await);
        }
    }
    Ok(Answer::redirect(format!(
        "/exp/labs/{id}/members?done=revoked"
    )))
}

/// Changes who works on a study.
pub async fn change_study_people(post: Post) -> Result<Answer, AppError> {
    let id: StudyId = post.id()?;
    let act = post.text("act");
    let role = post.text("role").parse::<StudyRole>();
    let who = if act == "add" { "candidate" } else { "account" };
    let account = post.text(who).parse::<AccountId>();
    match (act.as_str(), account) {
        ("role", Ok(account)) if role.is_ok() => {
            people::set_role(
                &post.ctx,
                &post.actor,
                id,
                account,
                role.unwrap_or(StudyRole::Preview),
            )
            .await?;
        }
        ("remove", Ok(account)) => people::remove(&post.ctx, &post.actor, id, account).await?,
        ("add", Ok(account)) => {
            let role = role.unwrap_or(StudyRole::Preview);
            people::add(&post.ctx, &post.actor, id, account, role).await?;
        }
        _ => {
            return Err(incomplete(
                &post,
                Action::ManageStudyResearchers,
                ActionTarget::Study(id),
                "role",
                "Please choose a person and a role.",
            )
            .await);
        }
    }
    Ok(Answer::redirect(format!(
        "/exp/studies/{id}/people?done={act}"
    )))
}
