//! The start page of one's own account.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use super::tabs::{account_state, account_tabs};
use crate::parts::fact;
use crate::request::{Request, page};

#[component]
pub fn Account() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let is_researcher = request
            .actor
            .person()
            .is_some_and(|person| person.powers.is_researcher);
        let state = account_state(&settings);
        let name = if settings.nickname.is_empty() {
            "not given".to_owned()
        } else {
            settings.nickname
        };
        Ok(view! {
            <Title text="My account" />
            <h1>"My account"</h1>
            {account_tabs(&request)}
            {state}
            <dl class="facts-list">{fact("Email address", settings.email)} {fact("Name", name)}</dl>
            <ul class="door-list">
                {link(
                    "/account/children",
                    "My children",
                    "Add a child, or change what you told us about one.",
                )}
                {link(
                    "/account/demographics",
                    "About our family",
                    "Answers that help researchers describe who takes part.",
                )} {link("/studies/history", "Past studies", "What your family has taken part in.")}
                {is_researcher
                    .then(|| {
                        link(
                            "/exp/labs",
                            "My labs",
                            "The labs that you belong to, and the sandbox.",
                        )
                    })}
            </ul>
        }
        .into_any())
    })
}

fn link(path: &'static str, name: &'static str, words: &'static str) -> AnyView {
    view! {
        <li>
            <a href=path>
                <strong>{name}</strong>
                <span>{words}</span>
            </a>
        </li>
    }
    .into_any()
}
