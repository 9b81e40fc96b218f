//! One family, with those of its children that took part.

use chrono::{DateTime, NaiveDate, Utc};
use domain::accounts::AccountId;
use domain::families::child::{Child, Gender, GestationalAge, age_in_words};
use domain::families::demographics::Demographics;
use leptos::prelude::*;
use leptos_meta::Title;
use services::participants::{self, ParticipantResponse};

use super::name;
use crate::parts::{Column, When, crumbs, day, fact, long_fact, nothing, pager, table};
use crate::request::{Request, page};

const COLUMNS: &[Column] = &[
    Column::Text("When"),
    Column::Text("Study"),
    Column::Text("Child"),
    Column::Text("Complete"),
    Column::Text("Response"),
];

#[component]
pub fn Participant() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: AccountId = request.id("account")?;
        let paging = request.paging(25);
        let found = participants::find(&request.ctx, &request.actor, id, paging).await?;
        let today = request.ctx.clock.today();
        let title = name(&found.row.nickname, id);
        let pages = pager(&request, &found.responses);
        let rows = found.responses.entries.into_iter().map(response).collect();
        let children = found.children.into_iter().map(|one| child(one, today));
        let last_here = found.row.signed_in_at.map(|at| view! { <When at /> });
        Ok(view! {
            <Title text=title.clone() />
            {crumbs(&[("/exp/participants".to_owned(), "Families")])}
            <h1>{title}</h1>
            <dl class="facts-list">
                {fact("Global ID", view! { <code>{id.to_string()}</code> })}
                {fact("Last seen", last_here)}
            </dl>
            <section>
                <h2>"Children who took part"</h2>
                <ul class="child-list">{children.collect_view()}</ul>
            </section>
            {household(found.demographics.as_ref(), found.demographics_at)}
            <section>
                <h2>"Responses"</h2>
                {table("Responses", COLUMNS, rows, nothing("No responses."))}
                {pages}
            </section>
        }
        .into_any())
    })
}

fn child(child: Child, today: NaiveDate) -> AnyView {
    let details = child.details;
    let name = if details.given_name.is_empty() {
        "Name deleted".to_owned()
    } else {
        details.given_name
    };
    let age = age_in_words(details.birthday, today);
    let born = format!("{}, {age}", day(details.birthday));
    let gender = gender(details.gender, &details.gender_self_describe);
    let weeks = details
        .gestational_age
        .map_or_else(|| "no answer".to_owned(), GestationalAge::label);
    view! {
        <li class="card">
            <h3>{name}</h3>
            <dl class="facts-list">
                {fact("Born", born)} {fact("Gender", gender)} {fact("Gestational age", weeks)}
                {long_fact("More", details.additional_information)}
            </dl>
        </li>
    }
    .into_any()
}

fn gender(gender: Gender, own_words: &str) -> String {
    if own_words.is_empty() {
        gender.label().to_owned()
    } else {
        format!("{}: {own_words}", gender.label())
    }
}

fn household(answers: Option<&Demographics>, at: Option<DateTime<Utc>>) -> AnyView {
    let lines = answers.map(Demographics::lines).unwrap_or_default();
    let at = at.map(|at| view! { <p class="quiet-text">"Answered on " <When at /> "."</p> });
    let answers = if lines.is_empty() {
        view! { <p>"No answers."</p> }.into_any()
    } else {
        let lines = lines
            .into_iter()
            .map(|(label, text)| long_fact(label, text));
        view! { <dl class="facts-list">{lines.collect_view()}</dl> }.into_any()
    };
    view! {
        <section>
            <h2>"The household"</h2>
            {at}
            {answers}
        </section>
    }
    .into_any()
}

fn response(row: ParticipantResponse) -> AnyView {
    let study = format!("/exp/studies/{}", row.study);
    let response = format!("/exp/responses/{}", row.id);
    view! {
        <tr>
            <th scope="row">
                <When at=row.created_at />
            </th>
            <td>
                <a href=study>{row.study_name}</a>
            </td>
            <td>{row.child_name}</td>
            <td>{if row.is_completed { "yes" } else { "no" }}</td>
            <td>
                <a href=response>{row.id.to_string()}</a>
            </td>
        </tr>
    }
    .into_any()
}
