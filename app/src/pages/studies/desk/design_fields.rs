//! The fields of a design, by kind of study.

use domain::studies::design::{MOST_HOSTS, Platform, SOURCE_HOSTS, Scheduling};
use domain::studies::{ChildFact, StudyId};
use leptos::prelude::*;

use crate::form::FormState;
use crate::parts::{
    ChoiceField, FieldError, FileField, Notice, TextArea, TextField, textarea_text,
};

/// A text that the editor takes over: its language, and its height in lines.
struct Code {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    language: &'static str,
    rows: u16,
}

const PROTOCOL: Code = Code {
    name: "structure",
    label: "Protocol",
    help: "JSON with \u{201c}frames\u{201d} and \u{201c}sequence\u{201d}.",
    language: "json",
    rows: 24,
};

const GENERATOR: Code = Code {
    name: "generator",
    label: "Generator",
    help: "A JavaScript function (child, pastSessions) that returns { frames, sequence }. It runs \
           in the family's browser. The protocol above is kept, and used again when you untick the \
           box.",
    language: "javascript",
    rows: 12,
};

const EXPERIMENT: Code = Code {
    name: "experiment",
    label: "Experiment",
    help: "JavaScript for jsPsych 8: initJsPsych, a timeline, jsPsych.run. Plugins need no \
           loading; an HTML page with script elements works as well.",
    language: "javascript",
    rows: 28,
};

fn code_field(form: &FormState, code: &Code) -> AnyView {
    let name = code.name;
    let error = form.error(name);
    let help = format!("{name}-help");
    view! {
        <div class="field code-field" data-field=name data-language=code.language>
            <label for=name>{code.label}</label>
            <p class="help" id=help.clone()>
                {code.help}
            </p>
            <textarea
                id=name
                name=name
                rows=code.rows
                spellcheck="false"
                autocapitalize="off"
                class="code"
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=help
            >
                {textarea_text(&form.form.text(name))}
            </textarea>
            <FieldError name error />
        </div>
    }
    .into_any()
}

pub(super) fn protocol(form: &FormState) -> AnyView {
    let generates = !form.form.text("uses_generator").is_empty();
    view! {
        {code_field(form, &PROTOCOL)}
        <label class="choice">
            <input
                type="checkbox"
                name="uses_generator"
                id="uses_generator"
                value="1"
                checked=generates
            />
            <span>"Make the protocol with a generator function instead"</span>
        </label>
        {code_field(form, &GENERATOR)}
        {declared(form)}
    }
    .into_any()
}

pub(super) fn jspsych(form: &FormState) -> AnyView {
    view! {
        {code_field(form, &EXPERIMENT)}
        {declared(form)}
    }
    .into_any()
}

/// What the code of a study may know and where it may load from: reviewers see it with the rest.
fn declared(form: &FormState) -> AnyView {
    let facts = ChildFact::ALL.iter();
    let facts = facts.map(|fact| (fact.as_str().to_owned(), fact.label().to_owned()));
    let hosts = format!(
        "Pictures, sounds, films, fonts and data come from our own site and from those that you \
         name here, one a line, such as cdn.example.org. At most {MOST_HOSTS}, all with https.",
    );
    view! {
        <ChoiceField
            form=form.clone()
            name="child_facts"
            legend="What the study may know of a child"
            is_many=true
            help="Its code always knows the age in days and an ID that no other study knows. Tick \
            what it really uses; reviewers will ask why."
            options=facts.collect()
        />
        <TextArea form=form.clone() name="hosts" label="Sites to load from" help=hosts />
    }
    .into_any()
}

pub(super) fn external(form: &FormState, origin: &str, id: StudyId, secret: &str) -> AnyView {
    let names = |list: Vec<&'static str>| {
        list.into_iter()
            .map(|name| (name.to_owned(), name.to_owned()))
            .collect::<Vec<_>>()
    };
    let scheduling = names(Scheduling::ALL.iter().map(|one| one.as_str()).collect());
    let platforms = names(Platform::ALL.iter().map(|one| one.as_str()).collect());
    view! {
        <TextField
            form=form.clone()
            name="url"
            label="Address of the study"
            kind="url"
            required=true
            help="We add child (a publishable ID), response (the response's UUID) and \
            lookit_return (see below)."
        />
        {scheduled(form)}
        <div class="only-scheduled">
            <ChoiceField
                form=form.clone()
                name="scheduling"
                legend="Appointments are made with"
                options=scheduling
            />
            <div class="only-other-scheduling">
                <TextField
                    form=form.clone()
                    name="other_scheduling"
                    label="Name of the appointment tool"
                />
            </div>
        </div>
        <ChoiceField
            form=form.clone()
            name="study_platform"
            legend="The study is made with"
            options=platforms
        />
        <div class="only-other-platform">
            <TextField form=form.clone() name="other_study_platform" label="Name of the tool" />
        </div>
        {completion(origin, id, secret)}
    }
    .into_any()
}

fn scheduled(form: &FormState) -> AnyView {
    let chosen = form.form.text("scheduled");
    let option = |value: &'static str, label: &'static str| {
        let checked = chosen == value;
        view! {
            <label class="choice">
                <input type="radio" name="scheduled" value=value checked=checked />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field choices" id="scheduled" tabindex="-1">
            <legend>"How do families take part?"</legend>
            {option("Unmoderated", "Whenever they like, on their own")}
            {option("Scheduled", "They make an appointment")}
            <FieldError name="scheduled" error=form.error("scheduled") />
        </fieldset>
    }
    .into_any()
}

/// Id of the form that makes a new key.
pub(super) const RENEWAL: &str = "renew-secret";

/// How the other site tells us that a family is done.
fn completion(origin: &str, id: StudyId, secret: &str) -> AnyView {
    let hook = format!("{origin}/hooks/external/{id}");
    view! {
        <details class="field">
            <summary>"How we learn that a family is done"</summary>
            <p>
                "At the end, send the family to the address that came as "
                <code>"lookit_return"</code> ". It is signed and works for that response only. "
                "The family is then back on its page of past studies, "
                "and the response counts as complete."
            </p>
            <p>
                "Or let the other site send a POST request to " <code class="address">{hook}</code>
                " with the body " <code>"{\"response\": \"<the response's UUID>\"}"</code>
                " and the header "
                <code>"X-Lookit-Signature: t=<seconds since 1970>,v1=<signature>"</code>
                ". The signature is the HMAC-SHA256 of " <code>"t.body"</code>
                " in hexadecimal, with this key, which you must keep secret:"
            </p>
            <p>
                <code class="address">{secret.to_owned()}</code>
            </p>
            <p>
                <button class="button plain small" type="submit" form=RENEWAL>
                    "Make a new key"
                </button>
                " The key above stops working at once. Save your changes first."
            </p>
        </details>
    }
    .into_any()
}

pub(super) fn runner(form: &FormState) -> AnyView {
    let help = format!(
        "Such as https://github.com/lab/runner. Known hosts: {}.",
        SOURCE_HOSTS.join(", "),
    );
    view! {
        <Notice kind="info">
            <p>
                "Custom runners can't be built on this site yet. "
                "What you enter is checked and kept; until then the study can't be run."
            </p>
        </Notice>
        <TextField
            form=form.clone()
            name="player_repo_url"
            label="Repository"
            kind="url"
            help=help
        />
        <TextField
            form=form.clone()
            name="last_known_player_sha"
            label="Commit"
            help="All 40 characters."
        />
    }
    .into_any()
}

pub(super) fn archive_form(id: StudyId, archive: &str, form: &FormState) -> AnyView {
    let short: String = archive.chars().take(12).collect();
    let stored = if archive.is_empty() {
        "None yet.".to_owned()
    } else {
        format!("One is stored ({short}\u{2026}).")
    };
    view! {
        <section class="workbench-pane" aria-label="Archive">
            <h2>"Archive"</h2>
            <p>{stored}</p>
            <FileField
                form=form.clone()
                name="archive"
                action=format!("/exp/studies/{id}/archive")
                label="Sources as a ZIP archive"
                help="Instead of a repository; at most 12 MB. Uploading one to an approved study \
                takes the approval away."
                accept=".zip,application/zip"
                button="Upload"
            />
        </section>
    }
    .into_any()
}
