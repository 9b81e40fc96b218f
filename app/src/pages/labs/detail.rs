//! One lab, for researchers.

use domain::labs::{LabId, LabRole};
use domain::permissions::{self, Action};
use leptos::prelude::*;
use leptos_meta::Title;
use services::labs::{self, LabPage};

use super::picture_path;
use crate::parts::{FormFaults, button_form, crumbs, done, fact, fact_bullets, paragraphs};
use crate::request::{Request, page};
use crate::words::count;

const DONE: &[(&str, &str)] = &[
    (
        "created",
        "Your lab is created. Our staff will look at it; until it is approved you can write and \
         try out studies, but not submit them.",
    ),
    ("saved", "Your changes are saved."),
    (
        "asked",
        "The lab's admins have been told that you would like to join.",
    ),
    ("withdrawn", "Your request to join is withdrawn."),
    ("joined", "Welcome to the lab."),
    (
        "approved",
        "The lab is approved, and its admins have been told.",
    ),
    ("unapproved", "The approval is withdrawn."),
];

#[component]
pub fn Lab() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: LabId = request.id("lab")?;
        let lab = labs::find(&request.ctx, &request.actor, id).await?;
        let name = lab.details.name.clone();
        let badge = (!lab.badge.is_empty()).then(|| {
            let path = picture_path(&lab.badge);
            view! { <img class="lab-badge" src=path alt="" width="48" height="48" /> }
        });
        Ok(view! {
            <Title text=name.clone() />
            {crumbs(&[("/exp/labs".to_owned(), "Labs")])}
            <div class="page-head">
                <h1>{badge}{name}</h1>
            </div>
            {done(&request, DONE)}
            <FormFaults form=request.form.clone() />
            <div class="row-actions spread">{actions(id, &lab)}</div>
            {facts(&lab)}
            <section>
                <h2>"What parents read"</h2>
                {paragraphs(&lab.details.description)}
            </section>
            {roles()}
        }
        .into_any())
    })
}

/// What this person may do with the lab.
fn actions(id: LabId, lab: &LabPage) -> AnyView {
    let may = |action| lab.roles.grants(action);
    let members = may(Action::ReadLabResearchers).then(|| {
        let label = match lab.requests {
            0 => "Members".to_owned(),
            requests => format!("Members ({})", count(requests, "request", "requests")),
        };
        view! {
            <a class="button plain" href=format!("/exp/labs/{id}/members")>
                {label}
            </a>
        }
    });
    let edit = may(Action::EditLabMetadata).then(|| {
        view! {
            <a class="button plain" href=format!("/exp/labs/{id}/edit")>
                "Edit"
            </a>
        }
    });
    let approve = may(Action::EditLabApproval).then(|| approval(id, lab.is_approved));
    let front = (lab.is_approved && !lab.details.slug.is_empty()).then(|| {
        let path = format!("/studies/{}", lab.details.slug);
        view! { <a href=path>"The page that families see"</a> }
    });
    view! {
        {members}
        {edit}
        {approve}
        {membership(id, lab)}
        {front}
    }
    .into_any()
}

fn approval(id: LabId, is_approved: bool) -> AnyView {
    let (class, label, value) = if is_approved {
        ("button plain", "Withdraw approval", "no")
    } else {
        ("button", "Approve this lab", "yes")
    };
    let path = format!("/exp/labs/{id}/approval");
    button_form(path, class, label, "", vec![("approved", value.to_owned())])
}

fn membership(id: LabId, lab: &LabPage) -> AnyView {
    let (verb, class, label) = match (lab.roles.lab, lab.has_asked) {
        (Some(_), _) => ("leave", "quiet danger-link", "Leave the lab"),
        (None, true) => ("withdraw", "button plain", "Withdraw my request to join"),
        (None, false) => ("join", "button", "Ask to join"),
    };
    button_form(format!("/exp/labs/{id}/{verb}"), class, label, "", vec![])
}

fn facts(lab: &LabPage) -> AnyView {
    let details = lab.details.clone();
    let approved = if lab.is_approved {
        "yes"
    } else {
        "not yet: its studies can be written and tried out, but not submitted"
    };
    let contact = format!("{} {}", details.contact_email, details.contact_phone);
    let website = (!details.website.is_empty()).then(|| {
        let path = details.website.clone();
        let link = view! {
            <a href=path rel="noopener noreferrer">
                {details.website}
            </a>
        };
        fact("Website", link)
    });
    view! {
        <dl class="facts-list">
            {fact("Your role", lab.roles.lab.map_or("none", LabRole::label))}
            {fact("Approved", approved)} {fact("Institution", details.institution)}
            {fact("Principal investigator", details.principal_investigator_name)}
            {fact("Contact", contact)} {website}
            {fact("Review board", paragraphs(&details.irb_contact_info))}
        </dl>
    }
    .into_any()
}

fn roles() -> AnyView {
    let roles = LabRole::ALL.iter().rev().map(|role| {
        let words = permissions::granted_words(|action| role.grants(action));
        (role.label(), words)
    });
    view! {
        <section>
            <h2>"Who can do what"</h2>
            {fact_bullets(roles)}
            <p class="help">
                "A role in the lab is not enough to read children's answers: that takes a role in \
                 the study."
            </p>
        </section>
    }
    .into_any()
}
