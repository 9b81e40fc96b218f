//! Finding a study.

use domain::families::child::ChildId;
use domain::studies::age::age_in_days;
use domain::studies::{AGE_BANDS, AgeBand, StudyId, StudyKind};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use services::labs;
use services::studies::{self, Fit, StudyCard, StudyFilter, StudyPage};

use crate::actions::ShownOnce;
use crate::error::AppError;
use crate::pages::accounts::sign_in_path;
use crate::pages::labs::{lab_front, no_study_yet};
use crate::parts::{AgeBar, FormFaults, When, button_form, paragraphs, reason};
use crate::request::{Request, page};

fn filter(request: &Request) -> StudyFilter {
    StudyFilter {
        child: request
            .query("child")
            .and_then(|id| id.parse::<ChildId>().ok()),
        band: request.query("age").as_deref().and_then(AgeBand::find),
        search: request
            .query("search")
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect(),
        lab: None,
        is_here: match request.query("place").as_deref() {
            Some("here") => Some(true),
            Some("elsewhere") => Some(false),
            _ => None,
        },
        hides_done: request.query("new").is_some(),
    }
}

/// The studies that anybody may find.
#[component]
pub fn List() -> impl IntoView {
    let request = Request::current();
    let content = page(async move {
        let filter = filter(&request);
        let cards = studies::list(&request.ctx, &request.actor, &filter).await?;
        // The chooser shows all children of the family, also when the filter leaves no study to
        // read them from.
        let children = match (cards.first(), request.actor.signed_in().ok()) {
            (Some(card), _) => card
                .fits
                .iter()
                .map(|fit| (fit.child.id, fit.child.details.given_name.clone()))
                .collect(),
            (None, Some(_)) => services::families::children(&request.ctx, &request.actor)
                .await?
                .into_iter()
                .map(|child| (child.id, child.details.given_name))
                .collect(),
            (None, None) => Vec::new(),
        };
        let today = request.ctx.clock.today();
        let chosen = filter.child.and_then(|id| {
            children
                .iter()
                .find(|(child, _)| *child == id)
                .map(|(_, name)| name.clone())
        });
        let count = cards.len();
        Ok(view! {
            <Title text="Find a study" />
            <div class="page-head">
                <h1>
                    {chosen
                        .map_or_else(
                            || "Find a study".to_owned(),
                            |name| format!("Studies for {name}"),
                        )}
                </h1>
            </div>
            <form
                class="filters"
                method="get"
                action="/studies"
                role="search"
                aria-label="Filter studies"
            >
                {if children.is_empty() {
                    view! {
                        <div class="filter">
                            <label for="age">"Age"</label>
                            <select id="age" name="age">
                                <option value="">"Any age"</option>
                                {AGE_BANDS
                                    .iter()
                                    .map(|band| {
                                        view! {
                                            <option value=band.slug selected=filter.band == Some(band)>
                                                {band.label}
                                            </option>
                                        }
                                    })
                                    .collect_view()}
                            </select>
                        </div>
                    }
                        .into_any()
                } else {
                    view! {
                        <div class="filter">
                            <label for="child">"Child"</label>
                            <select id="child" name="child">
                                <option value="">"All children"</option>
                                {children
                                    .iter()
                                    .map(|(id, name)| {
                                        view! {
                                            <option
                                                value=id.to_string()
                                                selected=filter.child == Some(*id)
                                            >
                                                {name.clone()}
                                            </option>
                                        }
                                    })
                                    .collect_view()}
                            </select>
                        </div>
                    }
                        .into_any()
                }}
                <div class="filter">
                    <label for="place">"Place"</label>
                    <select id="place" name="place">
                        <option value="">"Anywhere"</option>
                        <option value="here" selected=filter.is_here == Some(true)>
                            "Here on this site"
                        </option>
                        <option value="elsewhere" selected=filter.is_here == Some(false)>
                            "On another site"
                        </option>
                    </select>
                </div>
                <div class="filter grow">
                    <label for="search">"Words"</label>
                    <input id="search" name="search" type="search" value=filter.search.clone() />
                </div>
                {(!children.is_empty())
                    .then(|| {
                        view! {
                            <label class="choice filter-check">
                                <input
                                    type="checkbox"
                                    name="new"
                                    value="1"
                                    checked=filter.hides_done
                                />
                                <span>"Not yet done"</span>
                            </label>
                        }
                    })}
                <button class="button plain" type="submit">
                    "Show"
                </button>
            </form>
            <p class="quiet-text" role="status">
                {match count {
                    0 => String::new(),
                    1 => "1 study".to_owned(),
                    _ => format!("{count} studies"),
                }}
            </p>
            {if count == 0 {
                view! {
                    <div class="empty">
                        <p>"No study fits at the moment."</p>
                        <p>
                            "New ones open all the time. "<a href="/studies">"Show all studies"</a>
                            " to see what children of other ages do, and when yours will be old enough."
                        </p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="study-list">
                        {cards.into_iter().map(|card| study_card(card, today)).collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        }
        .into_any())
    });
    // A description inside the awaited part would be lost when it resolves after the head is
    // collected.
    view! {
        <Meta name="description" content="Studies for children of every age, played at home." />
        {content}
    }
}

fn dots(fits: &[Fit], today: chrono::NaiveDate) -> Vec<(String, i64)> {
    fits.iter()
        .map(|fit| {
            (
                fit.child.details.given_name.clone(),
                age_in_days(fit.child.details.birthday, today),
            )
        })
        .collect()
}

fn place(kind: StudyKind) -> &'static str {
    if kind == StudyKind::External {
        "On another site"
    } else {
        "Here, in your browser"
    }
}

fn picture(image: &str, alt: &str, size: &'static str) -> AnyView {
    if image.is_empty() {
        view! { <span class="picture placeholder" aria-hidden="true"></span> }.into_any()
    } else {
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
}

fn study_card(card: StudyCard, today: chrono::NaiveDate) -> impl IntoView {
    let StudyCard {
        study,
        lab_name,
        fits,
    } = card;
    let fitting: Vec<String> = fits
        .iter()
        .filter(|fit| fit.mismatches.is_empty())
        .map(|fit| fit.child.details.given_name.clone())
        .collect();
    let children_dots = dots(&fits, today);
    let has_children = !fits.is_empty();
    view! {
        <li class="card study-card">
            {picture(&study.ad.image, &study.ad.image_alt, "180")} <div class="study-card-words">
                <h2>
                    <a href=format!("/studies/{}", study.id)>{study.ad.name.clone()}</a>
                </h2>
                <p class="summary">{study.ad.preview_summary.clone()}</p>
                <p class="quiet-text">
                    "Ages " {study.ad.ages.in_words()} " \u{00b7} " {study.ad.duration.clone()}
                    " \u{00b7} " {place(study.kind)} " \u{00b7} " {lab_name}
                </p>
                <AgeBar ages=study.ad.ages children=children_dots />
                {has_children
                    .then(|| {
                        if fitting.is_empty() {
                            view! {
                                <p class="fit-line" data-fits="no">
                                    "Fits none of your children right now. The study's page says why."
                                </p>
                            }
                                .into_any()
                        } else {
                            view! {
                                <p class="fit-line" data-fits="yes">
                                    {format!("Fits {}", fitting.join(" and "))}
                                </p>
                            }
                                .into_any()
                        }
                    })}
                {(!study.ad.compensation.is_empty())
                    .then(|| {
                        view! {
                            <p class="gift">"Thank-you gift: " {study.ad.compensation.clone()}</p>
                        }
                    })}
            </div>
        </li>
    }
}

/// One study: everything a parent needs to decide, and the start.
#[component]
pub fn Detail() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let Ok(id) = request.id::<StudyId>("study") else {
            return lab_page(&request).await;
        };
        let found = studies::find(&request.ctx, &request.actor, id).await?;
        let today = request.ctx.clock.today();
        let study = &found.study;
        let children_dots = dots(&found.fits, today);
        let chooser = chooser(&request, &found);
        Ok(view! {
            <Title text=study.ad.name.clone() />
            <article class="study-page">
                <header class="study-head">
                    {picture(&study.ad.image, &study.ad.image_alt, "240")} <div>
                        <h1>{study.ad.name.clone()}</h1>
                        <p class="lead">{study.ad.preview_summary.clone()}</p>
                        <ul class="chips">
                            <li>{study.ad.duration.clone()}</li>
                            <li>"Ages " {study.ad.ages.in_words()}</li>
                            <li>{place(study.kind)}</li>
                        </ul>
                        <AgeBar ages=study.ad.ages children=children_dots />
                    </div>
                </header>
                <div class="study-body">
                    <div class="study-text">
                        <section>
                            <h2>"What happens"</h2>
                            {paragraphs(&study.ad.short_description)}
                        </section>
                        <section>
                            <h2>"Why we ask"</h2>
                            {paragraphs(&study.ad.purpose)}
                        </section>
                        <section>
                            <h2>"Who can take part"</h2>
                            {paragraphs(&study.ad.criteria)}
                        </section>
                        <section>
                            <h2>"What you need"</h2>
                            <p>
                                {format!(
                                    "About {}, a computer or tablet with a current browser, and a quiet place for the two of you.",
                                    study.ad.duration,
                                )}
                            </p>
                        </section>
                        {(!study.ad.compensation.is_empty())
                            .then(|| {
                                view! {
                                    <section>
                                        <h2>"Thank-you gift"</h2>
                                        {paragraphs(&study.ad.compensation)}
                                    </section>
                                }
                            })}
                        <section>
                            <h2>"Who is behind it"</h2>
                            <p>
                                <strong>{found.lab_name.clone()}</strong>
                            </p>
                            {paragraphs(&found.lab_description)}
                            <p>"Questions? " {study.ad.contact_info.clone()}</p>
                        </section>
                    </div>
                    <aside class="card start" aria-label="Take part">
                        {chooser}
                    </aside>
                </div>
            </article>
        }
        .into_any())
    })
}

/// A lab's own page: what it tells about itself, and its studies.
async fn lab_page(request: &Request) -> Result<AnyView, AppError> {
    let lab = labs::find_by_slug(
        &request.ctx,
        &request.params.get("study").unwrap_or_default(),
    )
    .await?;
    let filter = StudyFilter {
        lab: Some(lab.id),
        ..filter(request)
    };
    let cards = studies::list(&request.ctx, &request.actor, &filter).await?;
    let today = request.ctx.clock.today();
    Ok(view! {
        <Title text=lab.details.name.clone() />
        {lab_front(&lab)}
        {if cards.is_empty() {
            no_study_yet()
        } else {
            view! {
                <h2>"Studies"</h2>
                <ul class="study-list">
                    {cards.into_iter().map(|card| study_card(card, today)).collect_view()}
                </ul>
            }
                .into_any()
        }}
    }
    .into_any())
}

fn chooser(request: &Request, found: &StudyPage) -> AnyView {
    let study = &found.study;
    let here = format!("/studies/{}", study.id);
    if !study.state.is_open() {
        let id = study.id;
        return view! {
            <h2>"Not open"</h2>
            <p>
                "Families don't see this page at the moment. They can take part once the study collects data."
            </p>
            <form method="post" action=format!("/exp/studies/{id}/preview")>
                <button class="button wide" type="submit">
                    "Try it"
                </button>
            </form>
            <p>
                {button_form(
                    format!("/exp/studies/{id}/clone"),
                    "button plain small",
                    "Clone",
                    study.ad.name.clone(),
                    vec![],
                )}
            </p>
        }
        .into_any();
    }
    if request.actor.person().is_none() {
        let join = format!(
            "/signup?{}",
            serde_urlencoded::to_string([("next", here.as_str())]).unwrap_or_default()
        );
        return view! {
            <h2>"Take part"</h2>
            <p>
                "Make a free family account first. Then we can tell which of your children this study fits."
            </p>
            <p>
                <a class="button" href=join>
                    "Sign up"
                </a>
                " or "
                <a href=sign_in_path(&here)>"sign in"</a>
            </p>
        }
        .into_any();
    }
    if found.fits.is_empty() {
        let add = format!(
            "/account/children/add?{}",
            serde_urlencoded::to_string([("next", here.as_str())]).unwrap_or_default()
        );
        return view! {
            <h2>"Take part"</h2>
            <p>"Tell us about your child first: a name and a birthday are enough."</p>
            <p>
                <a class="button" href=add>
                    "Add a child"
                </a>
            </p>
        }
        .into_any();
    }
    let typed = request.form.form.text("child");
    let preferred = found
        .fits
        .iter()
        .find(|fit| fit.child.id.to_string() == typed)
        .or_else(|| {
            found
                .fits
                .iter()
                .find(|fit| fit.mismatches.is_empty() && !fit.has_done)
        })
        .or_else(|| found.fits.iter().find(|fit| fit.mismatches.is_empty()))
        .map(|fit| fit.child.id);
    let has_unfinished = found.fits.iter().any(|fit| fit.unfinished.is_some());
    view! {
        <h2>"Who takes part?"</h2>
        <form method="post" action=format!("/studies/{}/start", study.id)>
            <FormFaults form=request.form.clone() />
            <fieldset class="child-chooser" id="child">
                <legend class="visually-hidden">"Choose a child"</legend>
                {found
                    .fits
                    .iter()
                    .map(|fit| {
                        let reasons: Vec<String> = fit
                            .mismatches
                            .iter()
                            .map(|mismatch| reason(
                                fit,
                                mismatch,
                                Some(found),
                                &study.ad.ages,
                                &study.ad.criteria,
                            ))
                            .collect();
                        let fits = reasons.is_empty();
                        let name = fit.child.details.given_name.clone();
                        let unfinished = fit.unfinished;
                        let has_done = fit.has_done;
                        view! {
                            <label
                                class="choice child-choice"
                                data-fits=if fits { "yes" } else { "no" }
                            >
                                <input
                                    type="radio"
                                    name="child"
                                    value=fit.child.id.to_string()
                                    checked=preferred == Some(fit.child.id)
                                />
                                <span>
                                    <strong>{name.clone()}</strong>
                                    {if fits {
                                        view! {
                                            <span class="fit-line" data-fits="yes">
                                                {format!("This study fits {name}.")}
                                            </span>
                                        }
                                            .into_any()
                                    } else {
                                        reasons
                                            .into_iter()
                                            .map(|reason| {
                                                view! {
                                                    <span class="fit-line" data-fits="no">
                                                        {reason}
                                                    </span>
                                                }
                                            })
                                            .collect_view()
                                            .into_any()
                                    }}
                                    {has_done
                                        .then(|| {
                                            view! {
                                                <span class="quiet-text">
                                                    "Has done this study before."
                                                </span>
                                            }
                                        })}
                                    {unfinished
                                        .map(|(_, at)| {
                                            view! {
                                                <span class="quiet-text">
                                                    "Began on " <When at /> " and can go on where you stopped."
                                                </span>
                                            }
                                        })}
                                </span>
                            </label>
                        }
                    })
                    .collect_view()}
            </fieldset>
            {found
                .fits
                .iter()
                .any(|fit| !fit.mismatches.is_empty())
                .then(|| {
                    view! {
                        <p class="help">
                            "A child that does not fit may take part for fun. The researchers will know, and may not be able to use the answers."
                        </p>
                    }
                })}
            {has_unfinished
                .then(|| {
                    view! {
                        <label class="choice">
                            <input type="checkbox" name="start_over" value="1" />
                            <span>"Start again from the beginning"</span>
                        </label>
                    }
                })}
            <button class="button wide" type="submit">
                "Take part"
            </button>
            <p class="help">
                "The study opens in this window. Press Esc there to stop at any time."
            </p>
        </form>
    }
    .into_any()
}

/// On the way to a study on another site. The browser goes on by itself, and a link is there for
/// when it does not: a form may not lead to just any site.
#[component]
pub fn Leave() -> impl IntoView {
    let shown = use_context::<ShownOnce>();
    page(async move {
        let address = shown
            .and_then(|shown| shown.0.into_iter().next())
            .ok_or(AppError::NotFound)?;
        let host = address
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split(['/', '?', '#']).next())
            .unwrap_or_default()
            .to_owned();
        Ok(view! {
            <Title text="On to the study" />
            <Meta http_equiv="refresh" content=format!("1; url={address}") />
            <div class="card narrow">
                <h1>"On to the study"</h1>
                <p>
                    "This study takes place on another site, " <strong>{host.clone()}</strong>
                    ". You are taken there now. We tell it a number for your child and one for this visit, and no name."
                </p>
                <p>
                    <a class="button" href=address rel="noreferrer">
                        "Go to "
                        {host}
                    </a>
                </p>
            </div>
        }
        .into_any())
    })
}
