//! Changes to a lab: what it tells about itself, and its pictures.

use domain::labs::{LabDetails, LabId, LabPicture};
use domain::permissions::Action;
use leptos::prelude::*;
use leptos_meta::Title;
use services::labs::{self, LabPage};

use super::fields::lab_fields;
use super::{lab_crumbs, picture_path};
use crate::error::AppError;
use crate::form::{Form, FormState};
use crate::parts::{FileField, FormFaults, button_form, done};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
    ("picture-saved", "The picture is saved."),
    ("picture-removed", "The picture is removed."),
];

#[component]
pub fn EditLab() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: LabId = request.id("lab")?;
        let lab = labs::find(&request.ctx, &request.actor, id).await?;
        if !lab.roles.grants(Action::EditLabMetadata) {
            return Err(AppError::Denied);
        }
        let action = format!("/exp/labs/{id}/edit");
        let form = request.form.of(&action, stored(&lab));
        let name = lab.details.name.as_str();
        Ok(view! {
            <Title text=format!("Edit {name}") />
            {lab_crumbs(id, name)}
            <section class="narrow">
                <h1>"Edit the lab"</h1>
                {done(&request, DONE)}
                <FormFaults form=request.form.clone() />
                <form method="post" action=action novalidate>
                    {lab_fields(&form)}
                    <div class="form-actions">
                        <button class="button" type="submit">
                            "Save"
                        </button>
                        <a href=format!("/exp/labs/{id}")>"Cancel"</a>
                    </div>
                </form>
                <h2>"Pictures"</h2>
                {picture(id, LabPicture::Banner, &lab.banner, &request.form)}
                {picture(id, LabPicture::Badge, &lab.badge, &request.form)}
            </section>
        }
        .into_any())
    })
}

fn stored(lab: &LabPage) -> Form {
    let details = lab.details.clone();
    Form::fill(&LabDetails {
        name: details.name,
        slug: details.slug,
        institution: details.institution,
        principal_investigator_name: details.principal_investigator_name,
        contact_email: details.contact_email,
        contact_phone: details.contact_phone,
        website: details.website,
        description: details.description,
        irb_contact_info: details.irb_contact_info,
    })
}

/// One of the lab's pictures, with forms to replace and remove it.
fn picture(id: LabId, picture: LabPicture, stored: &str, form: &FormState) -> AnyView {
    let (title, help, width) = match picture {
        LabPicture::Banner => (
            "Banner",
            "At least twice as wide as high. PNG, JPEG or WebP, at most 4 MB.",
            "320",
        ),
        LabPicture::Badge => (
            "Badge",
            "Exactly square. PNG, JPEG or WebP, at most 4 MB.",
            "120",
        ),
    };
    let field = picture.field();
    let now = (!stored.is_empty()).then(|| current_picture(id, field, stored, width));
    view! {
        <div class="card">
            <h3>{title}</h3>
            {now}
            <FileField
                form=form.clone()
                name=field
                action=format!("/exp/labs/{id}/pictures/{field}")
                label=format!("Choose a {field}")
                help=help
                accept="image/png,image/jpeg,image/webp"
                button="Upload"
            />
        </div>
    }
    .into_any()
}

fn current_picture(id: LabId, field: &'static str, stored: &str, width: &'static str) -> AnyView {
    view! {
        <img
            class="lab-picture"
            src=picture_path(stored)
            alt=format!("The current {field}")
            width=width
            height="120"
        />
        {button_form(
            format!("/exp/labs/{id}/pictures/remove"),
            "quiet danger-link",
            "Remove",
            field,
            vec![("picture", field.to_owned())],
        )}
    }
    .into_any()
}
