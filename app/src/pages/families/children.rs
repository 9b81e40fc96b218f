//! The family's children.

use chrono::NaiveDate;
use domain::families::child::{Child, ChildId, age_in_words};
use leptos::prelude::*;
use leptos_meta::Title;
use services::families;

use crate::parts::{day, done, nothing};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
    ("child-added", "Your child is added."),
    ("child-saved", "Your changes are saved."),
    ("child-deleted", "The child is no longer on your list."),
];

#[component]
pub fn Children() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let children = families::children(&request.ctx, &request.actor).await?;
        let today = request.ctx.clock.today();
        let add = if children.is_empty() {
            "Add your first child"
        } else {
            "Add a child"
        };
        Ok(view! {
            <Title text="My children" />
            {done(&request, DONE)}
            <div class="page-head">
                <h1>"My children"</h1>
                <a class="button" href="/account/children/add">
                    {add}
                </a>
            </div>
            {list(children, today)}
        }
        .into_any())
    })
}

fn list(children: Vec<Child>, today: NaiveDate) -> AnyView {
    if children.is_empty() {
        return nothing("No children yet. With a birthday we can show you which studies fit.");
    }
    let children = children.into_iter().map(|child| card(child, today));
    view! {
        <ul class="child-list">{children.collect_view()}</ul>
        <p>
            <a class="button plain" href="/studies">
                "See all studies"
            </a>
        </p>
    }
    .into_any()
}

fn card(child: Child, today: NaiveDate) -> AnyView {
    let id = child.id;
    let (name, birthday) = (child.details.given_name, child.details.birthday);
    let initial = name.chars().next();
    let initial = initial.map(|c| c.to_uppercase().to_string());
    view! {
        <li class="card child">
            <span class="avatar" data-hue=hue(&id) aria-hidden="true">
                {initial.unwrap_or_default()}
            </span>
            <div>
                <h2>{name.clone()}</h2>
                <p class="quiet-text">{age_in_words(birthday, today)}", born " {day(birthday)}</p>
            </div>
            <div class="row-actions">
                <a href=format!(
                    "/studies?child={id}",
                )>"Find studies" <span class="visually-hidden">{format!(" for {name}")}</span></a>
                <a href=format!(
                    "/account/children/{id}",
                )>
                    "Change"
                    <span class="visually-hidden">{format!(" what you told us about {name}")}</span>
                </a>
            </div>
        </li>
    }
    .into_any()
}

/// One of six colours, always the same for a child.
fn hue(id: &ChildId) -> String {
    id.0.as_bytes()
        .last()
        .map(|byte| byte % 6)
        .unwrap_or_default()
        .to_string()
}
