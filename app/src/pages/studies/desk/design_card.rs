//! What a study runs, and what is wrong with it.

use domain::studies::StudyKind;
use domain::studies::design::Design;
use domain::text::capitalised;
use leptos::prelude::*;
use protocol::{Problem, Severity};
use services::studies::LabStudyPage;
use services::studies::kinds::PlannedFrame;

pub(super) fn design_card(found: &LabStudyPage) -> AnyView {
    let design = &found.content.design;
    let content = match found.study.kind {
        StudyKind::External => external(design),
        StudyKind::CustomRunner => runner(design),
        StudyKind::JsPsych => as_written("The experiment as it was written", &design.experiment),
        StudyKind::FramePlayer if design.uses_generator => {
            as_written("The generator as it was written", &design.generator)
        }
        StudyKind::FramePlayer => view! {
            {possible_run(&found.frames)}
            {as_written("The protocol as it was written", &design.protocol)}
        }
        .into_any(),
    };
    view! {
        <section class="card">
            <h2>"Design"</h2>
            {problems(&found.problems)}
            {content}
        </section>
    }
    .into_any()
}

fn problems(problems: &[Problem]) -> AnyView {
    if problems.is_empty() {
        return ().into_any();
    }
    let has_fault = problems.iter().any(|one| one.severity == Severity::Fault);
    let (kind, title) = if has_fault {
        (
            "bad",
            "Families can't start this study until this is put right:",
        )
    } else {
        ("warn", "Please check before families see it:")
    };
    let problems = problems.iter().cloned().map(problem);
    view! {
        <div class="notice" data-kind=kind>
            <p>
                <strong>{title}</strong>
            </p>
            <ul class="problems">{problems.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn problem(problem: Problem) -> AnyView {
    let place = (!problem.path.is_empty()).then(|| view! { <code>{problem.path}</code> });
    view! {
        <li>
            {capitalised(&problem.message)} ". "
            <span class="quiet-text">{problem.remedy} " "</span> {place}
        </li>
    }
    .into_any()
}

fn external(design: &Design) -> AnyView {
    let address = design.external.url.clone();
    if address.is_empty() {
        return ().into_any();
    }
    let how = if design.external.scheduled {
        " and make an appointment there."
    } else {
        " and take part there whenever they like."
    };
    view! { <p>"Families go to " <code class="address">{address}</code> {how}</p> }.into_any()
}

fn runner(design: &Design) -> AnyView {
    let repository = design.runner.player_repo_url.clone();
    let commit = &design.runner.last_known_player_sha;
    let commit: String = commit.chars().take(10).collect();
    view! {
        <p>
            "Custom runner: " <code class="address">{repository}</code> " at " <code>{commit}</code>
        </p>
    }
    .into_any()
}

fn possible_run(frames: &[PlannedFrame]) -> AnyView {
    if frames.is_empty() {
        return ().into_any();
    }
    let frames = frames.iter().cloned().map(|frame| {
        view! {
            <li>
                <code>{frame.id}</code>
                " "
                <span class="quiet-text">{frame.kind}</span>
            </li>
        }
    });
    view! {
        <p class="quiet-text">"One possible run:"</p>
        <ol class="outline">{frames.collect_view()}</ol>
    }
    .into_any()
}

fn as_written(title: &'static str, code: &str) -> AnyView {
    view! {
        <details>
            <summary>{title}</summary>
            <pre class="code" tabindex="0">
                {code.to_owned()}
            </pre>
        </details>
    }
    .into_any()
}
