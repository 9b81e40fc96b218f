//! The people of a lab, those who ask to join, and invitations.

use domain::labs::{LabId, LabRole};
use domain::permissions;
use leptos::prelude::*;
use leptos_meta::Title;
use services::labs::{self, Invitation, JoinRequest, Member, Members};

use super::lab_crumbs;
use crate::form::{Form, FormState};
use crate::parts::{
    FormFaults, PersonWithRole, RoleTable, SelectField, TextField, When, button_form, done, pager,
    role_select, role_table, search_form,
};
use crate::request::{Request, page};
use crate::words::shortened;

const DONE: &[(&str, &str)] = &[
    ("role", "The role is set, and the person has been told."),
    (
        "remove",
        "The person is no longer in the lab and its studies.",
    ),
    ("decline", "The request is declined."),
    ("invited", "The invitation is on its way."),
    ("revoked", "The invitation is revoked."),
];

#[component]
pub fn LabMembers() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: LabId = request.id("lab")?;
        let (search, paging) = (request.search(), request.paging(50));
        let found = labs::members(&request.ctx, &request.actor, id, &search, paging).await?;
        let action = format!("/exp/labs/{id}/members");
        let about = RoleTable {
            label: "Members",
            action: action.clone(),
            roles: roles(),
            given: roles(),
            own: found.own,
            may_manage: found.may_manage,
        };
        let pages = pager(&request, &found.page);
        let people = found.page.entries.iter().map(with_role).collect();
        let manage = found.may_manage.then(|| invite(id, &found, &request.form));
        Ok(view! {
            <Title text=format!("Members of {}", found.lab_name) />
            {lab_crumbs(id, &found.lab_name)}
            <h1>"Members"</h1>
            {done(&request, DONE)}
            <FormFaults form=request.form.clone() />
            {requests(&action, &found.asking)}
            {search_form(&action, "Name or address", search, vec![])}
            {role_table(&about, people)}
            {pages}
            {manage}
        }
        .into_any())
    })
}

fn roles() -> Vec<(&'static str, &'static str)> {
    LabRole::ALL
        .iter()
        .map(|role| (role.as_str(), role.label()))
        .collect()
}

fn with_role(member: &Member) -> PersonWithRole {
    PersonWithRole {
        account: member.account,
        name: member.name.clone(),
        email: member.email.clone(),
        role: member.role.as_str(),
    }
}

/// Those who ask to join.
fn requests(action: &str, asking: &[JoinRequest]) -> AnyView {
    if asking.is_empty() {
        return ().into_any();
    }
    let asking = asking.iter().map(|person| request(action, person));
    view! {
        <section>
            <h2>"Requests to join"</h2>
            <ul class="session-list">{asking.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn request(action: &str, person: &JoinRequest) -> AnyView {
    let name = person.name.clone();
    let decline = button_form(
        action,
        "quiet danger-link",
        "Decline",
        name.clone(),
        vec![
            ("act", "decline".to_owned()),
            ("account", person.account.to_string()),
        ],
    );
    view! {
        <li>
            <span>
                <strong>{name}</strong>
                " "
                <span class="quiet-text">
                    {person.email.clone()} ", " <When at=person.asked_at />
                </span>
            </span>
            <span class="row-actions">{accept(action, person)} {decline}</span>
        </li>
    }
    .into_any()
}

fn accept(action: &str, person: &JoinRequest) -> AnyView {
    let name = &person.name;
    let select = role_select(
        format!("accept-{}", person.account),
        format!("Role of {name}"),
        Some(LabRole::Member.as_str()),
        &roles(),
    );
    view! {
        <form method="post" action=action.to_owned() class="row">
            <input type="hidden" name="act" value="role" />
            <input type="hidden" name="account" value=person.account.to_string() />
            {select}
            <button class="button small" type="submit">
                "Accept"
                <span class="visually-hidden">{format!(" {name}")}</span>
            </button>
        </form>
    }
    .into_any()
}

fn invite(id: LabId, found: &Members, form: &FormState) -> AnyView {
    let action = format!("/exp/labs/{id}/invite");
    let form = form.of(&action, Form::default());
    view! {
        <section class="narrow">
            <h2>"Invite somebody"</h2>
            <form method="post" action=action novalidate>
                <TextField
                    form=form.clone()
                    name="email"
                    label="Email address"
                    kind="email"
                    required=true
                />
                <SelectField
                    form=form
                    name="invite_role"
                    label="Role"
                    none="Member"
                    options=roles_in_words()
                />
                <button class="button" type="submit">
                    "Send invitation"
                </button>
            </form>
            {invitations(id, &found.invitations)}
        </section>
    }
    .into_any()
}

/// Roles with the beginning of what they allow, as much as fits on a line.
fn roles_in_words() -> Vec<(String, String)> {
    LabRole::ALL
        .iter()
        .map(|role| {
            let words = permissions::in_words(|action| role.grants(action));
            let words = shortened(&format!("{} {words}", role.label()), 80);
            (role.as_str().to_owned(), words)
        })
        .collect()
}

fn invitations(id: LabId, invitations: &[Invitation]) -> AnyView {
    if invitations.is_empty() {
        return ().into_any();
    }
    let invitations = invitations.iter().map(|one| invitation(id, one));
    view! {
        <h3>"Open invitations"</h3>
        <ul class="session-list">{invitations.collect_view()}</ul>
    }
    .into_any()
}

fn invitation(id: LabId, invitation: &Invitation) -> AnyView {
    let email = invitation.email.clone();
    let revoke = button_form(
        format!("/exp/labs/{id}/invitations/revoke"),
        "quiet danger-link",
        "Revoke",
        email.clone(),
        vec![("invitation", invitation.id.to_string())],
    );
    view! {
        <li>
            <span>{email}</span>
            <span class="quiet-text">
                {invitation.role.label()} ", until " <When at=invitation.expires_at />
            </span>
            {revoke}
        </li>
    }
    .into_any()
}
