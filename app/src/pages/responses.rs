//! What a family has taken part in.

use leptos::prelude::*;
use leptos_meta::Title;
use services::paging::Paging;
use services::responses;

use crate::parts::{Notice, When, pager};
use crate::request::{Request, page};

/// Visits on a page.
const PAGE: u64 = 20;

/// Past studies.
#[component]
pub fn Past() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let visits = responses::past(
            &request.ctx,
            &request.actor,
            Paging::of(request.query("page").as_deref(), PAGE),
        )
        .await?;
        let pages = pager(&visits, |page| format!("/studies/history?page={page}"));
        let has_just_come = request.query("response").is_some()
            || request.query("done").as_deref() == Some("external");
        Ok(view! {
            <Title text="Past studies" />
            {has_just_come
                .then(|| {
                    view! {
                        <Notice kind="good">
                            <p>"Thank you for taking part! Your answers have arrived."</p>
                        </Notice>
                    }
                })}
            <h1>"Past studies"</h1>
            {if visits.total == 0 {
                view! {
                    <div class="empty">
                        <p>
                            "Nothing here yet. What you and your children do in studies will be listed here."
                        </p>
                        <p>
                            <a class="button" href="/studies">
                                "Find a study"
                            </a>
                        </p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <ol class="timeline">
                        {visits
                            .entries
                            .into_iter()
                            .map(|visit| {
                                view! {
                                    <li class="card visit">
                                        {(!visit.study.ad.image.is_empty())
                                            .then(|| {
                                                view! {
                                                    <img
                                                        class="picture small"
                                                        src=visit.study.ad.image.clone()
                                                        alt=""
                                                        width="72"
                                                        height="72"
                                                        loading="lazy"
                                                    />
                                                }
                                            })} <div>
                                            <h2>
                                                <a href=format!(
                                                    "/studies/{}",
                                                    visit.study.id,
                                                )>{visit.study.ad.name.clone()}</a>
                                            </h2>
                                            <p>{visit.child_name} ", " <When at=visit.created_at /></p>
                                            <p class="quiet-text">
                                                {if visit.is_completed {
                                                    "Finished"
                                                } else {
                                                    "Stopped early"
                                                }}
                                            </p>
                                        </div>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ol>
                    {pages}
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}
