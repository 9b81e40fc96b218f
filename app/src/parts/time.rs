//! Days and points in time.

use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;

/// A day as people say it.
pub fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// A point in time: the day for people, the exact time on hover and for machines.
#[component]
pub fn When(at: DateTime<Utc>) -> impl IntoView {
    view! {
        <time datetime=at.to_rfc3339() title=at.format("%Y-%m-%d %H:%M:%S UTC").to_string()>
            {day(at.date_naive())}
        </time>
    }
}

/// When something last happened, if it ever did.
pub fn or_never(at: Option<DateTime<Utc>>) -> AnyView {
    match at {
        Some(at) => view! { <When at /> }.into_any(),
        None => "never".into_any(),
    }
}
