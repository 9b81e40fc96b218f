//! The questions about a child, asked when it is added and when something changed.

use domain::families::child::{Conditions, Gender, GestationalAge, Languages};
use leptos::prelude::*;

use crate::form::FormState;
use crate::parts::{ChoiceField, SelectField, TextArea, TextField, pairs};

/// Stored words and labels of the genders.
pub(super) fn genders() -> Vec<(String, String)> {
    Gender::ALL
        .iter()
        .map(|gender| (gender.to_string(), gender.label().to_owned()))
        .collect()
}

/// `latest_birthday` is none for a child whose birthday is known: it can't be changed.
#[component]
pub(super) fn ChildFields(form: FormState, latest_birthday: Option<String>) -> impl IntoView {
    let birthday = match latest_birthday {
        Some(max) => new_birthday(&form, max),
        None => fixed_birthday(&form),
    };
    view! {
        <TextField
            form=form.clone()
            name="given_name"
            label="First name"
            help="A nickname or initials are fine. Researchers may use it in an email to you; \
            it is never published."
            autocomplete="off"
            required=true
        />
        {birthday}
        {about(form)}
    }
}

fn fixed_birthday(form: &FormState) -> AnyView {
    view! {
        <TextField
            form=form.clone()
            name="birthday"
            label="Birthday"
            help="This can't be changed, since studies were chosen by it. If it is wrong, delete \
            this child and add it again."
            readonly=true
        />
    }
    .into_any()
}

fn new_birthday(form: &FormState, max: String) -> AnyView {
    view! {
        <TextField
            form=form.clone()
            name="birthday"
            label="Birthday"
            kind="date"
            help="Studies are chosen by age."
            required=true
            max=max
        />
    }
    .into_any()
}

fn about(form: FormState) -> AnyView {
    let weeks = GestationalAge::all()
        .map(|age| (age.code().to_string(), age.label()))
        .collect::<Vec<_>>();
    let mut languages = pairs(Languages::TABLE);
    languages.sort_by(|left, right| left.1.cmp(&right.1));
    view! {
        <ChoiceField
            form=form.clone()
            name="gender"
            legend="Gender"
            options=genders()
            class="inline"
        />
        <div class="only-open-gender">
            <TextField form=form.clone() name="gender_self_describe" label="In your own words" />
        </div>
        <SelectField
            form=form.clone()
            name="gestational_age"
            label="How many weeks did the pregnancy last?"
            none="Not sure, or prefer not to say"
            options=weeks
            help="Some studies are for babies who were born early."
        />
        <ChoiceField
            form=form.clone()
            name="languages"
            legend="Languages that your child hears at home"
            options=languages
            is_many=true
            class="columns"
            help="Choose all that apply. You may also leave this empty."
        />
        <ChoiceField
            form=form.clone()
            name="conditions"
            legend="Does any of this describe your child?"
            options=pairs(Conditions::TABLE)
            is_many=true
            help="Some studies look for children with these experiences. You don't have to say."
        />
        <TextArea
            form=form
            name="additional_information"
            label="Anything else that researchers should know?"
        />
    }
    .into_any()
}
