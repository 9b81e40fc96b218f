//! All accounts, to search in.

use leptos::prelude::*;
use leptos_meta::Title;
use services::accounts::{self, AccountRow};

use super::{rights, staff_tabs};
use crate::parts::{Column, When, nothing, or_never, pager, search_form, table};
use crate::request::{Request, page};

const COLUMNS: &[Column] = &[
    Column::Text("Name"),
    Column::Text("Address"),
    Column::Text("Rights"),
    Column::Text("State"),
    Column::Text("Created"),
    Column::Text("Last seen"),
];

#[component]
pub fn StaffAccounts() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let (search, paging) = (request.search(), request.paging(25));
        let found = accounts::search(&request.ctx, &request.actor, &search, paging).await?;
        let pages = pager(&request, &found);
        let rows = found.entries.into_iter().map(row).collect();
        Ok(view! {
            <Title text="Accounts" />
            <h1>"Accounts"</h1>
            {staff_tabs("/staff/accounts")}
            {search_form("/staff/accounts", "Name, address or ID", search, vec![])}
            {table("Accounts", COLUMNS, rows, nothing("No accounts match."))}
            {pages}
        }
        .into_any())
    })
}

fn row(row: AccountRow) -> AnyView {
    let path = format!("/staff/accounts/{}", row.id);
    view! {
        <tr>
            <th scope="row">
                <a href=path>{row.name}</a>
            </th>
            <td>{row.email}</td>
            <td>{rights(row.powers)}</td>
            <td>{row.state}</td>
            <td>
                <When at=row.created_at />
            </td>
            <td>{or_never(row.signed_in_at)}</td>
        </tr>
    }
    .into_any()
}
