//! The studies that anybody may find.

use domain::families::child::ChildId;
use domain::studies::{AGE_BANDS, AgeBand};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use services::families;
use services::studies::{self, StudyCard, StudyFilter};

use super::card::study_list;
use crate::error::AppError;
use crate::parts::{filter_form, pairs, search_filter, select_filter};
use crate::request::{Request, page};
use crate::words::count;

/// Ids and names of a family's children.
type Names = Vec<(ChildId, String)>;

const PLACES: &[(&str, &str)] = &[
    ("", "Anywhere"),
    ("here", "Here on this site"),
    ("elsewhere", "On another site"),
];

pub(super) fn filter(request: &Request) -> StudyFilter {
    StudyFilter {
        child: request.text("child").parse().ok(),
        band: AgeBand::find(&request.text("age")),
        search: request.search(),
        lab: None,
        is_here: match request.text("place").as_str() {
            "here" => Some(true),
            "elsewhere" => Some(false),
            _ => None,
        },
        hides_done: request.query("new").is_some(),
    }
}

#[component]
pub fn FindStudy() -> impl IntoView {
    let request = Request::current();
    let content = page(async move {
        let filter = filter(&request);
        let cards = studies::list(&request.ctx, &request.actor, &filter).await?;
        let children = children(&request, &cards).await?;
        let today = request.ctx.clock.today();
        let chosen = filter
            .child
            .and_then(|id| children.iter().find(|(child, _)| *child == id));
        let title = chosen.map_or_else(
            || "Find a study".to_owned(),
            |(_, name)| format!("Studies for {name}"),
        );
        let (number, list) = if cards.is_empty() {
            (String::new(), empty())
        } else {
            let number = count(cards.len(), "study", "studies");
            (number, study_list(cards, today))
        };
        Ok(view! {
            <Title text="Find a study" />
            <div class="page-head">
                <h1>{title}</h1>
            </div>
            {filters(&request, &filter, &children)}
            <p class="quiet-text" role="status">
                {number}
            </p>
            {list}
        }
        .into_any())
    });
    // A description inside the awaited part would be lost when that resolves after the head is
    // collected.
    view! {
        <Meta name="description" content="Studies for children of every age, played at home." />
        {content}
    }
}

/// The chooser shows all children of the family, also when the filter leaves no study to read them
/// from.
async fn children(request: &Request, cards: &[StudyCard]) -> Result<Names, AppError> {
    if let Some(card) = cards.first() {
        let children = card.children.iter().map(|child| &child.child);
        return Ok(children
            .map(|child| (child.id, child.details.given_name.clone()))
            .collect());
    }
    if request.actor.signed_in().is_err() {
        return Ok(Names::new());
    }
    let children = families::children(&request.ctx, &request.actor).await?;
    Ok(children
        .into_iter()
        .map(|child| (child.id, child.details.given_name))
        .collect())
}

fn filters(request: &Request, filter: &StudyFilter, children: &Names) -> AnyView {
    let mut fields = vec![
        if children.is_empty() {
            ages(request)
        } else {
            names(request, children)
        },
        select_filter(request, "place", "Place", pairs(PLACES)),
        search_filter("Search", filter.search.clone()),
    ];
    if !children.is_empty() {
        fields.push(not_yet_done(filter.hides_done));
    }
    filter_form(request, "Filter studies", fields)
}

fn ages(request: &Request) -> AnyView {
    let mut options = pairs(&[("", "Any age")]);
    options.extend(
        AGE_BANDS
            .iter()
            .map(|band| (band.slug.to_owned(), band.label.to_owned())),
    );
    select_filter(request, "age", "Age", options)
}

fn names(request: &Request, children: &Names) -> AnyView {
    let mut options = pairs(&[("", "All children")]);
    options.extend(
        children
            .iter()
            .map(|(id, name)| (id.to_string(), name.clone())),
    );
    select_filter(request, "child", "Child", options)
}

fn not_yet_done(checked: bool) -> AnyView {
    view! {
        <label class="choice filter-check">
            <input type="checkbox" name="new" value="1" checked=checked />
            <span>"Not yet done"</span>
        </label>
    }
    .into_any()
}

fn empty() -> AnyView {
    view! {
        <div class="empty">
            <p>"No study fits at the moment."</p>
            <p>
                "New ones open all the time. "<a href="/studies">"Show all studies"</a>
                " to see what children of other ages do, and when yours will be old enough."
            </p>
        </div>
    }
    .into_any()
}
