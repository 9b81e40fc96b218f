//! What stands on every page of one's own account.

use leptos::prelude::*;
use services::accounts;

use crate::parts::{Notice, button_form, day, tabs};
use crate::request::Request;

/// Links between the pages of the account.
pub(super) fn account_tabs(request: &Request) -> AnyView {
    let mut links = vec![
        ("Overview", "/account".to_owned()),
        ("Name and password", "/account/settings".to_owned()),
        ("Emails", "/account/email".to_owned()),
        ("Sign-in", "/account/security".to_owned()),
    ];
    if request.actor.researcher().is_ok() {
        links.push(("Tokens", "/account/tokens".to_owned()));
    }
    links.push(("My data", "/account/leave".to_owned()));
    tabs("Account", request.path(), links)
}

/// Told on every page while an account is going to be deleted.
pub(super) fn account_state(settings: &accounts::Settings) -> AnyView {
    let deletion = settings.deletion_due_at.map(|due| {
        view! {
            <Notice kind="warn">
                <p>{format!("Your account will be deleted on {}.", day(due.date_naive()))}</p>
                {button_form("/account/keep", "button small", "Keep my account", "", vec![])}
            </Notice>
        }
    });
    deletion.into_any()
}
