//! The ad of a study: what families read about it, and who fits.

use domain::studies::{Content, DraftPart, StudyId};
use leptos::prelude::*;
use leptos_meta::{Script, Title};
use services::studies::{self, AdPage};

use super::ad_fields::{eligibility, listing, more_texts, moving, texts};
use super::ad_side::{find, picture};
use super::agreement::agreement;
use super::draft::form_or_draft;
use super::{SAVED, study_crumbs};
use crate::form::{Form, FormState};
use crate::parts::{FormFaults, Notice, TextField, done};
use crate::request::{Request, page};

#[component]
pub fn EditAd() -> impl IntoView {
    let request = Request::current();
    let content = page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::ad(&request.ctx, &request.actor, id).await?;
        let action = format!("/exp/studies/{id}/edit");
        let (form, draft) = form_or_draft(
            &request,
            id,
            DraftPart::Ad,
            &action,
            found.version,
            filled(&found.content, found.version),
        )
        .await?;
        let search = request.text("find");
        let finds = if search.is_empty() {
            Vec::new()
        } else {
            studies::find_by_words(&request.ctx, &request.actor, &search).await?
        };
        let ad = &found.content.ad;
        Ok(view! {
            <Title text=format!("Ad of {}", ad.name) />
            {study_crumbs(id, &ad.name)}
            {done(&request, SAVED)}
            {head(id)}
            {draft}
            <FormFaults form=request.form.clone() />
            {missing(&found)}
            <div class="study-desk">
                {ad_form(id, action, &found, &form)}
                <aside class="study-side" aria-label="Picture and studies">
                    {picture(id, ad, &request.form)}
                    {find(&search, finds)}
                </aside>
            </div>
        }
        .into_any())
    });
    view! {
        <Script type_="module" src="/pkg/ad.js" />
        {content}
    }
}

/// The fields of the form, filled from what is saved.
fn filled(content: &Content, version: i32) -> Form {
    let (ad, settings) = (&content.ad, &content.settings);
    let ids = |list: &std::collections::BTreeSet<StudyId>| {
        list.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let flag = |is_set: bool| if is_set { "1" } else { "" }.to_owned();
    Form::of([
        ("base", version.to_string()),
        ("name", ad.name.clone()),
        ("preview_summary", ad.preview_summary.clone()),
        ("short_description", ad.short_description.clone()),
        ("purpose", ad.purpose.clone()),
        ("criteria", ad.criteria.clone()),
        ("duration", ad.duration.clone()),
        ("contact_info", ad.contact_info.clone()),
        ("compensation", ad.compensation.clone()),
        ("image_alt", ad.image_alt.clone()),
        ("exit_url", ad.exit_url.clone()),
        ("min_age_years", ad.ages.min_years.to_string()),
        ("min_age_months", ad.ages.min_months.to_string()),
        ("min_age_days", ad.ages.min_days.to_string()),
        ("max_age_years", ad.ages.max_years.to_string()),
        ("max_age_months", ad.ages.max_months.to_string()),
        ("max_age_days", ad.ages.max_days.to_string()),
        ("criteria_expression", ad.criteria_expression.clone()),
        ("must", ids(&ad.must)),
        ("must_not", ids(&ad.must_not)),
        ("priority", settings.priority.to_string()),
        ("is_public", flag(settings.is_public)),
        ("has_shared_preview", flag(settings.has_shared_preview)),
    ])
}

fn head(id: StudyId) -> AnyView {
    view! {
        <div class="page-head">
            <h1>"Ad"</h1>
            <div class="row-actions">
                <a class="button plain" href=format!("/exp/studies/{id}/design")>
                    "Design"
                </a>
                <a class="button plain" href=format!("/studies/{id}")>
                    "As families see it"
                </a>
            </div>
        </div>
    }
    .into_any()
}

/// What a submission still needs.
fn missing(found: &AdPage) -> AnyView {
    let missing: Vec<_> = found.content.ad.missing().into_iter().collect();
    if missing.is_empty() {
        return ().into_any();
    }
    let missing: Vec<_> = missing.into_iter().map(|(_, words)| words).collect();
    view! {
        <Notice kind="info">
            <p>"Still needed before you can submit: " {missing.join(", ")} "."</p>
        </Notice>
    }
    .into_any()
}

fn ad_form(id: StudyId, action: String, found: &AdPage, form: &FormState) -> AnyView {
    view! {
        <form
            method="post"
            action=action
            data-draft=format!("/exp/studies/{id}/draft")
            data-part="ad"
            id="ad-form"
        >
            <input type="hidden" name="base" id="base" value=form.form.text("base") />
            {texts(form)}
            {eligibility(form, &found.content.ad, &found.known)}
            {more_texts(form)}
            {listing(form)}
            {moving(form, &found.lab, &found.labs)}
            <TextField form=form.clone() name="note" label="Note for this version" />
            {agreement(found.state, form)}
            {save_bar(id)}
        </form>
    }
    .into_any()
}

/// The button, and what the script says about the draft.
pub(super) fn save_bar(id: StudyId) -> AnyView {
    view! {
        <div class="form-actions sticky">
            <button class="button" type="submit">
                "Save"
            </button>
            <a href=format!("/exp/studies/{id}")>"Back to the study"</a>
            <span class="draft-state" role="status" aria-live="polite"></span>
        </div>
    }
    .into_any()
}
