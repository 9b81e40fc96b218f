//! People with their roles, in a lab or a study.

use domain::accounts::AccountId;
use leptos::prelude::*;

use super::button::button_form;
use super::table::{Column, nothing, table};

/// Stored words of roles with their labels.
type Roles = Vec<(&'static str, &'static str)>;

pub struct PersonWithRole {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub role: &'static str,
}

/// What a table of people is about.
pub struct RoleTable {
    pub label: &'static str,
    /// Where changes are posted to.
    pub action: String,
    pub roles: Roles,
    /// Those of them that whoever looks may give and take.
    pub given: Roles,
    /// Who looks at the table.
    pub own: AccountId,
    pub may_manage: bool,
}

/// People with their roles; for those who may, with forms to change and remove them.
pub fn role_table(about: &RoleTable, people: Vec<PersonWithRole>) -> AnyView {
    let mut columns = vec![
        Column::Text("Name"),
        Column::Text("Address"),
        Column::Text("Role"),
    ];
    if about.may_manage {
        columns.push(Column::Unseen("Remove"));
    }
    let rows = people
        .into_iter()
        .map(|person| row(about, person))
        .collect();
    table(about.label, &columns, rows, nothing("Nobody here."))
}

fn row(about: &RoleTable, person: PersonWithRole) -> AnyView {
    let is_own = person.account == about.own;
    let is_below = about.given.iter().any(|(role, _)| *role == person.role);
    let role = if about.may_manage && !is_own && is_below {
        role_form(about, &person)
    } else {
        about
            .roles
            .iter()
            .find(|(stored, _)| *stored == person.role)
            .map_or(person.role, |(_, label)| *label)
            .into_any()
    };
    let may_remove = is_own || is_below;
    let remove = about.may_manage.then(|| {
        let values = vec![
            ("act", "remove".to_owned()),
            ("account", person.account.to_string()),
        ];
        let (class, name) = ("quiet danger-link", person.name.clone());
        let remove =
            may_remove.then(|| button_form(about.action.clone(), class, "Remove", name, values));
        view! { <td>{remove}</td> }
    });
    view! {
        <tr>
            <th scope="row">{person.name} {is_own.then_some(" (you)")}</th>
            <td>{person.email}</td>
            <td>{role}</td>
            {remove}
        </tr>
    }
    .into_any()
}

fn role_form(about: &RoleTable, person: &PersonWithRole) -> AnyView {
    let name = &person.name;
    let select = role_select(
        format!("role-{}", person.account),
        format!("Role of {name}"),
        Some(person.role),
        &about.given,
    );
    view! {
        <form method="post" action=about.action.clone() class="row">
            <input type="hidden" name="act" value="role" />
            <input type="hidden" name="account" value=person.account.to_string() />
            {select}
            <button class="button plain small" type="submit">
                "Set"
                <span class="visually-hidden">{format!(" the role of {name}")}</span>
            </button>
        </form>
    }
    .into_any()
}

/// A list of roles whose label only screen readers get.
pub fn role_select(
    id: String,
    label: String,
    chosen: Option<&'static str>,
    roles: &[(&'static str, &'static str)],
) -> AnyView {
    let options = roles.iter().map(|(value, label)| {
        let selected = chosen == Some(*value);
        view! {
            <option value=*value selected=selected>
                {*label}
            </option>
        }
    });
    view! {
        <label class="visually-hidden" for=id.clone()>
            {label}
        </label>
        <select id=id name="role">
            {options.collect_view()}
        </select>
    }
    .into_any()
}
