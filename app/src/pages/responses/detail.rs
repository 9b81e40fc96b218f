//! One response: the data of every frame, in order.

use domain::responses::ResponseId;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::Serialize;
use serde_json::Value;
use services::responses::{self, ResponsePage, StoredEvent, StoredFrame};

use crate::parts::{crumbs, fact, fact_list, nothing};
use crate::request::{Request, page};
use crate::words::count;

const EXACTLY: &str = "%Y-%m-%d %H:%M:%S UTC";

#[component]
pub fn Response() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: ResponseId = request.id("response")?;
        let found = responses::find(&request.ctx, &request.actor, id).await?;
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
        Ok(view! {
            <Title text=format!("Response of {child}") />
            {crumbs(&above)}
            <h1>"Response of " <code>{child}</code></h1>
            {facts(&found)}
            {conditions}
            {frames(found.frames)}
            {events(&found.events)}
            <section>
                <h2>"Raw record"</h2>
                <details>
                    <summary>"Show the JSON"</summary>
                    {code(&found.raw)}
                </details>
            </section>
        }
        .into_any())
    })
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
    let seconds = frame.data.get("frameDuration").and_then(Value::as_f64);
    let seconds = seconds.map(|seconds| format!(" \u{00b7} {seconds:.1} s"));
    let kind = frame.data.get("frameType").and_then(Value::as_str);
    let kind = kind.unwrap_or_default().to_owned();
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
            {answers(frame.data.get("formData"))}
            <details>
                <summary>"Data"</summary>
                {code(&frame.data)}
            </details>
        </li>
    }
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

fn events(events: &[StoredEvent]) -> AnyView {
    if events.is_empty() {
        return ().into_any();
    }
    let events: Vec<_> = events.iter().map(|event| &event.event).collect();
    view! {
        <section>
            <h2>"Events outside frames"</h2>
            {code(&events)}
        </section>
    }
    .into_any()
}
