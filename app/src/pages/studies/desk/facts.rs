//! What stands beside a study: its picture, facts, address, and rare actions.

use domain::studies::{StudyId, StudyState};
use leptos::prelude::*;
use services::studies::LabStudyPage;

use super::audience::audience_line;
use crate::parts::{When, button_form, fact};
use crate::words::count;

pub(super) fn side(id: StudyId, origin: &str, found: &LabStudyPage) -> AnyView {
    view! {
        {picture(found)}
        {facts(id, found)}
        {address(id, origin, found.has_shared_preview)}
        <div class="side-actions">{clone(id, found)} {delete_previews(id, found)}</div>
    }
    .into_any()
}

fn picture(found: &LabStudyPage) -> AnyView {
    let ad = &found.content.ad;
    let (image, alt) = (ad.image.clone(), ad.image_alt.clone());
    (!image.is_empty())
        .then(|| view! { <img class="picture" src=image alt=alt width="240" height="240" /> })
        .into_any()
}

fn facts(id: StudyId, found: &LabStudyPage) -> AnyView {
    let study = &found.study;
    let lab = format!("/exp/labs/{}", study.lab_id);
    let approval = found.approval.clone().map(|(who, when)| {
        let approved = view! {
            {who}
            ", "
            <When at=when />
        };
        fact("Approved by", approved)
    });
    view! {
        <dl class="facts-list stacked">
            {fact("Lab", view! { <a href=lab>{found.lab_name.clone()}</a> })}
            {fact("Kind", study.kind.label())} {fact("For", audience_line(&found.content.ad))}
            {fact("Version", version(found))} {approval}
            {fact("Listed", listed(study.state, study.is_public))}
            {fact("UUID", view! { <code>{id.to_string()}</code> })}
        </dl>
    }
    .into_any()
}

fn version(found: &LabStudyPage) -> String {
    match (found.version, found.approved_version) {
        (0, _) => "from before versioning".to_owned(),
        (latest, Some(approved)) if latest == approved => format!("{latest}, approved"),
        (latest, Some(approved)) => format!("{latest}; version {approved} was approved last"),
        (latest, None) => format!("{latest}, never approved"),
    }
}

const fn listed(state: StudyState, is_public: bool) -> &'static str {
    match (matches!(state, StudyState::Active), is_public) {
        (true, true) => "yes: families find it",
        (true, false) => "no: families can only reach it by its link",
        (false, true) => "once it collects data",
        (false, false) => "no; once it collects data, families can reach it by its link",
    }
}

fn address(id: StudyId, origin: &str, has_shared_preview: bool) -> AnyView {
    let address = format!("{origin}/studies/{id}");
    let shared = "Its preview is shared: every researcher can try it at this address.";
    let shared = has_shared_preview.then(|| view! { <p class="help">{shared}</p> });
    view! {
        <p>
            <a href=format!("/studies/{id}")>"The page that families see"</a>
        </p>
        <p class="help">"Its address: " <code class="address">{address}</code></p>
        {shared}
    }
    .into_any()
}

fn clone(id: StudyId, found: &LabStudyPage) -> AnyView {
    let (action, name) = (
        format!("/exp/studies/{id}/clone"),
        found.study.ad.name.clone(),
    );
    found
        .may_clone
        .then(|| button_form(action, "button plain small", "Clone", name, vec![]))
        .into_any()
}

fn delete_previews(id: StudyId, found: &LabStudyPage) -> AnyView {
    if !found.may_delete_previews || found.previews == 0 {
        return ().into_any();
    }
    let previews = count(found.previews, "preview", "previews");
    let words = format!(
        "Everything that {previews} stored is deleted for good. Families' responses are kept.",
    );
    view! {
        <details>
            <summary>{format!("Delete preview data ({})", found.previews)}</summary>
            <p>{words}</p>
            {button_form(
                format!("/exp/studies/{id}/previews/delete"),
                "button danger small",
                format!("Delete {previews}"),
                "",
                vec![("expected", found.previews.to_string())],
            )}
        </details>
    }
    .into_any()
}
