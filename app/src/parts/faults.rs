//! What was refused, at the head of a form.

use domain::error::Violation;
use leptos::prelude::*;

use crate::form::FormState;

/// Why a form was refused, with links to the fields.
#[component]
pub fn FormFaults(form: FormState) -> impl IntoView {
    if !form.is_refused() {
        return ().into_any();
    }
    let message = form
        .message
        .unwrap_or_else(|| "Please check the following:".to_owned());
    let faults: Vec<_> = form.violations.into_iter().map(fault).collect();
    view! {
        <div class="notice" data-kind="bad" role="alert" id="faults" tabindex="-1">
            <p>
                <strong>{message}</strong>
            </p>
            {(!faults.is_empty()).then(|| view! { <ul>{faults}</ul> })}
        </div>
    }
    .into_any()
}

/// A fault with a link to its field, if it has one.
fn fault(violation: Violation) -> AnyView {
    if violation.field.is_empty() {
        return view! { <li>{violation.message}</li> }.into_any();
    }
    let path = format!("#{}", violation.field);
    view! {
        <li>
            <a href=path>{violation.message}</a>
        </li>
    }
    .into_any()
}
