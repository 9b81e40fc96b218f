//! Studies as their researchers see them.

use domain::studies::StudyState;
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, LabStudy, StudySort, StudyTab, StudyTabs, WantedStudies};

use crate::parts::{
    Column, When, done, filter_form, kept_value, pager, search_filter, select_filter, table,
};
use crate::paths::with_query;
use crate::request::{Request, page};

/// Studies on a page.
const PAGE: u64 = 20;

const COLUMNS: &[Column] = &[
    Column::Text("Study"),
    Column::Text("State"),
    Column::Text("Since"),
    Column::Number("Responses"),
    Column::Number("Complete"),
    Column::Number("Consented"),
    Column::Text("Kind"),
    Column::Text("Lab"),
    Column::Text("Created by"),
    Column::Text("Edited"),
];

/// Words of the address, labels, and what they mean.
const TABS: &[(&str, &str, StudyTab)] = &[
    ("", "All", StudyTab::All),
    ("mine", "My studies", StudyTab::Mine),
    ("active", "Collecting", StudyTab::In(&[StudyState::Active])),
    ("paused", "Paused", StudyTab::In(&[StudyState::Paused])),
    ("drafts", "Drafts", StudyTab::In(&[StudyState::Created])),
    (
        "submitted",
        "In review",
        StudyTab::In(&[StudyState::Submitted]),
    ),
    (
        "changes",
        "Changes requested",
        StudyTab::In(&[StudyState::Rejected, StudyState::Retracted]),
    ),
    (
        "approved",
        "Approved",
        StudyTab::In(&[StudyState::Approved]),
    ),
    (
        "finished",
        "Finished",
        StudyTab::In(&[StudyState::Deactivated]),
    ),
];

/// The same for the order.
const SORTS: &[(&str, &str, StudySort)] = &[
    ("state", "State changed most recently", StudySort::State),
    ("edited", "Edited most recently", StudySort::Edited),
    ("name", "Name", StudySort::Name),
    ("responses", "Most responses", StudySort::Responses),
];

fn wanted(request: &Request) -> WantedStudies {
    let (tab, sort) = (request.text("tab"), request.text("sort"));
    WantedStudies {
        tab: TABS
            .iter()
            .find(|(word, _, _)| *word == tab)
            .map_or(StudyTab::All, |(_, _, tab)| *tab),
        search: request.search(),
        sort: SORTS
            .iter()
            .find(|(word, _, _)| *word == sort)
            .map_or(StudySort::State, |(_, _, sort)| *sort),
    }
}

/// Studies of the researcher's labs, and those that the researcher works on or reviews.
#[component]
pub fn Studies() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let (wanted, paging) = (wanted(&request), request.paging(PAGE));
        let (tabs, found) =
            studies::list_of_labs(&request.ctx, &request.actor, &wanted, paging).await?;
        let labs = studies::labs_for_new_studies(&request.ctx, &request.actor).await?;
        let may_create = !labs.is_empty();
        let is_narrowed = !wanted.search.is_empty() || request.query("tab").is_some();
        let pages = pager(&request, &found);
        let rows = found.entries.into_iter().map(row).collect();
        let empty = empty(is_narrowed, may_create);
        Ok(view! {
            <Title text="Studies" />
            {done(&request, &[("archived", "The study is archived.")])}
            {head(&request, may_create)}
            {tabs_view(&request, &tabs)}
            {filters(&request, wanted.search)}
            {table("Studies", COLUMNS, rows, empty)}
            {pages}
        }
        .into_any())
    })
}

fn head(request: &Request, may_create: bool) -> AnyView {
    let is_staff = request
        .actor
        .person()
        .is_some_and(|person| person.powers.staff_role().is_some());
    let queue = is_staff.then(|| {
        view! {
            <a class="button plain" href="/staff/studies">
                "Review queue"
            </a>
        }
    });
    let create = may_create.then(|| {
        view! {
            <a class="button" href="/exp/studies/create">
                "New study"
            </a>
        }
    });
    view! {
        <div class="page-head">
            <h1>"Studies"</h1>
            <div class="row-actions">{queue} {create}</div>
        </div>
    }
    .into_any()
}

fn count(tabs: &StudyTabs, tab: StudyTab) -> u64 {
    match tab {
        StudyTab::All => tabs.all(),
        StudyTab::Mine => tabs.mine,
        StudyTab::In(states) => tabs.in_states(states),
    }
}

/// A tab for each group of states that has studies in it.
fn tabs_view(request: &Request, tabs: &StudyTabs) -> AnyView {
    let chosen = request.text("tab");
    let links = TABS.iter().filter_map(|(word, label, tab)| {
        let (count, is_chosen) = (count(tabs, *tab), *word == chosen);
        let stays = matches!(tab, StudyTab::All | StudyTab::Mine) || is_chosen;
        (count > 0 || stays).then(|| {
            let path = with_query("/exp/studies", &[("tab", word)]);
            view! {
                <a href=path aria-current=is_chosen.then_some("page")>
                    {*label}
                    " "
                    <span class="count">{count}</span>
                </a>
            }
        })
    });
    view! {
        <nav class="tabs counted" aria-label="State">
            {links.collect_view()}
        </nav>
    }
    .into_any()
}

fn filters(request: &Request, search: String) -> AnyView {
    let sorts = SORTS
        .iter()
        .map(|(word, label, _)| ((*word).to_owned(), (*label).to_owned()));
    let fields = vec![
        kept_value("tab", request.text("tab")),
        search_filter("Name or description", search),
        select_filter(request, "sort", "Order", sorts.collect()),
    ];
    filter_form(request, "Filter studies", fields)
}

fn empty(is_narrowed: bool, may_create: bool) -> AnyView {
    let words = if is_narrowed {
        "No studies match."
    } else {
        "No studies yet. Once you belong to a lab or work on a study, it is listed here."
    };
    let (path, label) = if may_create {
        ("/exp/studies/create", "Create a study")
    } else {
        ("/exp/labs", "Go to the labs")
    };
    view! {
        <div class="empty">
            <p>{words}</p>
            <p>
                <a href=path>{label}</a>
            </p>
        </div>
    }
    .into_any()
}

fn row(row: LabStudy) -> AnyView {
    let path = format!("/exp/studies/{}", row.id);
    let noun = if row.responses == 1 {
        "response"
    } else {
        "responses"
    };
    let about = format!(" {noun} to {}", row.name);
    view! {
        <tr>
            <th scope="row">
                <a href=path.clone()>{row.name}</a>
            </th>
            <td>
                <span class="pill" data-state=row.state.as_str()>
                    {row.state.label()}
                </span>
            </td>
            <td>
                <When at=row.state_changed_at />
            </td>
            <td class="number">
                <a href=format!(
                    "{path}/responses",
                )>{row.responses} <span class="visually-hidden">{about}</span></a>
            </td>
            <td class="number">{row.completed}</td>
            <td class="number">{row.consented}</td>
            <td>{row.kind.label()}</td>
            <td>{row.lab_name}</td>
            <td>{row.creator}</td>
            <td>
                <When at=row.updated_at />
            </td>
        </tr>
    }
    .into_any()
}
