//! Studies as their researchers see them.

use domain::studies::StudyState;
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, StudySort, StudyTab, StudyTabs, WantedStudies};

use crate::parts::{When, done, pager};
use crate::request::{Request, page};

const PAGE: u64 = 20;

type Tab = (&'static str, &'static str, StudyTab);

const TABS: &[Tab] = &[
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

const SORTS: &[(&str, &str, StudySort)] = &[
    ("state", "latest change of state first", StudySort::State),
    ("edited", "latest edit first", StudySort::Edited),
    ("name", "by name", StudySort::Name),
    ("responses", "most responses first", StudySort::Responses),
];

fn count(tabs: &StudyTabs, tab: StudyTab) -> u64 {
    match tab {
        StudyTab::All => tabs.all(),
        StudyTab::Mine => tabs.mine,
        StudyTab::In(states) => tabs.in_states(states),
    }
}

/// Studies of the researcher's labs, and those it was asked about.
#[component]
pub fn Studies() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let tab = request.query("tab").unwrap_or_default();
        let sort = request.query("sort").unwrap_or_default();
        let chosen = TABS
            .iter()
            .find(|(slug, _, _)| *slug == tab)
            .map_or(StudyTab::All, |(_, _, tab)| *tab);
        let order = SORTS
            .iter()
            .find(|(slug, _, _)| *slug == sort)
            .map_or(StudySort::State, |(_, _, sort)| *sort);
        let wanted = WantedStudies {
            tab: chosen,
            search: request.words(),
            sort: order,
        };
        let (tabs, found) =
            studies::list_of_labs(&request.ctx, &request.actor, &wanted, request.paging(PAGE))
                .await?;
        let may_create = !studies::labs_for_new_studies(&request.ctx, &request.actor)
            .await?
            .is_empty();
        let is_staff = request
            .actor
            .person()
            .is_some_and(|person| person.powers.staff_role().is_some());
        let link = {
            let (tab, sort, words) = (tab.clone(), sort.clone(), wanted.search.clone());
            move |page: u64| {
                format!(
                    "/exp/studies?{}",
                    serde_urlencoded::to_string([
                        ("tab", tab.as_str()),
                        ("sort", sort.as_str()),
                        ("search", words.as_str()),
                        ("page", page.to_string().as_str())
                    ])
                    .unwrap_or_default()
                )
            }
        };
        let pages = pager(&found, link);
        let is_narrowed = !wanted.search.is_empty() || !tab.is_empty();
        Ok(view! {
            <Title text="Studies" />
            {done(&request, &[("archived", "The study is archived.")])}
            <div class="page-head">
                <h1>"Studies"</h1>
                <div class="row-actions">
                    {is_staff
                        .then(|| {
                            view! {
                                <a class="button plain" href="/staff/studies">
                                    "Review queue"
                                </a>
                            }
                        })}
                    {may_create
                        .then(|| {
                            view! {
                                <a class="button" href="/exp/studies/create">
                                    "New study"
                                </a>
                            }
                        })}
                </div>
            </div>
            <nav class="tabs counted" aria-label="State">
                {TABS
                    .iter()
                    .filter(|(slug, _, of)| {
                        slug.is_empty() || *slug == "mine" || *slug == tab || count(&tabs, *of) > 0
                    })
                    .map(|(slug, label, of)| {
                        let path = if slug.is_empty() {
                            "/exp/studies".to_owned()
                        } else {
                            format!("/exp/studies?tab={slug}")
                        };
                        view! {
                            <a href=path aria-current=(*slug == tab).then_some("page")>
                                {*label}
                                " "
                                <span class="count">{count(&tabs, *of)}</span>
                            </a>
                        }
                    })
                    .collect_view()}
            </nav>
            <form class="filters" method="get" action="/exp/studies" role="search">
                <input type="hidden" name="tab" value=tab.clone() />
                <div class="filter grow">
                    <label for="search">"Name or description"</label>
                    <input id="search" name="search" type="search" value=wanted.search.clone() />
                </div>
                <div class="filter">
                    <label for="sort">"Order"</label>
                    <select id="sort" name="sort">
                        {SORTS
                            .iter()
                            .map(|(slug, label, of)| {
                                view! {
                                    <option value=*slug selected=*of == order>
                                        {*label}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </div>
                <button class="button plain" type="submit">
                    "Show"
                </button>
            </form>
            {if found.entries.is_empty() {
                let words = if is_narrowed {
                    "No study is like that."
                } else {
                    "No study yet. Once you belong to a lab or work on a study, it is listed here."
                };
                view! {
                    <div class="empty">
                        <p>{words}</p>
                        {if may_create {
                            view! {
                                <p>
                                    <a href="/exp/studies/create">"Make a study"</a>
                                </p>
                            }
                        } else {
                            view! {
                                <p>
                                    <a href="/exp/labs">"Go to the labs"</a>
                                </p>
                            }
                        }}
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="region" aria-label="Studies">
                        <table class="dense">
                            <thead>
                                <tr>
                                    <th scope="col">"Study"</th>
                                    <th scope="col">"State"</th>
                                    <th scope="col">"Since"</th>
                                    <th scope="col" class="number">
                                        "Responses"
                                    </th>
                                    <th scope="col" class="number">
                                        "Complete"
                                    </th>
                                    <th scope="col" class="number">
                                        "Consented"
                                    </th>
                                    <th scope="col">"Kind"</th>
                                    <th scope="col">"Lab"</th>
                                    <th scope="col">"Made by"</th>
                                    <th scope="col">"Edited"</th>
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
                                                    <a href=format!(
                                                        "/exp/studies/{}",
                                                        row.id,
                                                    )>{row.name.clone()}</a>
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
                                                        "/exp/studies/{}/responses",
                                                        row.id,
                                                    )>
                                                        {row.responses}
                                                        <span class="visually-hidden">
                                                            {format!(" responses to {}", row.name)}
                                                        </span>
                                                    </a>
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
                                    })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                    {pages}
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}
