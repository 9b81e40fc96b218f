//! A new lab.

use leptos::prelude::*;
use leptos_meta::Title;

use super::fields::lab_fields;
use crate::parts::{FormFaults, crumbs};
use crate::request::{Request, page};

#[component]
pub fn CreateLab() -> impl IntoView {
    let request = Request::current();
    page(async move {
        request.actor.researcher_in_person()?;
        Ok(view! {
            <Title text="Create a lab" />
            {crumbs(&[("/exp/labs".to_owned(), "Labs")])}
            <section class="narrow">
                <h1>"Create a lab"</h1>
                <p class="lead">
                    "You will be its admin. "
                    "Our staff must approve it before it can submit its first study."
                </p>
                <form method="post" action="/exp/labs/create" novalidate>
                    <FormFaults form=request.form.clone() />
                    {lab_fields(&request.form)}
                    <button class="button" type="submit">
                        "Create lab"
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}
