//! Tables.

use leptos::prelude::*;

/// The heading of a column.
#[derive(Clone, Copy)]
pub enum Column {
    Text(&'static str),
    /// Its cells have the class `number`.
    Number(&'static str),
    /// Only for screen readers: the cells hold buttons that speak for themselves.
    Unseen(&'static str),
}

impl Column {
    fn heading(self) -> AnyView {
        match self {
            Self::Text(words) => view! { <th scope="col">{words}</th> }.into_any(),
            Self::Number(words) => view! {
                <th scope="col" class="number">
                    {words}
                </th>
            }
            .into_any(),
            Self::Unseen(words) => view! {
                <th scope="col">
                    <span class="visually-hidden">{words}</span>
                </th>
            }
            .into_any(),
        }
    }
}

/// A table that can be scrolled sideways, or `empty` where there is no row. `label` names it for
/// screen readers.
pub fn table(
    label: &'static str,
    columns: &[Column],
    rows: Vec<AnyView>,
    empty: AnyView,
) -> AnyView {
    if rows.is_empty() {
        return empty;
    }
    let headings = columns.iter().map(|column| column.heading());
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label=label>
            <table class="dense">
                <thead>
                    <tr>{headings.collect_view()}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What stands in place of a list that has nothing in it.
pub fn nothing(words: &'static str) -> AnyView {
    view! {
        <div class="empty">
            <p>{words}</p>
        </div>
    }
    .into_any()
}
