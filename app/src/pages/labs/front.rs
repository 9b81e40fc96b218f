//! The head of a lab's page for families.

use leptos::prelude::*;
use services::labs::PublicLab;

use super::picture_path;
use crate::parts::paragraphs;

pub fn lab_front(lab: &PublicLab) -> AnyView {
    let details = &lab.details;
    let institution = (!details.institution.is_empty())
        .then(|| view! { <p class="quiet-text">{details.institution.clone()}</p> });
    let email = details.contact_email.clone();
    view! {
        <header class="lab-front">
            {heading(lab)} {institution} {paragraphs(&details.description)}
            <p class="quiet-text">
                "Questions? " <a href=format!("mailto:{email}")>{email.clone()}</a>
            </p>
        </header>
    }
    .into_any()
}

/// The banner, which shows the lab's name; without one the name itself, with the badge.
fn heading(lab: &PublicLab) -> AnyView {
    let name = lab.details.name.clone();
    if !lab.banner.is_empty() {
        return view! {
            <h1 class="visually-hidden">{name.clone()}</h1>
            <img class="lab-banner" src=picture_path(&lab.banner) alt=name />
        }
        .into_any();
    }
    let badge = (!lab.badge.is_empty()).then(|| {
        let path = picture_path(&lab.badge);
        view! { <img class="lab-badge" src=path alt="" width="64" height="64" /> }
    });
    view! { <h1>{badge}{name}</h1> }.into_any()
}
