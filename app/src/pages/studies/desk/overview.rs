//! One study: where it is in its life, what it still needs, and what can be done with it.

use domain::studies::StudyId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, LabStudyPage};

use super::design_card::design_card;
use super::facts::side;
use super::log::entry;
use super::status::status;
use crate::parts::{FormFaults, crumbs, done};
use crate::request::{Request, page};

const DONE: &[(&str, &str)] = &[
    (
        "created",
        "The study is created. Write its ad and its design next.",
    ),
    ("cloned", "This is your copy."),
    ("moved", "Done."),
    ("previews-deleted", "The previews are deleted."),
];

#[component]
pub fn Overview() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::find_of_lab(&request.ctx, &request.actor, id).await?;
        let (name, state) = (found.study.ad.name.clone(), found.study.state);
        let log = found.log.iter().cloned().map(entry);
        Ok(view! {
            <Title text=name.clone() />
            {crumbs(&[("/exp/studies".to_owned(), "Studies")])}
            {done(&request, DONE)}
            <div class="page-head">
                <h1>
                    {name} " " <span class="pill" data-state=state.as_str()>
                        {state.label()}
                    </span>
                </h1>
            </div>
            <FormFaults form=request.form.clone() />
            <div class="row-actions spread">{rooms(id, &found)}</div>
            <div class="study-desk">
                <div>
                    {status(id, &found, &request.form)} {design_card(&found)} <section class="card">
                        <div class="page-head">
                            <h2>"Recent activity"</h2>
                            <a href=format!("/exp/studies/{id}/log")>"The whole log"</a>
                        </div>
                        <ol class="log">{log.collect_view()}</ol>
                    </section>
                </div>
                <aside class="study-side" aria-label="About the study">
                    {side(id, &request.ctx.site.origin, &found)}
                </aside>
            </div>
        }
        .into_any())
    })
}

/// Links to the other pages of the study that this person may open.
fn rooms(id: StudyId, found: &LabStudyPage) -> AnyView {
    let room = |path: &str, label: String| {
        view! {
            <a class="button plain" href=format!("/exp/studies/{id}/{path}")>
                {label}
            </a>
        }
        .into_any()
    };
    let plain = |path: &str, label: &str| room(path, label.to_owned());
    let write = found.may_write.then(|| {
        view! {
            <a class="button" href=format!("/exp/studies/{id}/design")>
                "Design"
            </a>
            {plain("edit", "Ad")}
        }
    });
    let responses = found
        .may_read_responses
        .then(|| room("responses", format!("Responses ({})", found.responses)));
    let previews = (found.may_read_previews && found.previews > 0).then(|| {
        let label = format!("Previews ({})", found.previews);
        room("responses?previews=yes", label)
    });
    view! {
        {write}
        <form method="post" action=format!("/exp/studies/{id}/preview")>
            <button class="button plain" type="submit">
                "Full preview"
            </button>
        </form>
        {responses}
        {previews}
        {plain("versions", "Versions")}
        {plain("review", "Review")}
        {plain("people", "People")}
        {found.may_manage_people.then(|| plain("audit", "Audit"))}
    }
    .into_any()
}
