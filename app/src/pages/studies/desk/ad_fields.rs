//! The fields of an ad, in groups.

use domain::studies::Ad;
use leptos::prelude::*;
use services::studies::{LabChoice, StudyName};

use super::audience::{age_line, audience_line};
use crate::form::FormState;
use crate::parts::{SelectField, TextArea, TextField};

/// What families read first.
pub(super) fn texts(form: &FormState) -> AnyView {
    view! {
        <TextField form=form.clone() name="name" label="Name" required=true />
        <TextArea
            form=form.clone()
            name="preview_summary"
            label="Summary on the card"
            help="One or two sentences, at most 300 characters."
        />
        <TextArea form=form.clone() name="short_description" label="What happens in the study" />
        <TextArea form=form.clone() name="purpose" label="Why you are doing it" />
        <TextField
            form=form.clone()
            name="duration"
            label="How long it takes"
            help="Such as: 10 minutes"
        />
        <TextArea form=form.clone() name="compensation" label="Thank-you gift" />
        <TextArea
            form=form.clone()
            name="criteria"
            label="Who can take part, in words for parents"
        />
    }
    .into_any()
}

pub(super) fn more_texts(form: &FormState) -> AnyView {
    view! {
        <TextField
            form=form.clone()
            name="contact_info"
            label="Whom families can ask"
            help="A name and an address."
        />
        <TextField
            form=form.clone()
            name="image_alt"
            label="What the picture shows"
            help="For those who can't see it."
        />
        <TextField
            form=form.clone()
            name="exit_url"
            label="Exit address"
            kind="url"
            help="Where families go at the end. If you leave it empty, they go to their past \
            studies."
        />
    }
    .into_any()
}

/// Who fits.
pub(super) fn eligibility(form: &FormState, ad: &Ad, known: &[StudyName]) -> AnyView {
    view! {
        <fieldset class="field group">
            <legend>"Who fits"</legend>
            {ages(form, "min_age", "From")}
            {ages(form, "max_age", "To")}
            <p class="help" id="age-line">
                {age_line(&ad.ages)}
            </p>
            <TextArea
                form=form.clone()
                name="criteria_expression"
                label="Criteria expression"
                help="Such as: speaks_es AND NOT deaf. Use AND, OR, NOT and parentheses with \
                gender, age_in_days, gestational_age_in_weeks, n_languages, speaks_xx and \
                conditions."
            />
            <p class="audience" id="audience" role="status" aria-live="polite">
                "For "
                {audience_line(ad)}
            </p>
            {studies(form, "must", "Must have taken part in all of", known)}
            {studies(form, "must_not", "Must have taken part in none of", known)}
        </fieldset>
    }
    .into_any()
}

/// One bound of the ages.
fn ages(form: &FormState, bound: &'static str, legend: &'static str) -> AnyView {
    view! {
        <fieldset class="ages">
            <legend>{legend}</legend>
            <div class="row">
                {age(form, format!("{bound}_years"), "Years", 18)}
                {age(form, format!("{bound}_months"), "Months", 11)}
                {age(form, format!("{bound}_days"), "Days", 31)}
            </div>
        </fieldset>
    }
    .into_any()
}

fn age(form: &FormState, name: String, label: &'static str, most: u16) -> AnyView {
    let chosen = form.form.text(&name);
    let error = form.error(&name);
    let invalid = error.as_ref().map(|_| "true");
    let options = (0..=most).map(|value| {
        let selected = chosen == value.to_string();
        view! {
            <option value=value selected=selected>
                {value}
            </option>
        }
    });
    let options = options.collect_view();
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <select id=name.clone() name=name aria-invalid=invalid>
                {options}
            </select>
            {error.map(|error| view! { <p class="field-error">{error}</p> })}
        </div>
    }
    .into_any()
}

/// Other studies by their ids, with the names of those that are known.
fn studies(
    form: &FormState,
    name: &'static str,
    label: &'static str,
    known: &[StudyName],
) -> AnyView {
    let texts = form.form.all(name);
    let picked: Vec<_> = known
        .iter()
        .filter(|known| {
            let id = known.id.to_string();
            texts.iter().any(|text| text.contains(&id))
        })
        .map(|known| {
            let (name, id) = (known.name.clone(), known.id.to_string());
            view! { <li>{name} " " <code>{id}</code></li> }
        })
        .collect();
    view! {
        <div class="study-picker" data-field=name>
            <TextArea
                form=form.clone()
                name=name
                label=label
                help="One study per line, by its UUID. Find it below, or paste it here."
            />
            {(!picked.is_empty()).then(|| view! { <ul class="picked">{picked}</ul> })}
        </div>
    }
    .into_any()
}

/// How it is listed.
pub(super) fn listing(form: &FormState) -> AnyView {
    let check_box = |name: &'static str, label: &'static str| {
        let checked = !form.form.text(name).is_empty();
        view! {
            <label class="choice">
                <input type="checkbox" name=name value="1" checked=checked />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field group">
            <legend>"How it is listed"</legend>
            {check_box(
                "is_public",
                "Families find it in the list of studies, once it collects data",
            )}
            {check_box("has_shared_preview", "Every researcher may try and clone it")}
            <TextField
                form=form.clone()
                name="priority"
                label="Place on the lab's page"
                kind="number"
                help="1 to 99; the highest comes first."
            />
        </fieldset>
    }
    .into_any()
}

/// The lab, where there is another to move the study to.
pub(super) fn moving(form: &FormState, lab: &LabChoice, labs: &[LabChoice]) -> AnyView {
    if labs.is_empty() {
        return ().into_any();
    }
    let mut form = form.clone();
    if form.form.text("lab").is_empty() {
        form.form.set("lab", lab.id.to_string());
    }
    let options = labs
        .iter()
        .map(|lab| (lab.id.to_string(), lab.name.clone()));
    view! {
        <SelectField
            form
            name="lab"
            label="Lab"
            none="Please choose"
            help="Moving it to another lab ends the roles of people who don't belong there, and \
            needs another review."
            options=options.collect()
        />
    }
    .into_any()
}
