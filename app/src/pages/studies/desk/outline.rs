//! The outline of a protocol as it is written, its problems, and what its randomizers can yield.

use domain::text::capitalised;
use leptos::prelude::*;
use protocol::report::{Report, report};
use protocol::{Node, Outline, Problem, Randomizer, Severity};
use serde_json::{Value, json};

pub(super) fn outline_view(report: &Report) -> AnyView {
    let outline = &report.outline;
    let tree = if outline.nodes.is_empty() {
        view! { <p class="quiet-text">"Nothing to show yet."</p> }.into_any()
    } else {
        let nodes = outline.nodes.iter().map(node);
        view! { <ol class="outline-tree">{nodes.collect_view()}</ol> }.into_any()
    };
    view! {
        <h2>"Outline"</h2>
        {tree}
        {problems(&report.problems)}
        {conditions(outline)}
    }
    .into_any()
}

/// The same for the editor, which asks for it while somebody writes: the outline as HTML, the
/// problems with their places, and the frames of one possible run.
pub fn checked(protocol: &str) -> Value {
    let report = report(protocol);
    let problem = |problem: &Problem| {
        let severity = match problem.severity {
            Severity::Fault => "error",
            Severity::Warning => "warning",
        };
        json!({
            "severity": severity,
            "path": problem.path,
            "message": capitalised(&problem.message),
            "remedy": problem.remedy,
        })
    };
    let problems: Vec<_> = report.problems.iter().map(problem).collect();
    let frames = report.frames.iter();
    let frames: Vec<_> = frames
        .map(|frame| json!({ "id": frame.id, "kind": frame.kind, "path": frame.path }))
        .collect();
    let html = outline_view(&report).to_html();
    json!({ "problems": problems, "frames": frames, "html": html })
}

fn node(node: &Node) -> AnyView {
    let children: Vec<AnyView> = node.children.iter().map(self::node).collect();
    let variants = node.variants.as_ref().map(|variants| {
        let words = match variants.as_str() {
            "1" => "1 variant".to_owned(),
            variants => format!("{variants} variants"),
        };
        view! {
            " "
            <span class="pill">{words}</span>
        }
    });
    view! {
        <li>
            <button type="button" class="quiet jump" data-path=node.path.clone()>
                <span class="outline-label">{node.label.clone()}</span>
                " "
                <span class="quiet-text">{node.kind.clone()}</span>
                {variants}
            </button>
            {(!children.is_empty()).then(|| view! { <ol>{children}</ol> })}
        </li>
    }
    .into_any()
}

fn problems(problems: &[Problem]) -> AnyView {
    let problems = if problems.is_empty() {
        view! { <p class="quiet-text">"None."</p> }.into_any()
    } else {
        let problems = problems.iter().map(problem);
        view! { <ul class="problem-list">{problems.collect_view()}</ul> }.into_any()
    };
    view! {
        <h2>"Problems"</h2>
        {problems}
    }
    .into_any()
}

fn problem(problem: &Problem) -> AnyView {
    let (severity, spoken) = match problem.severity {
        Severity::Fault => ("fault", "Fault: "),
        Severity::Warning => ("warning", "Warning: "),
    };
    let path = problem.path.clone();
    let place = (!path.is_empty()).then(|| {
        view! {
            <code>{path.clone()}</code>
            " "
        }
    });
    view! {
        <li data-severity=severity>
            <button type="button" class="quiet jump" data-path=path.clone()>
                <span class="visually-hidden">{spoken}</span>
                {capitalised(&problem.message)}
            </button>
            <p class="quiet-text">{place} {problem.remedy.clone()}</p>
        </li>
    }
    .into_any()
}

fn conditions(outline: &Outline) -> AnyView {
    if outline.randomizers.is_empty() {
        return ().into_any();
    }
    let randomizers = outline.randomizers.iter().cloned().map(randomizer);
    view! {
        <h2>"Conditions"</h2>
        {randomizers.collect_view()}
    }
    .into_any()
}

fn randomizer(randomizer: Randomizer) -> AnyView {
    let rows = randomizer.rows.into_iter().map(|(number, what, share)| {
        view! {
            <tr>
                <td>{number}</td>
                <td>{what}</td>
                <td>{share}</td>
            </tr>
        }
    });
    let more = (!randomizer.more.is_empty()).then(|| {
        view! {
            <tr>
                <td></td>
                <td colspan="2" class="quiet-text">
                    {randomizer.more}
                </td>
            </tr>
        }
    });
    view! {
        <table class="conditions">
            <caption>
                <code>{randomizer.name}</code>
                " "
                <span class="quiet-text">{randomizer.sampler}</span>
            </caption>
            <thead>
                <tr>
                    <th scope="col">"No."</th>
                    <th scope="col">"Yields"</th>
                    <th scope="col">"How often"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()} {more}</tbody>
        </table>
    }
    .into_any()
}
