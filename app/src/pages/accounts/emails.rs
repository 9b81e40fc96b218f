//! Which emails an account gets.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use super::tabs::{account_state, account_tabs};
use crate::form::{Form, FormState};
use crate::parts::{ChoiceField, done, pairs};
use crate::request::{Request, page};

const REASONS: &[(&str, &str)] = &[
    (
        "email_new_studies",
        "There is a new study for one of my children.",
    ),
    (
        "email_next_session",
        "It is time for the next part of a study that we began.",
    ),
    (
        "email_study_updates",
        "There is news about a study that we took part in.",
    ),
    (
        "email_response_questions",
        "Researchers have a question about something that we sent.",
    ),
];

#[component]
pub fn Emails() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let settings = accounts::settings(&request.ctx, &request.actor).await?;
        let chosen = [
            ("email_next_session", settings.email_next_session),
            ("email_new_studies", settings.email_new_studies),
            ("email_study_updates", settings.email_study_updates),
            (
                "email_response_questions",
                settings.email_response_questions,
            ),
        ];
        let chosen = chosen.into_iter().filter(|(_, is_on)| *is_on);
        let form = Form::of(chosen.map(|(name, _)| ("emails", name.to_owned())));
        Ok(view! {
            <Title text="Emails" />
            <h1>"Emails"</h1>
            {account_tabs(&request)}
            {done(&request, &[("saved", "Your choice is saved.")])}
            {account_state(&settings)}
            <form method="post" action="/account/email" class="narrow">
                <ChoiceField
                    form=FormState::fresh(form)
                    name="emails"
                    legend="Email me when"
                    is_many=true
                    options=pairs(REASONS)
                />
                <button class="button" type="submit">
                    "Save"
                </button>
                <p class="help">
                    "You always get emails about the account itself, such as a new password."
                </p>
            </form>
        }
        .into_any())
    })
}
