//! Letters of the outbox folder, for those who develop.

use leptos::prelude::*;
use leptos_meta::Title;
use services::messages;

use crate::request::{Request, page};

/// Letters, newest first.
#[component]
pub fn Outbox() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let letters = messages::outbox(&request.ctx).await?;
        Ok(view! {
            <Title text="Outbox" />
            <h1>"Outbox"</h1>
            <p class="lead">
                "Letters that would have gone out. This page exists in development only."
            </p>
            {if letters.is_empty() {
                view! {
                    <div class="empty">
                        <p>"No letter yet. Sign up, or ask for a new password."</p>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="session-list">
                        {letters
                            .into_iter()
                            .map(|letter| {
                                view! {
                                    <li>
                                        <a href=format!(
                                            "/dev/outbox/{}",
                                            letter.file,
                                        )>{letter.subject}</a>
                                        <span class="quiet-text">{letter.to}</span>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        }
        .into_any())
    })
}

/// One letter, with its links made clickable.
#[component]
pub fn OutboxLetter() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let text = messages::outbox_letter(
            &request.ctx,
            &request.params.get("file").unwrap_or_default(),
        )
        .await?;
        let origin = request.ctx.site.origin.clone();
        let lines = text.lines().map(|line| {
            match line
                .strip_prefix(&origin)
                .filter(|path| path.starts_with('/'))
            {
                Some(path) => view! {
                    <p>
                        <a href=path.to_owned()>{line.to_owned()}</a>
                    </p>
                }
                .into_any(),
                None => view! { <p>{line.to_owned()}</p> }.into_any(),
            }
        });
        Ok(view! {
            <Title text="Letter" />
            <p class="crumbs">
                <a href="/dev/outbox">"Outbox"</a>
            </p>
            <article class="card letter">{lines.collect_view()}</article>
        }
        .into_any())
    })
}
