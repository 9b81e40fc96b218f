//! One response: the data of every frame, in order.

use domain::responses::ResponseId;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::Serialize;
use serde_json::{Map, Value};
use services::responses::{self, ResponsePage, StoredFrame};

use crate::parts::{FormFaults, button_form, crumbs, done, fact, fact_list, nothing, pager};
use crate::request::{Request, page};
use crate::words::count;

const EXACTLY: &str = "%Y-%m-%d %H:%M:%S UTC";

/// Frames on a page.
const PAGE: u64 = 50;

const DONE: &[(&str, &str)] = &[("completed", "The response counts as complete.")];

#[component]
pub fn Response() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: ResponseId = request.id("response")?;
        let paging = request.paging(PAGE);
        let found = responses::find(&request.ctx, &request.actor, id, paging).await?;
        let child = found.row.child.clone();
        let study = format!("/exp/studies/{}", found.study.id);
        let above = [
            ("/exp/studies".to_owned(), "Studies"),
            (study.clone(), found.study.ad.name.as_str()),
            (format!("{study}/responses"), "Responses"),
        ];
        let conditions = (!found.conditions.is_empty()).then(|| {
            view! {
                <section>
                    <h2>"Conditions"</h2>
                    {code(&found.conditions)}
                </section>
            }
        });
        let completion = found.can_be_completed.then(|| completion(&request, id));
        let pages = pager(&request, &found.frames);
        Ok(view! {
            <Title text=format!("Response of {child}") />
            {crumbs(&above)}
            {done(&request, DONE)}
            <div class="page-head">
                <h1>"Response of " <code>{child}</code></h1>
                <a class="button plain" href=format!("/exp/responses/{id}/record.json") download="">
                    "Download as JSON"
                </a>
            </div>
            {facts(&found)}
            {completion}
            {conditions}
            {frames(found.frames.entries)}
            {pages}
            {events(&found.events)}
        }
        .into_any())
    })
}

/// A family took part elsewhere, and nothing has told us that it is done.
fn completion(request: &Request, id: ResponseId) -> AnyView {
    let action = format!("/exp/responses/{id}/complete");
    let form = request.form.of(&action, crate::form::Form::default());
    view! {
        <section>
            <FormFaults form />
            <p>
                "This study is on another site, which has not told us that the family is done. "
                "If you know that it is, say so: the child can then take part once more."
            </p>
            {button_form(action, "button plain small", "Mark as complete", String::new(), vec![])}
        </section>
    }
    .into_any()
}

fn facts(found: &ResponsePage) -> AnyView {
    let row = &found.row;
    let version = found
        .study_version
        .map(|version| fact("Version of the study", version));
    view! {
        <dl class="facts-list">
            {fact("Started", row.created_at.format(EXACTLY).to_string())}
            {fact("Last saved", row.updated_at.format(EXACTLY).to_string())}
            {fact("Age in days, rounded", row.age_rounded)}
            {fact("Complete", if row.is_completed { "yes" } else { "no" })}
            {fact("Eligibility", row.eligibility.join(", "))} {version}
            {fact("Response UUID", view! { <code>{row.id.to_string()}</code> })}
        </dl>
    }
    .into_any()
}

fn code(value: &impl Serialize) -> AnyView {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    view! {
        <pre class="code" tabindex="0">
            {text}
        </pre>
    }
    .into_any()
}

fn frames(frames: Vec<StoredFrame>) -> AnyView {
    let frames = if frames.is_empty() {
        nothing("No frames were saved.")
    } else {
        let frames = frames.into_iter().map(frame);
        view! { <ol class="frame-list">{frames.collect_view()}</ol> }.into_any()
    };
    view! {
        <section>
            <h2>"Frames"</h2>
            {frames}
        </section>
    }
    .into_any()
}

fn frame(frame: StoredFrame) -> impl IntoView {
    let member = |name: &str| frame.data.as_ref().and_then(|data| data.get(name)).cloned();
    let seconds = member("frameDuration").and_then(|seconds| seconds.as_f64());
    let seconds = seconds.map(|seconds| format!(" \u{00b7} {seconds:.1} s"));
    let kind = member("frameType").unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().to_owned();
    let saves = (frame.saves > 1)
        .then(|| format!(" \u{00b7} saved {}", count(frame.saves, "time", "times")));
    view! {
        <li class="card">
            <div class="frame-head">
                <h3>
                    <code>{frame.frame_id}</code>
                </h3>
                <span class="quiet-text">{kind} {seconds} {saves}</span>
            </div>
            {match frame.data {
                Some(data) => data_of(&data),
                None => view! { <p class="quiet-text">{TOO_LONG}</p> }.into_any(),
            }}
        </li>
    }
}

const TOO_LONG: &str = "The data of this frame are too long for this page. They are in the file.";

fn data_of(data: &Map<String, Value>) -> AnyView {
    view! {
        {answers(data.get("formData"))}
        <details>
            <summary>"Data"</summary>
            {code(data)}
        </details>
    }
    .into_any()
}

/// What was answered in a frame that is a form.
fn answers(form_data: Option<&Value>) -> AnyView {
    let Some(answers) = form_data.and_then(Value::as_object) else {
        return ().into_any();
    };
    if answers.is_empty() {
        return ().into_any();
    }
    fact_list(answers.iter().map(|(name, value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), value)
    }))
}

fn events(events: &[Map<String, Value>]) -> AnyView {
    if events.is_empty() {
        return ().into_any();
    }
    view! {
        <section>
            <h2>"Events outside frames"</h2>
            {code(&events)}
        </section>
    }
    .into_any()
}
