//! Labs and their people, and who works on a study.

use domain::accounts::AccountId;
use domain::labs::{LabForm, LabId, LabPicture, LabRole};
use domain::permissions::Action;
use domain::studies::{StudyId, StudyRole};
use services::permissions::{Target, allowed};
use services::{Error, labs, studies::people};

use super::{Outcome, Post};
use crate::error::AppError;

/// Why a form that names nothing is refused: whoever may not do this at all is told that first.
async fn incomplete(
    post: &Post,
    action: Action,
    target: Target,
    field: &str,
    words: &str,
) -> AppError {
    match allowed(&post.ctx.db, &post.actor, action, target).await {
        Ok(_) => Error::field(field, "required", words).into(),
        Err(error) => error.into(),
    }
}

/// Why a file did not come through.
pub async fn refuse_file(post: Post, field: &str, words: &str) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    Err(incomplete(
        &post,
        Action::EditLabMetadata,
        Target::Lab(id),
        field,
        words,
    )
    .await)
}

fn lab_form(post: &Post) -> LabForm {
    let text = |name: &str| post.form.text(name);
    LabForm {
        name: text("name"),
        slug: text("slug"),
        institution: text("institution"),
        principal_investigator_name: text("principal_investigator_name"),
        contact_email: text("contact_email"),
        contact_phone: text("contact_phone"),
        website: text("website"),
        description: text("description"),
        irb_contact_info: text("irb_contact_info"),
    }
}

/// Makes a lab.
pub async fn create_lab(post: Post) -> Result<Outcome, AppError> {
    let id = labs::create(&post.ctx, &post.actor, &lab_form(&post)).await?;
    Ok(Outcome::see(format!("/exp/labs/{id}?done=created")))
}

/// Changes a lab.
pub async fn edit_lab(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    labs::edit(&post.ctx, &post.actor, id, &lab_form(&post)).await?;
    Ok(Outcome::see(format!("/exp/labs/{id}?done=saved")))
}

fn picture(word: &str) -> Option<LabPicture> {
    [LabPicture::Banner, LabPicture::Badge]
        .into_iter()
        .find(|kind| kind.field() == word)
}

/// Removes a picture.
pub async fn remove_picture(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    match picture(&post.form.text("picture")) {
        Some(kind) => labs::remove_picture(&post.ctx, &post.actor, id, kind).await?,
        None => {
            return Err(incomplete(
                &post,
                Action::EditLabMetadata,
                Target::Lab(id),
                "picture",
                "Please say which picture.",
            )
            .await);
        }
    }
    Ok(Outcome::see(format!(
        "/exp/labs/{id}/edit?done=picture-removed"
    )))
}

/// Stores the pictures of a posted form with files: the first that is not empty.
pub async fn store_picture(post: Post, kind: &str, file: Vec<u8>) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    let kind = picture(kind).unwrap_or(LabPicture::Banner);
    labs::set_picture(&post.ctx, &post.actor, id, kind, file).await?;
    Ok(Outcome::see(format!(
        "/exp/labs/{id}/edit?done=picture-saved"
    )))
}

/// Approves a lab, or takes it back.
pub async fn approve_lab(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    let is_approved = post.form.text("approved") == "yes";
    labs::set_approval(&post.ctx, &post.actor, id, is_approved).await?;
    Ok(Outcome::see(format!(
        "/exp/labs/{id}?done={}",
        if is_approved {
            "approved"
        } else {
            "unapproved"
        }
    )))
}

/// Asks to join.
pub async fn join_lab(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    labs::request_join(&post.ctx, &post.actor, id).await?;
    Ok(Outcome::see(format!("/exp/labs/{id}?done=asked")))
}

/// Takes that back.
pub async fn withdraw_request(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    labs::withdraw_request(&post.ctx, &post.actor, id).await?;
    Ok(Outcome::see(format!("/exp/labs/{id}?done=withdrawn")))
}

/// Leaves a lab.
pub async fn leave_lab(post: Post) -> Result<Outcome, AppError> {
    labs::leave(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Outcome::see("/exp/labs?done=left"))
}

/// Changes a member of a lab: a new role, or out.
pub async fn change_member(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    let account = post.form.text("account").parse::<AccountId>();
    let act = post.form.text("act");
    let role = post.form.text("role").parse::<LabRole>();
    match (act.as_str(), account, role) {
        ("role", Ok(account), Ok(role)) => {
            labs::set_role(&post.ctx, &post.actor, id, account, role).await?
        }
        ("remove", Ok(account), _) => {
            labs::remove_member(&post.ctx, &post.actor, id, account).await?
        }
        ("decline", Ok(account), _) => {
            labs::decline_request(&post.ctx, &post.actor, id, account).await?
        }
        _ => {
            return Err(incomplete(
                &post,
                Action::ManageLabResearchers,
                Target::Lab(id),
                "role",
                "Please choose a person and a role.",
            )
            .await);
        }
    }
    Ok(Outcome::see(format!("/exp/labs/{id}/members?done={act}")))
}

/// Invites somebody.
pub async fn invite(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    let role = post
        .form
        .text("invite_role")
        .parse()
        .unwrap_or(LabRole::Member);
    labs::invite(&post.ctx, &post.actor, id, &post.form.text("email"), role).await?;
    Ok(Outcome::see(format!("/exp/labs/{id}/members?done=invited")))
}

/// Takes an invitation back.
pub async fn revoke_invitation(post: Post) -> Result<Outcome, AppError> {
    let id: LabId = post.id()?;
    match post.form.text("invitation").parse() {
        Ok(invitation) => labs::revoke_invitation(&post.ctx, &post.actor, id, invitation).await?,
        Err(_) => {
            return Err(incomplete(
                &post,
                Action::ManageLabResearchers,
                Target::Lab(id),
                "invitation",
                "Please say which invitation.",
            )
            .await);
        }
    }
    Ok(Outcome::see(format!("/exp/labs/{id}/members?done=revoked")))
}

/// Changes who works on a study.
pub async fn change_study_people(post: Post) -> Result<Outcome, AppError> {
    let id: StudyId = post.id()?;
    let act = post.form.text("act");
    let role = post.form.text("role").parse::<StudyRole>();
    let account = post.form.text("account").parse::<AccountId>();
    match (act.as_str(), account) {
        ("role", Ok(account)) if role.is_ok() => {
            people::set_role(
                &post.ctx,
                &post.actor,
                id,
                account,
                role.unwrap_or(StudyRole::Preview),
            )
            .await?
        }
        ("remove", Ok(account)) => people::remove(&post.ctx, &post.actor, id, account).await?,
        ("add", _) => {
            let chosen = post.form.text("candidate");
            let email = if chosen.is_empty() {
                post.form.text("email")
            } else {
                chosen
            };
            people::add_by_email(
                &post.ctx,
                &post.actor,
                id,
                &email,
                role.unwrap_or(StudyRole::Preview),
            )
            .await?;
        }
        _ => {
            return Err(incomplete(
                &post,
                Action::ManageStudyResearchers,
                Target::Study(id),
                "role",
                "Please choose a person and a role.",
            )
            .await);
        }
    }
    Ok(Outcome::see(format!("/exp/studies/{id}/people?done={act}")))
}
