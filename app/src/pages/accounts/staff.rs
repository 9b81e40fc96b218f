//! What staff see of accounts.

use domain::accounts::AccountId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts;

use crate::parts::{ChoiceField, FormFaults, TextField, When, done, pager, search_form, tabs};
use crate::request::{Request, page};

/// Links between the pages of staff.
pub fn staff_tabs(here: &str) -> AnyView {
    tabs(
        "Staff",
        here,
        vec![
            ("Accounts", "/staff/accounts".to_owned()),
            ("Labs to approve", "/exp/labs?set=unapproved".to_owned()),
            ("Audit", "/staff/audit".to_owned()),
        ],
    )
}

fn rights(powers: domain::accounts::Powers) -> String {
    let role = powers.staff_role().map(|role| role.label().to_owned());
    [powers.is_researcher.then(|| "Researcher".to_owned()), role]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// Accounts to search.
#[component]
pub fn StaffAccounts() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let words = request.words();
        let found =
            accounts::search(&request.ctx, &request.actor, &words, request.paging(25)).await?;
        let pages = {
            let words = words.clone();
            pager(&found, move |number| {
                format!(
                    "/staff/accounts?{}",
                    serde_urlencoded::to_string([
                        ("search", words.as_str()),
                        ("page", &number.to_string())
                    ])
                    .unwrap_or_default()
                )
            })
        };
        Ok(view! {
            <Title text="Accounts" />
            <h1>"Accounts"</h1>
            {staff_tabs("/staff/accounts")}
            {search_form("/staff/accounts".to_owned(), "Name, address or id", &words, vec![])}
            <div class="table-wrap" tabindex="0" role="region" aria-label="Accounts">
                <table class="dense">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Address"</th>
                            <th scope="col">"Rights"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Made"</th>
                            <th scope="col">"Last here"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {found
                            .entries
                            .into_iter()
                            .map(|row| {
                                view! {
                                    <tr>
                                        <th scope="row">
                                            <a href=format!("/staff/accounts/{}", row.id)>{row.name}</a>
                                        </th>
                                        <td>{row.email}</td>
                                        <td>{rights(row.powers)}</td>
                                        <td>{row.state}</td>
                                        <td>
                                            <When at=row.created_at />
                                        </td>
                                        <td>
                                            {match row.signed_in_at {
                                                Some(at) => view! { <When at /> }.into_any(),
                                                None => "never".into_any(),
                                            }}
                                        </td>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
            {pages}
        }
        .into_any())
    })
}

/// One account.
#[component]
pub fn StaffAccount() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: AccountId = request.id("account")?;
        let found = accounts::inspect(&request.ctx, &request.actor, id).await?;
        let row = found.row;
        let mut acts = Vec::new();
        acts.push(if row.state == "spam" {
            ("not-spam", "Take the mark \u{201c}spam\u{201d} away")
        } else {
            ("spam", "Mark as spam: no sign-in, no letters")
        });
        acts.push(if row.state == "switched off" {
            ("reactivate", "Switch on again")
        } else {
            ("deactivate", "Switch off")
        });
        if found.has_second_factor {
            acts.push((
                "reset-factors",
                "Remove all second factors, for somebody who lost them",
            ));
        }
        Ok(view! {
            <Title text=row.name.clone() />
            <p class="crumbs">
                <a href="/staff/accounts">"Accounts"</a>
            </p>
            <h1>{row.name.clone()}</h1>
            {done(&request, &[("done", "It is done, and written down.")])}
            <dl class="facts-list">
                <div>
                    <dt>"Address"</dt>
                    <dd>{row.email.clone()}</dd>
                </div>
                <div>
                    <dt>"Rights"</dt>
                    <dd>
                        {match rights(row.powers) {
                            none if none.is_empty() => "Family".to_owned(),
                            rights => rights,
                        }}
                    </dd>
                </div>
                <div>
                    <dt>"State"</dt>
                    <dd>{row.state}</dd>
                </div>
                <div>
                    <dt>"Second factor"</dt>
                    <dd>{if found.has_second_factor { "yes" } else { "none" }}</dd>
                </div>
                <div>
                    <dt>"Children, visits"</dt>
                    <dd>{format!("{}, {}", found.children, found.responses)}</dd>
                </div>
                <div>
                    <dt>"Made"</dt>
                    <dd>
                        <When at=row.created_at />
                    </dd>
                </div>
                <div>
                    <dt>"Labs"</dt>
                    <dd>
                        {found
                            .labs
                            .into_iter()
                            .map(|(lab, name, role)| {
                                view! {
                                    <span>
                                        <a href=format!("/exp/labs/{lab}")>{name}</a>
                                        {format!(" ({}) ", role.label())}
                                    </span>
                                }
                            })
                            .collect_view()}
                    </dd>
                </div>
                <div>
                    <dt>"Notes"</dt>
                    <dd class="pre-line">{found.comments}</dd>
                </div>
            </dl>
            <p>
                <a href=format!(
                    "/staff/audit?account={id}",
                )>"What was done by and to this account"</a>
            </p>
            <section class="narrow">
                <h2>"Do something"</h2>
                <form method="post" action=format!("/staff/accounts/{id}") novalidate>
                    <FormFaults form=request.form.clone() />
                    <ChoiceField
                        form=request.form.clone()
                        name="act"
                        legend="What"
                        options=acts
                            .into_iter()
                            .map(|(value, label)| (value.to_owned(), label.to_owned()))
                            .collect()
                    />
                    <TextField
                        form=request.form.clone()
                        name="reason"
                        label="Why"
                        required=true
                        help="It is kept with the account."
                    />
                    <button class="button" type="submit">
                        "Do it"
                    </button>
                </form>
            </section>
        }
        .into_any())
    })
}
