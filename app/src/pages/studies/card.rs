//! A study in a list, and the pieces that its own page shares with it.

use chrono::NaiveDate;
use domain::studies::StudyKind;
use leptos::prelude::*;
use services::studies::{ChildEligibility, StudyCard};

use super::age_bar::{AgeBar, dots};
use crate::words::and;

/// Where a study takes place.
pub(super) fn place(kind: StudyKind) -> &'static str {
    if kind == StudyKind::External {
        "On another site"
    } else {
        "Here, in your browser"
    }
}

/// The picture of a study, or the room for it. `size` is in pixels.
pub(super) fn picture(image: &str, alt: &str, size: &'static str) -> AnyView {
    if image.is_empty() {
        return view! { <span class="picture placeholder" aria-hidden="true"></span> }.into_any();
    }
    view! {
        <img
            class="picture"
            src=image.to_owned()
            alt=alt.to_owned()
            width=size
            height=size
            loading="lazy"
            decoding="async"
        />
    }
    .into_any()
}

pub(super) fn study_list(cards: Vec<StudyCard>, today: NaiveDate) -> AnyView {
    let cards = cards.into_iter().map(|one| card(one, today));
    view! { <ul class="study-list">{cards.collect_view()}</ul> }.into_any()
}

fn card(card: StudyCard, today: NaiveDate) -> AnyView {
    let StudyCard {
        study,
        lab_name,
        children,
    } = card;
    let path = format!("/studies/{}", study.id);
    let gift = (!study.ad.compensation.is_empty()).then(|| {
        view! { <p class="gift">"Thank-you gift: " {study.ad.compensation.clone()}</p> }
    });
    view! {
        <li class="card study-card">
            {picture(&study.ad.image, &study.ad.image_alt, "180")} <div class="study-card-words">
                <h2>
                    <a href=path>{study.ad.name.clone()}</a>
                </h2>
                <p class="summary">{study.ad.preview_summary.clone()}</p>
                <p class="quiet-text">
                    "Ages " {study.ad.ages.in_words()} " \u{00b7} " {study.ad.duration.clone()}
                    " \u{00b7} " {place(study.kind)} " \u{00b7} " {lab_name}
                </p>
                <AgeBar ages=study.ad.ages children=dots(&children, today) />
                {fit_line(&children)}
                {gift}
            </div>
        </li>
    }
    .into_any()
}

/// Which of the family's children a study fits.
fn fit_line(children: &[ChildEligibility]) -> AnyView {
    if children.is_empty() {
        return ().into_any();
    }
    let fitting: Vec<String> = children
        .iter()
        .filter(|child| child.mismatches.is_empty())
        .map(|child| child.child.details.given_name.clone())
        .collect();
    let (answer, words) = if fitting.is_empty() {
        let words = "Fits none of your children right now. The study's page says why.";
        ("no", words.to_owned())
    } else {
        ("yes", format!("Fits {}", and(&fitting)))
    };
    view! {
        <p class="fit-line" data-fits=answer>
            {words}
        </p>
    }
    .into_any()
}
