//! The audit: of one study, and of the whole site.

use domain::studies::StudyId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::audit::{self, AuditLine};
use services::studies;

use crate::pages::accounts::staff::staff_tabs;
use crate::pages::studies::desk::study_crumbs;
use crate::parts::{Column, When, nothing, pager, table};
use crate::request::{Request, page};

/// Entries on a page.
const PAGE: u64 = 50;

const COLUMNS: &[Column] = &[
    Column::Number("No."),
    Column::Text("When"),
    Column::Text("Who"),
    Column::Text("Did what"),
    Column::Text("To whom"),
    Column::Text("Where"),
    Column::Text("More"),
];

/// `has_address` adds the column with the addresses that actions came from.
fn entries(lines: Vec<AuditLine>, has_address: bool) -> AnyView {
    let mut columns = COLUMNS.to_vec();
    if has_address {
        columns.push(Column::Text("From"));
    }
    let rows = lines.into_iter().map(|line| row(line, has_address));
    table("Audit", &columns, rows.collect(), nothing("Nothing yet."))
}

fn row(line: AuditLine, has_address: bool) -> AnyView {
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
    .into_any()
}

/// What was done to one study.
#[component]
pub fn StudyAudit() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let paging = request.paging(PAGE);
        let found = audit::of_study(&request.ctx, &request.actor, id, paging).await?;
        let study = studies::name_for(&request.ctx, &request.actor, id).await?;
        let pages = pager(&request, &found);
        Ok(view! {
            <Title text=format!("Audit of {study}") />
            {study_crumbs(id, &study)}
            <h1>"Audit"</h1>
            <p class="lead">
                "Who did what to whom in this study, and when. "
                "Nothing here can be changed or removed."
            </p>
            {entries(found.entries, false)}
            {pages}
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
        let paging = request.paging(PAGE);
        let found = audit::all(&request.ctx, &request.actor, account, paging).await?;
        let pages = pager(&request, &found);
        let narrowed = account.map(|_| {
            view! {
                <p>
                    "Only what one account did, or what was done to it. "
                    <a href="/staff/audit">"Show all"</a>
                </p>
            }
        });
        Ok(view! {
            <Title text="Audit" />
            <h1>"Audit"</h1>
            {staff_tabs("/staff/audit")}
            {narrowed}
            {entries(found.entries, true)}
            {pages}
        }
        .into_any())
    })
}
