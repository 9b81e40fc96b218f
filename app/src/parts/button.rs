//! Forms that nobody types in.

use leptos::prelude::*;

/// A form that is one button. `about` tells screen readers what the eye sees around it; `values`
/// are sent along.
pub fn button_form(
    action: impl Into<String>,
    class: &'static str,
    label: impl Into<String>,
    about: impl Into<String>,
    values: Vec<(&'static str, String)>,
) -> AnyView {
    let about = about.into();
    let inputs = values
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    let about = (!about.is_empty())
        .then(|| view! { <span class="visually-hidden">{format!(" {about}")}</span> });
    view! {
        <form method="post" action=action.into()>
            {inputs.collect_view()}
            <button class=class type="submit">
                {label.into()}
                {about}
            </button>
        </form>
    }
    .into_any()
}
