//! Personal tokens for programs.

use domain::accounts::TokenScope;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts::{self, TokenRow};

use super::tabs::account_tabs;
use crate::form::FormState;
use crate::parts::{
    ChoiceField, Column, FormFaults, Notice, TextField, When, button_form, done, nothing, or_never,
    table,
};
use crate::request::{Request, ShownOnce, page};

const COLUMNS: &[Column] = &[
    Column::Text("Name"),
    Column::Text("May"),
    Column::Text("Created"),
    Column::Text("Works until"),
    Column::Text("Last used"),
    Column::Unseen("Revoke"),
];

#[component]
pub fn Tokens() -> impl IntoView {
    let request = Request::current();
    let shown = use_context::<ShownOnce>();
    page(async move {
        let tokens = accounts::tokens(&request.ctx, &request.actor).await?;
        let mut form = request.form.clone();
        if !form.is_refused() {
            form.form.set("days", "90");
        }
        let new_token = shown.and_then(|ShownOnce(shown)| shown.into_iter().next());
        let rows = tokens.into_iter().map(row).collect();
        Ok(view! {
            <Title text="Tokens" />
            <h1>"Tokens for programs"</h1>
            {account_tabs(&request)}
            {done(&request, &[("revoked", "The token is revoked.")])}
            {new_token.map(show_token)}
            <p class="lead">
                "A token lets a program of yours do some of what you may do: only what you choose \
                 here. Send it as " <code>"Authorization: Bearer \u{2026}"</code> "."
            </p>
            {table("Tokens", COLUMNS, rows, nothing("No tokens yet."))}
            {new_form(&form)}
        }
        .into_any())
    })
}

fn show_token(token: String) -> AnyView {
    view! {
        <Notice kind="good">
            <p>
                <strong>"Here is your token. Copy it now: it will not be shown again."</strong>
            </p>
            <pre class="code" tabindex="0" id="new-token">
                {token}
            </pre>
        </Notice>
    }
    .into_any()
}

fn row(token: TokenRow) -> AnyView {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.words()).collect();
    let revoke = if token.is_working {
        let action = format!("/account/tokens/{}/revoke", token.id);
        let name = token.name.clone();
        button_form(action, "quiet danger-link", "Revoke", name, vec![])
    } else {
        "no longer works".into_any()
    };
    view! {
        <tr>
            <th scope="row">{token.name}</th>
            <td>{scopes.join(", ")}</td>
            <td>
                <When at=token.created_at />
            </td>
            <td>
                <When at=token.expires_at />
            </td>
            <td>{or_never(token.last_used_at)}</td>
            <td>{revoke}</td>
        </tr>
    }
    .into_any()
}

fn new_form(form: &FormState) -> AnyView {
    let scopes = TokenScope::ALL
        .iter()
        .map(|scope| (scope.as_str().to_owned(), scope.words().to_owned()))
        .collect();
    view! {
        <section class="narrow">
            <h2>"Create a token"</h2>
            <form method="post" action="/account/tokens" novalidate>
                <FormFaults form=form.clone() />
                <TextField
                    form=form.clone()
                    name="name"
                    label="Name"
                    required=true
                    help="Where you will use it, such as \u{201c}analysis laptop\u{201d}."
                />
                <ChoiceField
                    form=form.clone()
                    name="scopes"
                    legend="It may"
                    is_many=true
                    options=scopes
                />
                <TextField
                    form=form.clone()
                    name="days"
                    label="Works for how many days?"
                    kind="number"
                    required=true
                />
                <button class="button" type="submit">
                    "Create token"
                </button>
            </form>
        </section>
    }
    .into_any()
}
