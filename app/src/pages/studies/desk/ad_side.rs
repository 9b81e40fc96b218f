//! What stands beside the form of an ad: the picture, and a search for other studies' ids.

use domain::studies::{Ad, StudyId};
use leptos::prelude::*;
use services::studies::StudyName;

use crate::form::FormState;
use crate::parts::FileField;

pub(super) fn picture(id: StudyId, ad: &Ad, form: &FormState) -> AnyView {
    let (image, alt) = (ad.image.clone(), ad.image_alt.clone());
    let picture = if image.is_empty() {
        view! { <p class="quiet-text">"No picture yet."</p> }.into_any()
    } else {
        view! { <img class="picture" src=image alt=alt width="240" height="240" /> }.into_any()
    };
    view! {
        <section>
            <h2>"Picture"</h2>
            {picture}
            <FileField
                form=form.clone()
                name="image"
                action=format!("/exp/studies/{id}/image")
                label="Square picture"
                help="PNG, JPEG or WebP, at most 4 MB. Hidden data in the file, such as where a \
                photo was taken, is removed."
                accept="image/png,image/jpeg,image/webp"
                button="Save picture"
            />
        </section>
    }
    .into_any()
}

pub(super) fn find(search: &str, finds: Vec<StudyName>) -> AnyView {
    let found = if finds.is_empty() {
        view! { <li>"No study found."</li> }.into_any()
    } else {
        let finds = finds.into_iter().map(|known| {
            view! { <li>{known.name} <br /><code>{known.id.to_string()}</code></li> }
        });
        finds.collect_view().into_any()
    };
    let found = (!search.is_empty()).then(|| view! { <ul class="finds">{found}</ul> });
    view! {
        <section>
            <h2>"Find a study"</h2>
            <form method="get" role="search">
                <div class="field">
                    <label for="find">"Name"</label>
                    <input id="find" name="find" type="search" value=search.to_owned() />
                </div>
                <button class="button plain small" type="submit">
                    "Find"
                </button>
            </form>
            {found}
        </section>
    }
    .into_any()
}
