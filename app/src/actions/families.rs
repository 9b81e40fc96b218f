//! Children and the household.

use domain::families::child::ChildForm;
use domain::families::demographics::DemographicsForm;
use services::families;

use super::{Outcome, Post};
use crate::error::AppError;
use crate::form::{Form, local_path};

fn child(form: &Form) -> ChildForm {
    ChildForm {
        given_name: form.text("given_name"),
        birthday: form.text("birthday"),
        gender: form.text("gender"),
        gender_self_describe: form.text("gender_self_describe"),
        gestational_age: form.text("gestational_age"),
        languages: form.all("languages"),
        conditions: form.all("conditions"),
        additional_information: form.text("additional_information"),
    }
}

/// Adds a child.
pub async fn add_child(post: Post) -> Result<Outcome, AppError> {
    families::add_child(&post.ctx, &post.actor, &child(&post.form)).await?;
    let next = post.form.text("next");
    Ok(Outcome::See(
        local_path(&next)
            .unwrap_or("/account/children?done=child-added")
            .to_owned(),
    ))
}

/// Changes a child.
pub async fn update_child(post: Post) -> Result<Outcome, AppError> {
    families::update_child(&post.ctx, &post.actor, post.id()?, &child(&post.form)).await?;
    Ok(Outcome::See(
        "/account/children?done=child-saved".to_owned(),
    ))
}

/// Deletes a child.
pub async fn delete_child(post: Post) -> Result<Outcome, AppError> {
    families::delete_child(&post.ctx, &post.actor, post.id()?).await?;
    Ok(Outcome::See(
        "/account/children?done=child-deleted".to_owned(),
    ))
}

/// Saves the household's answers.
pub async fn save_demographics(post: Post) -> Result<Outcome, AppError> {
    let text = |name: &str| post.form.text(name);
    let form = DemographicsForm {
        country: text("country"),
        state: text("state"),
        density: text("density"),
        us_race_ethnicity_identification: post.form.all("us_race_ethnicity_identification"),
        us_race_ethnicity_identification_describe: text(
            "us_race_ethnicity_identification_describe",
        ),
        number_of_children: text("number_of_children"),
        child_birthdays: text("child_birthdays"),
        number_of_guardians: text("number_of_guardians"),
        guardians_explanation: text("guardians_explanation"),
        age: text("age"),
        gender: text("gender"),
        gender_self_describe: text("gender_self_describe"),
        education_level: text("education_level"),
        annual_income: text("annual_income"),
        lookit_referrer: text("lookit_referrer"),
        additional_comments: text("additional_comments"),
    };
    families::save_demographics(&post.ctx, &post.actor, &form).await?;
    let next = text("next");
    Ok(Outcome::See(
        local_path(&next)
            .unwrap_or("/account/demographics?done=demographics-saved")
            .to_owned(),
    ))
}
