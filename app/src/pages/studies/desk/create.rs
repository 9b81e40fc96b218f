//! A new study.

use domain::studies::StudyKind;
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, kinds};

use crate::error::AppError;
use crate::form::FormState;
use crate::parts::{FieldError, FormFaults, SelectField, TextField, crumbs};
use crate::request::{Request, page};

#[component]
pub fn CreateStudy() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let labs = studies::labs_for_new_studies(&request.ctx, &request.actor).await?;
        if labs.is_empty() {
            return Err(AppError::Denied);
        }
        let mut form = request.form.clone();
        if !form.is_refused() {
            form.form.set("kind", StudyKind::FramePlayer.as_str());
            if let [only] = labs.as_slice() {
                form.form.set("lab", only.id.to_string());
            }
        }
        let labs = labs.into_iter().map(|lab| (lab.id.to_string(), lab.name));
        Ok(view! {
            <Title text="New study" />
            {crumbs(&[("/exp/studies".to_owned(), "Studies")])}
            <h1>"New study"</h1>
            <p class="lead">
                "A name is enough to begin. Everything but the kind can be changed later."
            </p>
            <FormFaults form=form.clone() />
            <form method="post" action="/exp/studies/create" class="narrow">
                <TextField
                    form=form.clone()
                    name="name"
                    label="Name"
                    required=true
                    help="Families will read it."
                />
                <SelectField
                    form=form.clone()
                    name="lab"
                    label="Lab"
                    none="Please choose"
                    options=labs.collect()
                />
                {kinds_field(&form)}
                <div class="form-actions">
                    <button class="button" type="submit">
                        "Create study"
                    </button>
                    <a href="/exp/studies">"Cancel"</a>
                </div>
            </form>
        }
        .into_any())
    })
}

fn kinds_field(form: &FormState) -> AnyView {
    let chosen = form.form.text("kind");
    let offered = kinds::KINDS.iter().filter(|kind| kind.can_be_made());
    let kinds = offered.map(|kind| {
        let value = kind.kind().as_str();
        view! {
            <label class="choice card-choice">
                <input type="radio" name="kind" value=value checked=chosen == value />
                <span>
                    <strong>{kind.kind().label()}</strong>
                    <br />
                    {kind.about()}
                </span>
            </label>
        }
    });
    view! {
        <fieldset class="field choices" id="kind" tabindex="-1">
            <legend>"Kind"</legend>
            {kinds.collect_view()}
            <FieldError name="kind" error=form.error("kind") />
        </fieldset>
    }
    .into_any()
}
