//! Writing what a study runs. The text is a form that works without scripts; with them it becomes
//! an editor with an outline on one side and a preview on the other.

use domain::studies::design::{Platform, Scheduling};
use domain::studies::{DraftPart, StudyId, StudyKind};
use leptos::prelude::*;
use leptos_meta::{Script, Stylesheet, Title};
use services::studies::{self, DesignPage};

use super::ad::save_bar;
use super::agreement::agreement;
use super::design_fields::{RENEWAL, archive_form, external, jspsych, protocol, runner};
use super::draft::form_or_draft;
use super::outline::outline_view;
use super::{SAVED, study_crumbs};
use crate::form::{Form, FormState};
use crate::parts::{FormFaults, TextField, done};
use crate::policy::allow_editor;
use crate::request::{Request, page};

#[component]
pub fn EditDesign() -> impl IntoView {
    allow_editor();
    let request = Request::current();
    let content = page(async move {
        let id: StudyId = request.id("study")?;
        let found = studies::design(&request.ctx, &request.actor, id).await?;
        let action = format!("/exp/studies/{id}/design");
        let (form, draft) = form_or_draft(
            &request,
            id,
            DraftPart::Design,
            &action,
            found.version,
            filled(&found),
        )
        .await?;
        let outlined = if has_protocol(found.kind) {
            let text = form.form.text("structure");
            Some(
                request
                    .ctx
                    .on_design(move || ::protocol::report(&text))
                    .await?,
            )
        } else {
            None
        };
        let archive = (found.kind == StudyKind::CustomRunner)
            .then(|| archive_form(id, &found.content.design.runner.archive, &request.form));
        Ok(view! {
            <Title text=format!("Design of {}", found.name) />
            {study_crumbs(id, &found.name)}
            {done(&request, SAVED)}
            {head(id, &found)}
            {draft}
            <FormFaults form=request.form.clone() />
            <div class="workbench" data-kind=found.kind.as_str()>
                {outline(found.kind, outlined.as_ref())}
                {design_form(&request, id, action, &found, &form)}
                {archive}
                {preview(id, &found, &request.ctx.site.run_origin)}
            </div>
            {renewal(id, found.kind)}
            {frame_kinds(found.kind)}
        }
        .into_any())
    });
    view! {
        <Stylesheet href="/pkg/editor.css" />
        <Script type_="module" src="/pkg/editor.js" />
        {content}
    }
}

/// Whether the study runs a protocol, rather than code of another kind.
fn has_protocol(kind: StudyKind) -> bool {
    matches!(kind, StudyKind::FramePlayer | StudyKind::CustomRunner)
}

/// The fields of the form, filled from what is saved.
fn filled(found: &DesignPage) -> Form {
    let design = &found.content.design;
    let (external, runner) = (&design.external, &design.runner);
    let scheduled = match (external.url.is_empty(), external.scheduled) {
        (true, _) => "",
        (false, true) => "Scheduled",
        (false, false) => "Unmoderated",
    };
    let generates = if design.uses_generator { "1" } else { "" };
    let scheduling = external.scheduling.map(Scheduling::as_str);
    let platform = external.study_platform.map(Platform::as_str);
    let hosts: Vec<&str> = design.hosts.iter().map(String::as_str).collect();
    let mut form = Form::of([
        ("base", found.version.to_string()),
        ("structure", design.protocol.clone()),
        ("uses_generator", generates.to_owned()),
        ("generator", design.generator.clone()),
        ("experiment", design.experiment.clone()),
        ("url", external.url.clone()),
        ("scheduled", scheduled.to_owned()),
        ("scheduling", scheduling.unwrap_or_default().to_owned()),
        ("other_scheduling", external.other_scheduling.clone()),
        ("study_platform", platform.unwrap_or_default().to_owned()),
        (
            "other_study_platform",
            external.other_study_platform.clone(),
        ),
        ("player_repo_url", runner.player_repo_url.clone()),
        (
            "last_known_player_sha",
            runner.last_known_player_sha.clone(),
        ),
        ("hosts", hosts.join("\n")),
    ]);
    for fact in &design.child_facts {
        form.push("child_facts", fact.as_str());
    }
    form
}

fn head(id: StudyId, found: &DesignPage) -> AnyView {
    view! {
        <div class="page-head">
            <h1>"Design " <span class="quiet-text">{found.kind.label()}</span></h1>
            <div class="row-actions">
                <a class="button plain" href=format!("/exp/studies/{id}/edit")>
                    "Ad"
                </a>
                <form method="post" action=format!("/exp/studies/{id}/preview") target="_blank">
                    <button class="button plain" type="submit">
                        {format!("Full preview of version {}, as saved", found.version)}
                    </button>
                </form>
            </div>
        </div>
    }
    .into_any()
}

fn outline(kind: StudyKind, found: Option<&::protocol::report::Report>) -> AnyView {
    if kind == StudyKind::External {
        return ().into_any();
    }
    let outline = found.map_or_else(plugins, outline_view);
    view! {
        <section class="workbench-outline" aria-label="Outline">
            <div id="outline">{outline}</div>
        </section>
    }
    .into_any()
}

/// A list of jsPsych's plugins; the editor fills it, since only the browser knows them.
fn plugins() -> AnyView {
    view! {
        <p class="quiet-text" id="plugins">
            "With JavaScript, the plugins that are ready to use are listed here."
        </p>
    }
    .into_any()
}

fn design_form(
    request: &Request,
    id: StudyId,
    action: String,
    found: &DesignPage,
    form: &FormState,
) -> AnyView {
    let fields = match found.kind {
        StudyKind::FramePlayer => protocol(form),
        StudyKind::JsPsych => jspsych(form),
        StudyKind::External => external(form, &request.ctx.site.origin, id, &found.webhook_secret),
        StudyKind::CustomRunner => view! {
            {runner(form)}
            {protocol(form)}
        }
        .into_any(),
    };
    view! {
        <form
            method="post"
            action=action
            class="workbench-text"
            id="design-form"
            data-draft=format!("/exp/studies/{id}/draft")
            data-part="design"
            data-check=format!("/exp/studies/{id}/check")
        >
            <input type="hidden" name="base" id="base" value=form.form.text("base") />
            {fields}
            <TextField form=form.clone() name="note" label="Note for this version" />
            {agreement(found.state, form)}
            {save_bar(id)}
        </form>
    }
    .into_any()
}

/// The form of a button that stands within the other form.
fn renewal(id: StudyId, kind: StudyKind) -> AnyView {
    if kind != StudyKind::External {
        return ().into_any();
    }
    let action = format!("/exp/studies/{id}/secret");
    view! { <form method="post" action=action id=RENEWAL></form> }.into_any()
}

/// The place of the preview, which the editor fills. It begins with a child in the middle of the
/// study's ages.
fn preview(id: StudyId, found: &DesignPage, run_origin: &str) -> AnyView {
    if !matches!(found.kind, StudyKind::FramePlayer | StudyKind::JsPsych) {
        return ().into_any();
    }
    let ages = found.content.ad.ages;
    let age = i64::midpoint(ages.lowest_days(), ages.highest_days());
    view! {
        <section
            class="workbench-pane"
            id="pane"
            aria-label="Preview"
            data-run-origin=run_origin.to_owned()
            data-document=format!("/exp/studies/{id}/pane")
            data-age=age
            hidden=true
        ></section>
    }
    .into_any()
}

/// What the editor knows of frames, for completion and checks.
fn frame_kinds(kind: StudyKind) -> AnyView {
    has_protocol(kind)
        .then(|| {
            let kinds = ::protocol::kinds::as_json();
            view! { <script type="application/json" id="frame-kinds" inner_html=kinds></script> }
        })
        .into_any()
}
