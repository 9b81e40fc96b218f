//! On the way to a study on another site. The browser goes on by itself, and a link is there for
//! when it does not: a form may not lead to just any site.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};

use crate::error::AppError;
use crate::request::{ShownOnce, page};

#[component]
pub fn LeaveForStudy() -> impl IntoView {
    let shown = use_context::<ShownOnce>();
    page(async move {
        let address = shown
            .and_then(|shown| shown.0.into_iter().next())
            .ok_or(AppError::NotFound)?;
        let host = address
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split(['/', '?', '#']).next())
            .unwrap_or_default()
            .to_owned();
        Ok(view! {
            <Title text="On to the study" />
            <Meta http_equiv="refresh" content=format!("1; url={address}") />
            <div class="card narrow">
                <h1>"On to the study"</h1>
                <p>
                    "This study takes place on another site, " <strong>{host.clone()}</strong>
                    ". We are taking you there now. That site gets one number that stands for \
                     your child and one for this response, but no name."
                </p>
                <p>
                    <a class="button" href=address rel="noreferrer">
                        "Go to "
                        {host}
                    </a>
                </p>
            </div>
        }
        .into_any())
    })
}
