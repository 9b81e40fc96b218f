//! What is asked about a lab, when it is created and when it is edited.

use leptos::prelude::*;

use crate::form::FormState;
use crate::parts::{TextArea, TextField};

pub(super) fn lab_fields(form: &FormState) -> AnyView {
    let form = form.clone();
    view! {
        <TextField form=form.clone() name="name" label="Name" required=true />
        <TextField
            form=form.clone()
            name="slug"
            label="Last part of the web address for families"
            required=true
            help="Such as child-lab: families will then find your studies at /studies/child-lab."
        />
        <TextField form=form.clone() name="institution" label="Institution" />
        <TextField
            form=form.clone()
            name="principal_investigator_name"
            label="Principal investigator"
            required=true
        />
        <TextField
            form=form.clone()
            name="contact_email"
            label="Email address for families"
            kind="email"
            required=true
            help="When families reply to your emails, the replies go here."
        />
        <TextField
            form=form.clone()
            name="contact_phone"
            label="Telephone"
            kind="tel"
            required=true
        />
        <TextField form=form.clone() name="website" label="Website" kind="url" />
        <TextArea
            form=form.clone()
            name="description"
            label="What parents should know about the lab"
            required=true
        />
        <TextArea
            form=form
            name="irb_contact_info"
            label="Whom families can ask about the review board's approval"
            required=true
        />
    }
    .into_any()
}
