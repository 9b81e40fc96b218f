//! One account.

use domain::accounts::AccountId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts::{self, AccountPage};

use super::rights;
use crate::form::FormState;
use crate::parts::{
    ChoiceField, FormFaults, TextField, When, crumbs, done, fact, long_fact, pairs,
};
use crate::request::{Request, page};
use crate::words::count;

#[component]
pub fn StaffAccount() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: AccountId = request.id("account")?;
        let found = accounts::inspect(&request.ctx, &request.actor, id).await?;
        let name = found.row.name.clone();
        let audit = format!("/staff/audit?account={id}");
        let actions = actions(&found);
        Ok(view! {
            <Title text=name.clone() />
            {crumbs(&[("/staff/accounts".to_owned(), "Accounts")])}
            <h1>{name}</h1>
            {done(&request, &[("done", "Done. It is recorded in the audit.")])}
            {facts(found)}
            <p>
                <a href=audit>"What this account did, and what was done to it"</a>
            </p>
            {action_form(id, &request.form, &actions)}
        }
        .into_any())
    })
}

fn facts(found: AccountPage) -> AnyView {
    let row = found.row;
    let rights = match rights(row.powers) {
        none if none.is_empty() => "Family".to_owned(),
        rights => rights,
    };
    let took_part = format!(
        "{}, {}",
        count(found.children, "child", "children"),
        count(found.responses, "response", "responses"),
    );
    let labs = found.labs.into_iter().map(|(lab, name, role)| {
        let path = format!("/exp/labs/{lab}");
        view! {
            <span>
                <a href=path>{name}</a>
                {format!(" ({}) ", role.label())}
            </span>
        }
    });
    view! {
        <dl class="facts-list">
            {fact("Address", row.email)} {fact("Rights", rights)} {fact("State", row.state)}
            {fact("Second factor", if found.has_second_factor { "yes" } else { "none" })}
            {fact("Taking part", took_part)} {fact("Created", view! { <When at=row.created_at /> })}
            {fact("Labs", labs.collect_view())} {long_fact("Notes", found.comments)}
        </dl>
    }
    .into_any()
}

/// What can be done with an account in this state.
fn actions(found: &AccountPage) -> Vec<(&'static str, &'static str)> {
    let mut actions = vec![
        if found.row.state == "spam" {
            ("not-spam", "Remove the mark \u{201c}spam\u{201d}")
        } else {
            ("spam", "Mark as spam: no sign-in, no emails")
        },
        if found.row.state == "switched off" {
            ("reactivate", "Switch on again")
        } else {
            ("deactivate", "Switch off")
        },
    ];
    if found.has_second_factor {
        actions.push((
            "reset-factors",
            "Remove all second factors, for somebody who lost them",
        ));
    }
    actions
}

fn action_form(
    id: AccountId,
    form: &FormState,
    actions: &[(&'static str, &'static str)],
) -> AnyView {
    view! {
        <section class="narrow">
            <h2>"Take action"</h2>
            <form method="post" action=format!("/staff/accounts/{id}") novalidate>
                <FormFaults form=form.clone() />
                <ChoiceField
                    form=form.clone()
                    name="act"
                    legend="What should happen?"
                    options=pairs(actions)
                />
                <TextField
                    form=form.clone()
                    name="reason"
                    label="Why"
                    required=true
                    help="It is kept with the account."
                />
                <button class="button" type="submit">
                    "Confirm"
                </button>
            </form>
        </section>
    }
    .into_any()
}
