//! The question before a child is deleted.

use domain::families::child::ChildId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::families;

use crate::request::{Request, page};

#[component]
pub fn DeleteChild() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: ChildId = request.id("child")?;
        let child = families::find_child(&request.ctx, &request.actor, id).await?;
        let name = child.details.given_name;
        let back = format!("/account/children/{id}");
        let action = format!("{back}/delete");
        let lead = format!(
            "{name} will no longer be on your list, and no new study can be started with {name}."
        );
        let stays = format!(
            "What {name} did in studies so far stays with the researchers, and in your history."
        );
        Ok(view! {
            <Title text=format!("Delete {name}?") />
            <section class="narrow">
                <h1>{format!("Delete {name}?")}</h1>
                <p class="lead">{lead}</p>
                <p>{stays}</p>
                <form method="post" action=action class="form-actions">
                    <button class="button danger" type="submit">
                        {format!("Delete {name}")}
                    </button>
                    <a href=back>"Keep"</a>
                </form>
            </section>
        }
        .into_any())
    })
}
