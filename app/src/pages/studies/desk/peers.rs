//! Researchers of other labs who were asked to look at a study.

use domain::accounts::AccountId;
use domain::studies::StudyId;
use leptos::prelude::*;
use services::studies::ReviewPage;

use crate::parts::button_form;

pub(super) fn peers(id: StudyId, found: &ReviewPage) -> AnyView {
    let may_ask = found.may_ask;
    if !may_ask && found.peers.is_empty() {
        return ().into_any();
    }
    let action = format!("/exp/studies/{id}/peers");
    let peers = found.peers.iter();
    let peers = peers.map(|(account, name)| peer(&action, *account, name, may_ask));
    view! {
        <section>
            <h2>"Peer reviewers"</h2>
            <p class="quiet-text">
                "Researchers of other labs who were asked for their opinion. "
                "They can read the study, try it out and comment on it."
            </p>
            <ul>{peers.collect_view()}</ul>
            {may_ask.then(|| ask(action.clone()))}
        </section>
    }
    .into_any()
}

fn peer(action: &str, account: AccountId, name: &str, may_remove: bool) -> AnyView {
    let name = name.to_owned();
    let remove = may_remove.then(|| {
        let values = vec![("account", account.to_string())];
        button_form(action, "button plain small", "Remove", name.clone(), values)
    });
    view! { <li>{name} {remove}</li> }.into_any()
}

fn ask(action: String) -> AnyView {
    view! {
        <form method="post" action=action>
            <div class="field">
                <label for="email">"Email address of a researcher"</label>
                <input id="email" name="email" type="email" />
            </div>
            <button class="button plain small" type="submit">
                "Ask"
            </button>
        </form>
    }
    .into_any()
}
