//! Families with a consented response that the researcher may read.

use leptos::prelude::*;
use leptos_meta::Title;
use services::participants::{self, ParticipantRow, ParticipantSort};

use super::name;
use crate::parts::{
    Column, filter_form, nothing, or_never, pager, pairs, search_filter, select_filter, table,
};
use crate::request::{Request, page};

const COLUMNS: &[Column] = &[
    Column::Text("Family"),
    Column::Text("Global ID"),
    Column::Text("Last seen"),
];

const SORTS: &[(&str, &str)] = &[
    ("last-active", "Seen most recently"),
    ("nickname", "Nickname"),
];

#[component]
pub fn Participants() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let search = request.search();
        let sort = match request.text("sort").as_str() {
            "nickname" => ParticipantSort::Nickname,
            _ => ParticipantSort::LastActive,
        };
        let paging = request.paging(25);
        let found = participants::list(&request.ctx, &request.actor, &search, sort, paging).await?;
        let pages = pager(&request, &found);
        let rows = found.entries.into_iter().map(row).collect();
        let filters = vec![
            search_filter("Nickname or global ID", search),
            select_filter(&request, "sort", "Order", pairs(SORTS)),
        ];
        let empty = nothing(
            "No families yet. Families are listed once they have taken part in one of your \
             studies and consented.",
        );
        Ok(view! {
            <Title text="Families" />
            <h1>"Families"</h1>
            <p class="lead">
                "Families that took part, with consent, in a study whose responses you may read."
            </p>
            {filter_form(&request, "Filter families", filters)}
            {table("Families", COLUMNS, rows, empty)}
            {pages}
        }
        .into_any())
    })
}

fn row(row: ParticipantRow) -> AnyView {
    let path = format!("/exp/participants/{}", row.id);
    view! {
        <tr>
            <th scope="row">
                <a href=path>{name(&row.nickname, row.id)}</a>
            </th>
            <td>
                <code>{row.id.to_string()}</code>
            </td>
            <td>{or_never(row.signed_in_at)}</td>
        </tr>
    }
    .into_any()
}
