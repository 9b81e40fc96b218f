//! Changing what was told about a child.

use domain::families::child::{Child, ChildForm, ChildId, age_in_words};
use leptos::prelude::*;
use leptos_meta::Title;
use services::families;

use super::child_fields::ChildFields;
use crate::form::Form;
use crate::parts::FormFaults;
use crate::request::{Request, page};

#[component]
pub fn EditChild() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: ChildId = request.id("child")?;
        let Child { details, .. } = families::find_child(&request.ctx, &request.actor, id).await?;
        let action = format!("/account/children/{id}");
        let stored = Form::fill(&ChildForm::of(&details));
        let mut form = request.form.of(&action, stored);
        form.form.set("birthday", details.birthday.to_string());
        let today = request.ctx.clock.today();
        let name = details.given_name;
        Ok(view! {
            <Title text=format!("Change {name}") />
            <section class="narrow">
                <h1>{name.clone()}</h1>
                <p class="lead">{age_in_words(details.birthday, today)}</p>
                <form method="post" action=action novalidate class="child-form">
                    <FormFaults form=form.clone() />
                    <ChildFields form latest_birthday=None />
                    <div class="form-actions">
                        <button class="button" type="submit">
                            "Save changes"
                        </button>
                        <a href="/account/children">"Cancel"</a>
                    </div>
                </form>
                <p class="danger-zone">
                    <a class="danger-link" href=format!("/account/children/{id}/delete")>
                        {format!("Delete {name}")}
                    </a>
                </p>
            </section>
        }
        .into_any())
    })
}
