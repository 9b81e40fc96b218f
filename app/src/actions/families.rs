//! Children and the household.

use domain::families::child::ChildForm;
use domain::families::demographics::DemographicsForm;
use services::families;

use crate::error::AppError;
use crate::paths::local_path;
use crate::post::{Answer, Post};

/// Where a form leads to: on to what the family came for, or back to its list.
fn go_on(post: &Post, otherwise: &str) -> Answer {
    Answer::redirect(local_path(&post.text("next")).unwrap_or(otherwise))
}

pub async fn add_child(post: Post) -> Result<Answer, AppError> {
    let child: ChildForm = post.form.read()?;
    families::add_child(&post.ctx, &post.actor, &child).await?;
    Ok(go_on(&post, "/account/children?done=child-added"))
}

pub async fn update_child(post: Post) -> Result<Answer, AppError> {
    let child: ChildForm = post.form.read()?;
    families::update_child(&post.ctx, &post.actor, post.id()?, &child).await?;
    Ok(Answer::redirect("/account/children?done=child-saved"))
}

pub async fn delete_child(post: Post) -> Result<Answer, AppError> {
    families::delete_child(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Answer::redirect("/account/children?done=child-deleted"))
}

pub async fn save_demographics(post: Post) -> Result<Answer, AppError> {
    let form: DemographicsForm = post.form.read()?;
    families::save_demographics(&post.ctx, &post.actor, &form).await?;
    Ok(go_on(
        &post,
        "/account/demographics?done=demographics-saved",
    ))
}
