//! The audit: of one study, and of the whole site.

use domain::studies::StudyId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::audit::{self, AuditLine};
use services::paging::Page;
use services::studies;

use crate::pages::accounts::staff_tabs;
use crate::parts::{When, pager};
use crate::request::{Request, page};

fn table(found: Page<AuditLine>, has_address: bool, pages: AnyView) -> AnyView {
    if found.entries.is_empty() {
        return view! {
            <div class="empty">
                <p>"Nothing yet."</p>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Audit">
            <table class="dense">
                <thead>
                    <tr>
                        <th scope="col" class="number">
                            "No."
                        </th>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"Did what"</th>
                        <th scope="col">"To whom"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col">"More"</th>
                        {has_address.then(|| view! { <th scope="col">"From"</th> })}
                    </tr>
                </thead>
                <tbody>
                    {found
                        .entries
                        .into_iter()
                        .map(|line| {
                            view! {
                                <tr>
                                    <td class="number">{line.number}</td>
                                    <td>
                                        <When at=line.at />
                                    </td>
                                    <td>{line.actor}</td>
                                    <td>{line.action.words()}</td>
                                    <td>{line.account}</td>
                                    <td>{line.place}</td>
                                    <td>{line.detail}</td>
                                    {has_address.then(|| view! { <td>{line.address}</td> })}
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
        {pages}
    }
    .into_any()
}

/// What was done to one study.
#[component]
pub fn StudyAudit() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = audit::of_study(&request.ctx, &request.actor, id, request.paging(50)).await?;
        let study = studies::name_for(&request.ctx, &request.actor, id).await?;
        let pages = pager(&found, |number| {
            format!("/exp/studies/{id}/audit?page={number}")
        });
        Ok(view! {
            <Title text=format!("Audit of {study}") />
            <p class="crumbs">
                <a href="/exp/studies">"Studies"</a>
                " / "
                <a href=format!("/exp/studies/{id}")>{study.clone()}</a>
            </p>
            <h1>"Audit"</h1>
            <p class="lead">
                "Who did what to whom in this study, and when. Nothing here can be changed or removed."
            </p>
            {table(found, false, pages)}
        }
        .into_any())
    })
}

/// What was done on the whole site.
#[component]
pub fn SiteAudit() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let account = request.query("account").and_then(|id| id.parse().ok());
        let found = audit::all(&request.ctx, &request.actor, account, request.paging(50)).await?;
        let kept = request.query("account").unwrap_or_default();
        let pages = pager(&found, move |number| {
            format!(
                "/staff/audit?{}",
                serde_urlencoded::to_string([
                    ("account", kept.as_str()),
                    ("page", &number.to_string())
                ])
                .unwrap_or_default()
            )
        });
        Ok(view! {
            <Title text="Audit" />
            <h1>"Audit"</h1>
            {staff_tabs("/staff/audit")}
            {account
                .map(|_| {
                    view! {
                        <p>
                            "Only what one account did, or what was done to it. "
                            <a href="/staff/audit">"Show all"</a>
                        </p>
                    }
                })}
            {table(found, true, pages)}
        }
        .into_any())
    })
}
