//! Labelled fields of a form. Each shows what was typed and what is wrong with it.

use leptos::prelude::*;

use super::text::textarea_text;
use crate::form::FormState;
use crate::request::Request;

/// Values and labels of a table of choices, as fields take them.
pub fn pairs(choices: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
    choices
        .iter()
        .map(|(value, label)| ((*value).to_owned(), (*label).to_owned()))
        .collect()
}

/// Remembers where to go on to after the form.
pub fn next_field(request: &Request) -> AnyView {
    request
        .next()
        .map(|next| view! { <input type="hidden" name="next" value=next /> })
        .into_any()
}

/// The ids of what describes a control.
fn described_by(name: &str, has_help: bool, has_error: bool) -> Option<String> {
    let ids: Vec<String> = [(has_help, "help"), (has_error, "error")]
        .into_iter()
        .filter(|(is_there, _)| *is_there)
        .map(|(_, part)| format!("{name}-{part}"))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// What is wrong with the field of this id.
#[component]
pub fn FieldError(#[prop(into)] name: String, error: Option<String>) -> impl IntoView {
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

#[component]
fn Help(name: &'static str, help: Option<String>) -> impl IntoView {
    help.map(|help| {
        view! {
            <p class="help" id=format!("{name}-help")>
                {help}
            </p>
        }
    })
}

/// Label, help and fault around one control.
#[component]
fn Labelled(
    name: &'static str,
    label: String,
    is_optional: bool,
    help: Option<String>,
    error: Option<String>,
    children: Children,
) -> impl IntoView {
    let optional = is_optional.then(|| view! { <span class="optional">" (optional)"</span> });
    view! {
        <div class="field" data-field=name>
            <label for=name>{label}{optional}</label>
            <Help name help />
            {children()}
            <FieldError name error />
        </div>
    }
}

/// An input of one line.
#[component]
pub fn TextField(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
    /// Input type.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] required: bool,
    /// Whether it is shown but can't be changed.
    #[prop(optional)]
    readonly: bool,
    /// Latest date.
    #[prop(optional, into)]
    max: Option<String>,
) -> impl IntoView {
    let error = form.error(name);
    let described = described_by(name, help.is_some(), error.is_some());
    let value = if kind == "password" {
        String::new()
    } else {
        form.form.text(name)
    };
    let invalid = error.as_ref().map(|_| "true");
    view! {
        <Labelled name label is_optional=!required && !readonly help error>
            <input
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                readonly=readonly
                max=max
                aria-required=required.then_some("true")
                aria-invalid=invalid
                aria-describedby=described
            />
        </Labelled>
    }
}

/// An input of several lines.
#[component]
pub fn TextArea(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let error = form.error(name);
    let described = described_by(name, help.is_some(), error.is_some());
    let invalid = error.as_ref().map(|_| "true");
    view! {
        <Labelled name label is_optional=!required help error>
            <textarea
                id=name
                name=name
                rows="3"
                aria-required=required.then_some("true")
                aria-invalid=invalid
                aria-describedby=described
            >
                {textarea_text(&form.form.text(name))}
            </textarea>
        </Labelled>
    }
}

/// A list to choose from.
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
    let described = described_by(name, help.is_some(), error.is_some());
    let invalid = error.as_ref().map(|_| "true");
    let chosen = form.form.text(name);
    let options = options.into_iter().map(|(value, label)| {
        let selected = value == chosen;
        view! {
            <option value=value selected=selected>
                {label}
            </option>
        }
    });
    let options = options.collect_view();
    view! {
        <Labelled name label is_optional=false help error>
            <select id=name name=name aria-invalid=invalid aria-describedby=described>
                <option value="">{none}</option>
                {options}
            </select>
        </Labelled>
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
    let kind = if is_many { "checkbox" } else { "radio" };
    let options = options.into_iter().map(|(value, label)| {
        let checked = form.form.has(name, &value);
        view! {
            <label class="choice">
                <input type=kind name=name value=value checked=checked />
                <span>{label}</span>
            </label>
        }
    });
    view! {
        <fieldset
            class=format!("field choices {class}")
            id=name
            tabindex="-1"
            data-field=name
            aria-describedby=described
        >
            <legend>{legend}</legend>
            <Help name help />
            <div class="choice-list">{options.collect_view()}</div>
            <FieldError name error />
        </fieldset>
    }
}

/// A form that sends one file.
#[component]
pub fn FileField(
    form: FormState,
    name: &'static str,
    action: String,
    #[prop(into)] label: String,
    help: &'static str,
    /// What the browser offers to choose.
    accept: &'static str,
    button: &'static str,
) -> impl IntoView {
    let form = form.of(&action, crate::form::Form::default());
    let error = form.error(name);
    let described = described_by(name, true, error.is_some());
    view! {
        <form method="post" action=action enctype="multipart/form-data">
            <div class="field">
                <label for=name>{label}</label>
                <Help name help=Some(help.to_owned()) />
                <input id=name name=name type="file" accept=accept aria-describedby=described />
                <FieldError name error />
            </div>
            <button class="button plain small" type="submit">
                {button}
            </button>
        </form>
    }
}
