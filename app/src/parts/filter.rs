//! Forms that narrow the list of a page. Their values go into the address.

use leptos::prelude::*;

use crate::request::Request;

/// A form that narrows the list of this page. `label` names it for screen readers.
pub fn filter_form(request: &Request, label: &'static str, fields: Vec<AnyView>) -> AnyView {
    let path = request.path().to_owned();
    form(path, Some(label), fields, "Show")
}

/// A form that only searches. `kept` is what else the address says.
pub fn search_form(
    path: &str,
    label: &'static str,
    search: String,
    kept: Vec<(&'static str, String)>,
) -> AnyView {
    let kept = kept.into_iter();
    let mut fields: Vec<_> = kept.map(|(name, value)| kept_value(name, value)).collect();
    fields.push(search_filter(label, search));
    form(path.to_owned(), None, fields, "Search")
}

fn form(
    action: String,
    label: Option<&'static str>,
    fields: Vec<AnyView>,
    button: &'static str,
) -> AnyView {
    view! {
        <form class="filters" method="get" action=action role="search" aria-label=label>
            {fields}
            <button class="button plain" type="submit">
                {button}
            </button>
        </form>
    }
    .into_any()
}

/// Something else that the address says.
pub fn kept_value(name: &'static str, value: String) -> AnyView {
    view! { <input type="hidden" name=name value=value /> }.into_any()
}

/// A list to choose from, whose value is the part `name` of the address. `options` are values and
/// labels.
pub fn select_filter(
    request: &Request,
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
) -> AnyView {
    let chosen = request.text(name);
    let options = options.into_iter().map(|(value, label)| {
        let selected = value == chosen && !value.is_empty();
        view! {
            <option value=value selected=selected>
                {label}
            </option>
        }
    });
    view! {
        <div class="filter">
            <label for=name>{label}</label>
            <select id=name name=name>
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// A box to search in.
pub fn search_filter(label: &'static str, value: String) -> AnyView {
    view! {
        <div class="filter grow">
            <label for="search">{label}</label>
            <input id="search" name="search" type="search" value=value />
        </div>
    }
    .into_any()
}
