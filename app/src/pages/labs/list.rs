//! Labs: one's own, all, or those that wait for approval.

use domain::permissions::Action;
use leptos::prelude::*;
use leptos_meta::Title;
use services::labs::{self, LabFilter, LabRow};

use crate::parts::{Column, button_form, done, pager, search_form, table, tabs};
use crate::paths::with_query;
use crate::request::{Request, page};

const COLUMNS: &[Column] = &[
    Column::Text("Lab"),
    Column::Text("Institution"),
    Column::Text("Investigator"),
    Column::Text("Approved"),
    Column::Text("You"),
];

#[component]
pub fn Labs() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let (set, search) = (request.text("set"), request.search());
        let wanted = match set.as_str() {
            "all" => LabFilter::All,
            "unapproved" => LabFilter::Unapproved,
            _ => LabFilter::Mine,
        };
        let paging = request.paging(20);
        let found = labs::list(&request.ctx, &request.actor, wanted, &search, paging).await?;
        let pages = pager(&request, &found);
        let rows = found.entries.into_iter().map(row).collect();
        Ok(view! {
            <Title text="Labs" />
            <div class="page-head">
                <h1>"Labs"</h1>
                <a class="button plain" href="/exp/labs/create">
                    "Create a lab"
                </a>
            </div>
            {done(&request, &[("left", "You have left the lab and its studies.")])}
            {sets(&request, &set)}
            {search_form(
                "/exp/labs",
                "Name, investigator or institution",
                search,
                vec![("set", set)],
            )}
            {table("Labs", COLUMNS, rows, empty())}
            {pages}
        }
        .into_any())
    })
}

fn sets(request: &Request, set: &str) -> AnyView {
    let may_approve = request
        .actor
        .person()
        .and_then(|person| person.powers.staff_role())
        .is_some_and(|role| role.grants(Action::EditLabApproval));
    let path = |set| with_query("/exp/labs", &[("set", set)]);
    let mut links = vec![("My labs", path("")), ("All labs", path("all"))];
    if may_approve {
        links.push(("Waiting for approval", path("unapproved")));
    }
    tabs("Labs", &path(set), links)
}

fn empty() -> AnyView {
    view! {
        <div class="empty">
            <p>"No labs here."</p>
            <p>
                <a href="/exp/labs?set=all">"Look through all labs"</a>
                " and ask to join one, or "
                <a href="/exp/labs/create">"create your own"</a>
                "."
            </p>
        </div>
    }
    .into_any()
}

fn row(row: LabRow) -> AnyView {
    let path = format!("/exp/labs/{}", row.id);
    let role = match (row.role, row.has_asked) {
        (Some(role), _) => role.label().into_any(),
        (None, true) => "asked to join".into_any(),
        (None, false) => {
            let name = row.name.clone();
            button_form(format!("{path}/join"), "quiet", "Ask to join", name, vec![])
        }
    };
    view! {
        <tr>
            <th scope="row">
                <a href=path>{row.name}</a>
            </th>
            <td>{row.institution}</td>
            <td>{row.investigator}</td>
            <td>{if row.is_approved { "yes" } else { "not yet" }}</td>
            <td>{role}</td>
        </tr>
    }
    .into_any()
}
