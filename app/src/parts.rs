//! Pieces that pages are made of.
#![expect(
    missing_docs,
    reason = "the component macro makes a public struct of each component's arguments"
)]

use chrono::{DateTime, NaiveDate, Utc};
use domain::families::child::birthday_at;
use domain::studies::{AgeRange, Mismatch};
use leptos::prelude::*;
use services::paging::Page;
use services::studies::{Fit, StudyPage};

use crate::form::FormState;
use crate::request::Request;

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

/// A message at the head of a page. `kind` is `good`, `warn`, `bad` or `info`.
#[component]
pub fn Notice(kind: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="notice" data-kind=kind role=if kind == "bad" { "alert" } else { "status" }>
            {children()}
        </div>
    }
}

/// What a page says after something was done: the words of the code in its address.
pub fn done(request: &Request, table: &[(&'static str, &'static str)]) -> AnyView {
    let code = request.query("done").unwrap_or_default();
    let words = table
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, words)| *words);
    words
        .map(|words: &'static str| {
            view! {
                <Notice kind="good">
                    <p>{words}</p>
                </Notice>
            }
        })
        .into_any()
}

/// A form that is one button, with values that nobody types.
pub fn button_form(
    action: impl Into<String>,
    class: &'static str,
    label: impl Into<String>,
    about: impl Into<String>,
    values: Vec<(&'static str, String)>,
) -> AnyView {
    let about = about.into();
    view! {
        <form method="post" action=action.into()>
            {values
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <button class=class type="submit">
                {label.into()}
                {(!about.is_empty())
                    .then(|| view! { <span class="visually-hidden">{format!(" {about}")}</span> })}
            </button>
        </form>
    }
    .into_any()
}

/// Links to neighbouring pages, the chosen one marked.
pub fn tabs(label: &'static str, here: &str, links: Vec<(&'static str, String)>) -> AnyView {
    let here = here.to_owned();
    view! {
        <nav class="tabs" aria-label=label>
            {links
                .into_iter()
                .map(|(words, path)| {
                    let is_here = path == here;
                    view! {
                        <a href=path aria-current=is_here.then_some("page")>
                            {words}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
    .into_any()
}

/// A form that searches the list of this page.
pub fn search_form(
    path: String,
    label: &'static str,
    words: &str,
    kept: Vec<(&'static str, String)>,
) -> AnyView {
    let words = words.to_owned();
    view! {
        <form class="filters" method="get" action=path role="search">
            {kept
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <div class="filter grow">
                <label for="search">{label}</label>
                <input id="search" name="search" type="search" value=words />
            </div>
            <button class="button plain" type="submit">
                "Search"
            </button>
        </form>
    }
    .into_any()
}

/// What was refused, at the head of a form, with links to the fields.
#[component]
pub fn FormFaults(form: FormState) -> impl IntoView {
    let listed: Vec<_> = form
        .violations
        .iter()
        .filter(|violation| !violation.field.is_empty())
        .cloned()
        .collect();
    form.is_refused().then(|| {
        view! {
            <div class="notice" data-kind="bad" role="alert" id="faults" tabindex="-1">
                <p>
                    <strong>
                        {form
                            .message
                            .unwrap_or_else(|| {
                                "Nothing is saved yet. Please have another look:".to_owned()
                            })}
                    </strong>
                </p>
                {(!listed.is_empty())
                    .then(|| {
                        view! {
                            <ul>
                                {listed
                                    .into_iter()
                                    .map(|violation| {
                                        view! {
                                            <li>
                                                <a href=format!(
                                                    "#{}",
                                                    violation.field,
                                                )>{violation.message}</a>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        }
                    })}
            </div>
        }
    })
}

fn described_by(name: &str, has_help: bool, has_error: bool) -> Option<String> {
    let ids: Vec<String> = [(has_help, "help"), (has_error, "error")]
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, part)| format!("{name}-{part}"))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

#[component]
fn FieldError(name: &'static str, error: Option<String>) -> impl IntoView {
    error.map(|error| {
        view! {
            <p class="field-error" id=format!("{name}-error")>
                <span aria-hidden="true" class="field-error-icon">
                    "!"
                </span>
                {error}
            </p>
        }
    })
}

/// A labelled input of one line.
#[component]
pub fn TextField(
    /// The form as it was typed.
    form: FormState,
    /// Name and id.
    name: &'static str,
    /// Label.
    #[prop(into)]
    label: String,
    /// Words under the label.
    #[prop(optional, into)]
    help: Option<String>,
    /// Input type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What browsers may fill in.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// Whether it must be filled in.
    #[prop(optional)]
    required: bool,
    /// Whether it is shown but can't be changed.
    #[prop(optional)]
    readonly: bool,
    /// Largest date.
    #[prop(optional, into)]
    max: Option<String>,
) -> impl IntoView {
    let error = form.error(name);
    let value = if kind == "password" {
        String::new()
    } else {
        form.form.text(name)
    };
    view! {
        <div class="field" data-field=name>
            <label for=name>
                {label}
                {(!required && !readonly)
                    .then(|| view! { <span class="optional">" (optional)"</span> })}
            </label>
            {help
                .clone()
                .map(|help| {
                    view! {
                        <p class="help" id=format!("{name}-help")>
                            {help}
                        </p>
                    }
                })}
            <input
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                readonly=readonly
                max=max
                aria-required=required.then_some("true")
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=described_by(name, help.is_some(), error.is_some())
            />
            <FieldError name error />
        </div>
    }
}

/// What stands in a `textarea`: escaped, and since browsers drop one line break at the beginning,
/// with one to drop.
pub fn typed(text: &str) -> String {
    format!("\n{}", escaped(text))
}

/// A text for the places where Leptos escapes nothing: inside a `textarea`, and in the title of the
/// document.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A labelled input of several lines.
#[component]
pub fn TextArea(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let error = form.error(name);
    view! {
        <div class="field" data-field=name>
            <label for=name>
                {label}{(!required).then(|| view! { <span class="optional">" (optional)"</span> })}
            </label>
            {help
                .clone()
                .map(|help| {
                    view! {
                        <p class="help" id=format!("{name}-help")>
                            {help}
                        </p>
                    }
                })}
            <textarea
                id=name
                name=name
                rows="3"
                aria-required=required.then_some("true")
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=described_by(name, help.is_some(), error.is_some())
            >
                {typed(&form.form.text(name))}
            </textarea>
            <FieldError name error />
        </div>
    }
}

/// A labelled list to open.
#[component]
pub fn SelectField(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    /// Value and label of each option.
    options: Vec<(String, String)>,
    /// Label of the empty option.
    #[prop(into)]
    none: String,
    #[prop(optional, into)] help: Option<String>,
) -> impl IntoView {
    let error = form.error(name);
    let chosen = form.form.text(name);
    view! {
        <div class="field" data-field=name>
            <label for=name>{label}</label>
            {help
                .clone()
                .map(|help| {
                    view! {
                        <p class="help" id=format!("{name}-help")>
                            {help}
                        </p>
                    }
                })}
            <select
                id=name
                name=name
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=described_by(name, help.is_some(), error.is_some())
            >
                <option value="">{none}</option>
                {options
                    .into_iter()
                    .map(|(value, label)| {
                        let selected = value == chosen;
                        view! {
                            <option value=value selected=selected>
                                {label}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <FieldError name error />
        </div>
    }
}

/// Radio buttons (`is_many` false) or check boxes, in a group with a legend.
#[component]
pub fn ChoiceField(
    form: FormState,
    name: &'static str,
    #[prop(into)] legend: String,
    options: Vec<(String, String)>,
    #[prop(optional)] is_many: bool,
    #[prop(optional, into)] help: Option<String>,
    /// Extra class, such as `columns` for long lists.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let error = form.error(name);
    let described = described_by(name, help.is_some(), error.is_some());
    view! {
        <fieldset
            class=format!("field choices {class}")
            id=name
            tabindex="-1"
            data-field=name
            aria-describedby=described
        >
            <legend>{legend}</legend>
            {help
                .map(|help| {
                    view! {
                        <p class="help" id=format!("{name}-help")>
                            {help}
                        </p>
                    }
                })}
            <div class="choice-list">
                {options
                    .into_iter()
                    .map(|(value, label)| {
                        let checked = form.form.has(name, &value);
                        view! {
                            <label class="choice">
                                <input
                                    type=if is_many { "checkbox" } else { "radio" }
                                    name=name
                                    value=value
                                    checked=checked
                                />
                                <span>{label}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            <FieldError name error />
        </fieldset>
    }
}

/// Owned pairs of a table of choices.
pub fn pairs(choices: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
    choices
        .iter()
        .map(|(value, label)| ((*value).to_owned(), (*label).to_owned()))
        .collect()
}

/// Links to the neighbouring pages of a list. `link` makes the address of a page.
pub fn pager<T>(page: &Page<T>, link: impl Fn(u64) -> String) -> AnyView {
    let (at, pages, total) = (page.paging.page, page.pages(), page.total);
    if pages <= 1 {
        return view! {
            <p class="pager-count">
                {if total == 1 { "1 entry".to_owned() } else { format!("{total} entries") }}
            </p>
        }
        .into_any();
    }
    view! {
        <nav class="pager" aria-label="Pages">
            {(at > 1)
                .then(|| {
                    view! {
                        <a rel="prev" href=link(at - 1)>
                            "Earlier page"
                        </a>
                    }
                })}
            <span>{format!("Page {at} of {pages}, {total} entries")}</span>
            {(at < pages)
                .then(|| {
                    view! {
                        <a rel="next" href=link(at + 1)>
                            "Next page"
                        </a>
                    }
                })}
        </nav>
    }
    .into_any()
}

/// A line from birth to adulthood with a study's ages and each child as a dot. Early months get
/// more room than later years, as studies do.
#[component]
pub fn AgeBar(ages: AgeRange, children: Vec<(String, i64)>) -> impl IntoView {
    let place = |days: i64| {
        let share = f64::from(i32::try_from(days.clamp(0, 6570)).unwrap_or_default()) / 6570.0;
        format!("{:.1}", 4.0 + 292.0 * share.sqrt())
    };
    let (low, high) = (place(ages.lowest_days()), place(ages.highest_days()));
    let words = children
        .iter()
        .map(|(name, _)| name.clone())
        .collect::<Vec<_>>()
        .join(", ");
    let label = if words.is_empty() {
        format!("Ages: {}", ages.in_words())
    } else {
        format!("Ages: {}. Dots: {words}.", ages.in_words())
    };
    view! {
        <svg class="age-bar" viewBox="0 0 300 28" role="img" aria-label=label>
            <line class="age-bar-line" x1="4" y1="9" x2="296" y2="9" />
            <line class="age-bar-range" x1=low y1="9" x2=high y2="9" />
            {[(0, "0"), (365, "1"), (1095, "3"), (2190, "6"), (4380, "12"), (6570, "18")]
                .into_iter()
                .map(|(days, label)| {
                    view! {
                        <text class="age-bar-tick" x=place(days) y="26">
                            {label}
                        </text>
                    }
                })
                .collect_view()}
            {children
                .into_iter()
                .map(|(name, days)| {
                    view! {
                        <circle class="age-bar-child" cx=place(days) cy="9" r="6">
                            <title>{name}</title>
                        </circle>
                    }
                })
                .collect_view()}
        </svg>
    }
}

/// Why a child does not fit, in a sentence for its parent.
pub fn reason(
    fit: &Fit,
    mismatch: &Mismatch,
    page: Option<&StudyPage>,
    ages: &AgeRange,
    criteria: &str,
) -> String {
    let name = &fit.child.details.given_name;
    let named = |ids: &[domain::studies::StudyId]| {
        let names: Vec<String> = ids
            .iter()
            .map(|id| {
                page.and_then(|page| page.named.get(id)).map_or_else(
                    || "another study".to_owned(),
                    |name| format!("\u{201c}{name}\u{201d}"),
                )
            })
            .collect();
        names.join(" and ")
    };
    match mismatch {
        Mismatch::TooYoung { opens_on } => {
            let age = u32::from(ages.min_years);
            let birthday = birthday_at(fit.child.details.birthday, age);
            // A year of a study's bounds is 365 days, so the day may be a little before the
            // birthday.
            let is_about_that_birthday = age > 0
                && ages.min_months == 0
                && ages.min_days == 0
                && (*opens_on - birthday).num_days().abs() <= 5;
            if is_about_that_birthday && *opens_on == birthday {
                format!(
                    "{name} turns {age} on {}, and can take part from that day on.",
                    day(birthday)
                )
            } else if is_about_that_birthday {
                format!(
                    "{name} turns {age} on {}, and can take part from {} on.",
                    day(birthday),
                    day(*opens_on)
                )
            } else {
                format!(
                    "{name} is still too young. The study opens for {name} on {}.",
                    day(*opens_on)
                )
            }
        }
        Mismatch::TooOld { .. } => format!(
            "{name} is older than this study asks for: it is for ages {}.",
            ages.in_words()
        ),
        Mismatch::Missing(ids) => format!(
            "This study follows {}, which {name} has not done yet.",
            named(ids)
        ),
        Mismatch::AlreadyDone(ids) => format!(
            "{name} has done {}, and this study needs children who have not.",
            named(ids)
        ),
        Mismatch::Criteria if criteria.trim().is_empty() => format!(
            "The researchers look for a group of children that {name}, by what you told us, is not in."
        ),
        Mismatch::Criteria => format!(
            "The researchers look for: {} By what you told us, {name} is not in that group.",
            sentence(criteria)
        ),
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// Free text with its line breaks, as paragraphs.
pub fn paragraphs(text: &str) -> AnyView {
    text.split('\n')
        .filter(|line| !line.trim().is_empty())
        .map(|line| view! { <p>{line.to_owned()}</p> })
        .collect_view()
        .into_any()
}
