//! Who works on a study.

use domain::permissions;
use domain::studies::{StudyId, StudyRole};
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::people::{self, StudyMember, StudyMembers};

use super::study_crumbs;
use crate::form::FormState;
use crate::parts::{
    FormFaults, PersonWithRole, RoleTable, SelectField, done, fact_bullets, role_table,
};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
    ("add", "The person is added, and has been told."),
    ("role", "The role is set, and the person has been told."),
    ("remove", "The person no longer works on this study."),
];

#[component]
pub fn StudyPeople() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = people::people(&request.ctx, &request.actor, id).await?;
        let about = RoleTable {
            label: "People",
            action: format!("/exp/studies/{id}/people"),
            roles: labelled(StudyRole::ALL),
            given: labelled(&found.given),
            own: found.own,
            may_manage: found.may_manage,
        };
        let people = found.members.iter().map(with_role).collect();
        let add = (found.may_manage).then(|| add(&about.action, &found, &request.form));
        Ok(view! {
            <Title text=format!("People of {}", found.study_name) />
            {study_crumbs(id, &found.study_name)}
            <h1>"Who works on this study"</h1>
            {done(&request, DONE)}
            <FormFaults form=request.form.clone() />
            {role_table(&about, people)}
            {add}
            {roles_in_words()}
        }
        .into_any())
    })
}

fn labelled(roles: &[StudyRole]) -> Vec<(&'static str, &'static str)> {
    roles
        .iter()
        .map(|role| (role.as_str(), role.label()))
        .collect()
}

fn with_role(person: &StudyMember) -> PersonWithRole {
    PersonWithRole {
        account: person.account,
        name: person.name.clone(),
        email: person.email.clone(),
        role: person.role.map_or("", StudyRole::as_str),
    }
}

fn add(action: &str, found: &StudyMembers, form: &FormState) -> AnyView {
    let form = form.of_one(action, "act", "add");
    let options = labelled(&found.given)
        .into_iter()
        .map(|(value, label)| view! { <option value=value>{label}</option> });
    view! {
        <section class="narrow">
            <h2>"Add somebody"</h2>
            <form method="post" action=action.to_owned() novalidate>
                <input type="hidden" name="act" value="add" />
                {candidates(&form, &found.candidates)}
                <div class="field">
                    <label for="add-role">"Role"</label>
                    <select id="add-role" name="role">
                        {options.collect_view()}
                    </select>
                </div>
                <button class="button" type="submit">
                    "Add"
                </button>
            </form>
        </section>
    }
    .into_any()
}

fn candidates(form: &FormState, candidates: &[StudyMember]) -> AnyView {
    let candidates = candidates.iter().map(|person| {
        let label = format!("{} ({})", person.name, person.email);
        (person.account.to_string(), label)
    });
    view! {
        <SelectField
            form=form.clone()
            name="candidate"
            label="From the lab"
            none="Choose a person"
            options=candidates.collect()
            help="Others must be invited to the lab first."
        />
    }
    .into_any()
}

fn roles_in_words() -> AnyView {
    let roles = StudyRole::ALL.iter().rev().map(|role| {
        let words = permissions::granted_words(|action| role.grants(action));
        (role.label(), words)
    });
    view! {
        <section>
            <h2>"Who can do what"</h2>
            {fact_bullets(roles)}
        </section>
    }
    .into_any()
}
