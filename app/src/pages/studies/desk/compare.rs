//! Two versions of a study side by side.

use domain::studies::StudyId;
use leptos::prelude::*;
use leptos_meta::Title;
use services::studies::{self, Comparison, FieldChange, Line};

use super::study_crumbs;
use crate::error::AppError;
use crate::parts::nothing;
use crate::request::{Request, page};

#[component]
pub fn CompareVersions() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let id: StudyId = request.id("study")?;
        let name = studies::name_for(&request.ctx, &request.actor, id).await?;
        let number = |side: &str| {
            let number = request.text(side).parse::<i32>();
            number.map_err(|_| AppError::NotFound)
        };
        let (from, to) = (number("from")?, number("to")?);
        let comparison = studies::compare(&request.ctx, &request.actor, id, from, to).await?;
        Ok(view! {
            <Title text=format!("Versions {from} and {to} of {name}") />
            {study_crumbs(id, &name)}
            <div class="page-head">
                <h1>{format!("Version {from} and version {to}")}</h1>
                <a href=format!("/exp/studies/{id}/versions")>"All versions"</a>
            </div>
            {changes(&comparison)}
        }
        .into_any())
    })
}

/// The fields that differ; also on the page of the review.
pub(super) fn changes(comparison: &Comparison) -> AnyView {
    if comparison.fields.is_empty() {
        return nothing("No field differs between these versions.");
    }
    let version = |number| match number {
        0 => "nothing".to_owned(),
        number => format!("version {number}"),
    };
    let (from, to) = (version(comparison.from), version(comparison.to));
    comparison
        .fields
        .iter()
        .map(|field| change(field, &from, &to))
        .collect_view()
        .into_any()
}

fn change(field: &FieldChange, from: &str, to: &str) -> AnyView {
    let label = field.field.label();
    let review = field.needs_review.then(|| {
        view! {
            <span class="pill" data-state="rejected">
                "needs review"
            </span>
        }
    });
    let region = format!("{label}, side by side");
    let lines = field.lines.iter().cloned().map(line);
    view! {
        <section class="change">
            <h3>{label} " " {review}</h3>
            <div class="table-wrap" tabindex="0" role="region" aria-label=region>
                <table class="diff">
                    <colgroup>
                        <col class="number" />
                        <col />
                        <col class="number" />
                        <col />
                    </colgroup>
                    <thead>
                        <tr>
                            <th scope="col" colspan="2">
                                {from.to_owned()}
                            </th>
                            <th scope="col" colspan="2">
                                {to.to_owned()}
                            </th>
                        </tr>
                    </thead>
                    <tbody>{lines.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn line(line: Line) -> AnyView {
    match line {
        Line::Same(left, right, text) => view! {
            <tr>
                <td class="no">{left}</td>
                <td>
                    <code>{text.clone()}</code>
                </td>
                <td class="no">{right}</td>
                <td>
                    <code>{text}</code>
                </td>
            </tr>
        }
        .into_any(),
        Line::Changed(left, right) => {
            view! { <tr>{side(left, "before: ", "del")}{side(right, "after: ", "ins")}</tr> }
                .into_any()
        }
        Line::Skipped(1) => skipped("1 identical line".to_owned()),
        Line::Skipped(number) => skipped(format!("{number} lines, identical or too many to show")),
    }
}

/// One side of a line that differs; `spoken` tells screen readers which one.
fn side(side: Option<(usize, String)>, spoken: &'static str, class: &'static str) -> AnyView {
    let Some((number, text)) = side else {
        return view! {
            <td class="no"></td>
            <td class="none"></td>
        }
        .into_any();
    };
    view! {
        <td class="no">{number}</td>
        <td class=class>
            <span class="visually-hidden">{spoken}</span>
            <code>{text}</code>
        </td>
    }
    .into_any()
}

fn skipped(words: String) -> AnyView {
    view! {
        <tr class="skipped">
            <td colspan="4">{words}</td>
        </tr>
    }
    .into_any()
}
