//! One study: everything a parent needs to decide, and the start. At the same place stands, below a
//! name of its own, the page of a lab.

use domain::studies::{Study as StudyFacts, StudyId};
use domain::text::capitalised;
use leptos::prelude::*;
use leptos_meta::Title;
use services::labs;
use services::studies::{self, StudyFilter, StudyPage};

use super::age_bar::{AgeBar, dots};
use super::card::{picture, place, study_list};
use super::chooser::chooser;
use super::list::filter;
use crate::error::AppError;
use crate::pages::labs::lab_front;
use crate::parts::{Notice, paragraphs};
use crate::request::{Request, page};

#[component]
pub fn Study() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let Ok(id) = request.id::<StudyId>("study") else {
            return lab_page(&request).await;
        };
        let found = studies::find(&request.ctx, &request.actor, id).await?;
        let study = &found.study;
        let dots = dots(&found.children, request.ctx.clock.today());
        let duration = study.ad.duration.clone();
        let duration = (!duration.is_empty()).then(|| view! { <li>{duration}</li> });
        Ok(view! {
            <Title text=study.ad.name.clone() />
            <article class="study-page">
                <header class="study-head">
                    {picture(&study.ad.image, &study.ad.image_alt, "240")} <div>
                        <h1>{study.ad.name.clone()}</h1>
                        <p class="lead">{study.ad.preview_summary.clone()}</p>
                        <ul class="chips">
                            {duration} <li>"Ages " {study.ad.ages.in_words()}</li>
                            <li>{place(study.kind)}</li>
                        </ul>
                        <AgeBar ages=study.ad.ages children=dots />
                    </div>
                </header>
                <div class="study-body">
                    <div class="study-text">{about_study(study)} {about_lab(&found)}</div>
                    <aside class="card start" aria-label="Take part">
                        {chooser(&request, &found)}
                    </aside>
                </div>
            </article>
        }
        .into_any())
    })
}

fn section(title: &'static str, text: AnyView) -> AnyView {
    view! {
        <section>
            <h2>{title}</h2>
            {text}
        </section>
    }
    .into_any()
}

fn about_study(study: &StudyFacts) -> AnyView {
    let needs = needs(&study.ad.duration);
    let gift = (!study.ad.compensation.is_empty())
        .then(|| section("Thank-you gift", paragraphs(&study.ad.compensation)));
    view! {
        {section("What happens", paragraphs(&study.ad.short_description))}
        {section("Why we ask", paragraphs(&study.ad.purpose))}
        {section("Who can take part", paragraphs(&study.ad.criteria))}
        {section("What you need", view! { <p>{needs}</p> }.into_any())}
        {gift}
    }
    .into_any()
}

/// The duration is missing while an ad is being written.
fn needs(duration: &str) -> String {
    let things = "a computer or tablet with a current browser, and a quiet place for the two of \
                  you.";
    if duration.is_empty() {
        capitalised(things)
    } else {
        format!("About {duration}, {things}")
    }
}

fn about_lab(found: &StudyPage) -> AnyView {
    view! {
        <section>
            <h2>"Who is behind it"</h2>
            <p>
                <strong>{found.lab_name.clone()}</strong>
            </p>
            {paragraphs(&found.lab_description)}
            <p>"Questions? " {found.study.ad.contact_info.clone()}</p>
        </section>
    }
    .into_any()
}

/// What a lab tells about itself, and its studies.
async fn lab_page(request: &Request) -> Result<AnyView, AppError> {
    let slug = request.params.get("study").unwrap_or_default();
    let lab = labs::find_by_slug(&request.ctx, &slug).await?;
    let filter = StudyFilter {
        lab: Some(lab.id),
        ..filter(request)
    };
    let cards = studies::list(&request.ctx, &request.actor, &filter).await?;
    let studies = if cards.is_empty() {
        no_open_study()
    } else {
        view! {
            <h2>"Studies"</h2>
            {study_list(cards, request.ctx.clock.today())}
        }
        .into_any()
    };
    Ok(view! {
        <Title text=lab.details.name.clone() />
        {lab_front(&lab)}
        {studies}
    }
    .into_any())
}

fn no_open_study() -> AnyView {
    view! {
        <Notice kind="info">
            <p>
                "This lab has no open study at the moment. "
                <a href="/studies">"See the studies of other labs"</a>"."
            </p>
        </Notice>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::needs;

    #[test]
    fn an_ad_without_a_duration_still_says_what_is_needed() {
        let things = "computer or tablet with a current browser, and a quiet place for the two of \
                      you.";
        assert_eq!(needs("10 minutes"), format!("About 10 minutes, a {things}"));
        assert_eq!(needs(""), format!("A {things}"));
    }
}
