//! Adding a child.

use leptos::prelude::*;
use leptos_meta::Title;

use super::child_fields::ChildFields;
use crate::parts::{FormFaults, done, next_field};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[(
    "welcome",
    "Welcome! Your account is ready. Add your first child, and we'll look for studies that fit.",
)];

#[component]
pub fn AddChild() -> impl IntoView {
    let request = Request::current();
    page(async move {
        request.actor.signed_in()?;
        let today = request.ctx.clock.latest_today().to_string();
        let form = request.form.clone();
        Ok(view! {
            <Title text="Add a child" />
            <section class="narrow">
                <h1>"Add a child"</h1>
                {done(&request, DONE)}
                <form method="post" action="/account/children/add" novalidate class="child-form">
                    <FormFaults form=form.clone() />
                    {next_field(&request)}
                    <ChildFields form latest_birthday=Some(today) />
                    <div class="form-actions">
                        <button class="button" type="submit">
                            "Add child"
                        </button>
                        <a href="/account/children">"Cancel"</a>
                    </div>
                </form>
            </section>
        }
        .into_any())
    })
}
