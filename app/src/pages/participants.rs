//! Families that took part, for researchers.

use domain::accounts::AccountId;
use domain::families::child::{Gender, GestationalAge, age_in_words};
use leptos::prelude::*;
use leptos_meta::Title;
use services::participants::{self, ParticipantSort};

use crate::parts::{When, day, pager};
use crate::request::{Request, page};

fn name(nickname: &str, id: AccountId) -> String {
    if nickname.is_empty() {
        format!(
            "Family {}",
            id.0.simple()
                .to_string()
                .chars()
                .take(8)
                .collect::<String>()
        )
    } else {
        nickname.to_owned()
    }
}

/// Families with a consented response that the researcher may read.
#[component]
pub fn Participants() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let words = request.words();
        let by_name = request.query("sort").as_deref() == Some("nickname");
        let sort = if by_name {
            ParticipantSort::Nickname
        } else {
            ParticipantSort::LastActive
        };
        let found = participants::list(
            &request.ctx,
            &request.actor,
            &words,
            sort,
            request.paging(25),
        )
        .await?;
        let pages = {
            let words = words.clone();
            pager(&found, move |number| {
                format!(
                    "/exp/participants?{}",
                    serde_urlencoded::to_string([
                        ("search", words.as_str()),
                        ("sort", if by_name { "nickname" } else { "last-active" }),
                        ("page", &number.to_string())
                    ])
                    .unwrap_or_default()
                )
            })
        };
        Ok(view! {
            <Title text="Families" />
            <h1>"Families"</h1>
            <p class="lead">
                "Families that took part, with consent, in a study whose responses you may read."
            </p>
            <form class="filters" method="get" action="/exp/participants" role="search">
                <div class="filter grow">
                    <label for="search">"Nickname or global id"</label>
                    <input id="search" name="search" type="search" value=words />
                </div>
                <div class="filter">
                    <label for="sort">"Order"</label>
                    <select id="sort" name="sort">
                        <option value="last-active">"last here first"</option>
                        <option value="nickname" selected=by_name>
                            "by nickname"
                        </option>
                    </select>
                </div>
                <button class="button plain" type="submit">
                    "Show"
                </button>
            </form>
            {if found.entries.is_empty() {
                view! {
                    <div class="empty">
                        <p>
                            "No family yet. Families are listed once they took part in one of your studies and consented."
                        </p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="region" aria-label="Families">
                        <table class="dense">
                            <thead>
                                <tr>
                                    <th scope="col">"Family"</th>
                                    <th scope="col">"Global id"</th>
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
                                                    <a href=format!(
                                                        "/exp/participants/{}",
                                                        row.id,
                                                    )>{name(&row.nickname, row.id)}</a>
                                                </th>
                                                <td>
                                                    <code>{row.id.to_string()}</code>
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
                    .into_any()
            }}
        }
        .into_any())
    })
}

/// One family.
#[component]
pub fn Participant() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: AccountId = request.id("account")?;
        let found =
            participants::find(&request.ctx, &request.actor, id, request.paging(25)).await?;
        let today = request.ctx.clock.today();
        let title = name(&found.row.nickname, id);
        let pages = pager(&found.visits, |number| {
            format!("/exp/participants/{id}?page={number}")
        });
        let answers: Vec<(String, String)> = found
            .demographics
            .as_ref()
            .map(domain::families::demographics::Demographics::lines)
            .unwrap_or_default();
        Ok(view! {
            <Title text=title.clone() />
            <p class="crumbs">
                <a href="/exp/participants">"Families"</a>
            </p>
            <h1>{title.clone()}</h1>
            <dl class="facts-list">
                <div>
                    <dt>"Global id"</dt>
                    <dd>
                        <code>{id.to_string()}</code>
                    </dd>
                </div>
                <div>
                    <dt>"Last here"</dt>
                    <dd>{found.row.signed_in_at.map(|at| view! { <When at /> })}</dd>
                </div>
            </dl>
            <section>
                <h2>"Children who took part"</h2>
                <ul class="child-list">
                    {found
                        .children
                        .into_iter()
                        .map(|child| {
                            let details = child.details;
                            view! {
                                <li class="card">
                                    <h3>
                                        {if details.given_name.is_empty() {
                                            "Name deleted".to_owned()
                                        } else {
                                            details.given_name.clone()
                                        }}
                                    </h3>
                                    <dl class="facts-list">
                                        <div>
                                            <dt>"Born"</dt>
                                            <dd>
                                                {day(details.birthday)} ", "
                                                {age_in_words(details.birthday, today)}
                                            </dd>
                                        </div>
                                        <div>
                                            <dt>"Gender"</dt>
                                            <dd>
                                                {gender(details.gender, &details.gender_self_describe)}
                                            </dd>
                                        </div>
                                        <div>
                                            <dt>"Gestational age"</dt>
                                            <dd>
                                                {details
                                                    .gestational_age
                                                    .map_or_else(
                                                        || "no answer".to_owned(),
                                                        GestationalAge::label,
                                                    )}
                                            </dd>
                                        </div>
                                        <div>
                                            <dt>"More"</dt>
                                            <dd class="pre-line">{details.additional_information}</dd>
                                        </div>
                                    </dl>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
            <section>
                <h2>"The household"</h2>
                {found
                    .demographics_at
                    .map(|at| view! { <p class="quiet-text">"Answered on " <When at /> "."</p> })}
                {if answers.is_empty() {
                    view! { <p>"No answers."</p> }.into_any()
                } else {
                    view! {
                        <dl class="facts-list">
                            {answers
                                .into_iter()
                                .map(|(label, value)| {
                                    view! {
                                        <div>
                                            <dt>{label}</dt>
                                            <dd class="pre-line">{value}</dd>
                                        </div>
                                    }
                                })
                                .collect_view()}
                        </dl>
                    }
                        .into_any()
                }}
            </section>
            <section>
                <h2>"Visits"</h2>
                <div class="table-wrap" tabindex="0" role="region" aria-label="Visits">
                    <table class="dense">
                        <thead>
                            <tr>
                                <th scope="col">"When"</th>
                                <th scope="col">"Study"</th>
                                <th scope="col">"Child"</th>
                                <th scope="col">"Complete"</th>
                                <th scope="col">"Response"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {found
                                .visits
                                .entries
                                .into_iter()
                                .map(|visit| {
                                    view! {
                                        <tr>
                                            <th scope="row">
                                                <When at=visit.created_at />
                                            </th>
                                            <td>
                                                <a href=format!(
                                                    "/exp/studies/{}",
                                                    visit.study,
                                                )>{visit.study_name}</a>
                                            </td>
                                            <td>{visit.child_name}</td>
                                            <td>{if visit.is_completed { "yes" } else { "no" }}</td>
                                            <td>
                                                <a href=format!(
                                                    "/exp/responses/{}",
                                                    visit.id,
                                                )>{visit.id.to_string()}</a>
                                            </td>
                                        </tr>
                                    }
                                })
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
                {pages}
            </section>
        }
        .into_any())
    })
}

fn gender(gender: Gender, own_words: &str) -> String {
    if own_words.is_empty() {
        gender.label().to_owned()
    } else {
        format!("{}: {own_words}", gender.label())
    }
}
