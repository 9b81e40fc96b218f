//! Emails that would have gone out, for developers.

use leptos::prelude::*;
use leptos_meta::Title;
use services::messages::{self, KeptMail};

use crate::parts::{crumbs, nothing};
use crate::request::{Request, page};

/// All emails, newest first.
#[component]
pub fn Outbox() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let emails = messages::outbox(&request.ctx).await?;
        let list = if emails.is_empty() {
            nothing("No emails yet. Sign up, or ask for a new password.")
        } else {
            let emails = emails.into_iter().map(entry);
            view! { <ul class="session-list">{emails.collect_view()}</ul> }.into_any()
        };
        Ok(view! {
            <Title text="Outbox" />
            <h1>"Outbox"</h1>
            <p class="lead">
                "Emails that would have been sent. This page exists in development only."
            </p>
            {list}
        }
        .into_any())
    })
}

fn entry(email: KeptMail) -> AnyView {
    let path = format!("/dev/outbox/{}", email.file);
    view! {
        <li>
            <a href=path>{email.subject}</a>
            <span class="quiet-text">{email.to}</span>
        </li>
    }
    .into_any()
}

/// One email, with its links made clickable.
#[component]
pub fn OutboxEmail() -> impl IntoView {
    let request = Request::current();
    page(async move {
        let file = request.params.get("file").unwrap_or_default();
        let text = messages::outbox_email(&request.ctx, &file).await?;
        let origin = request.ctx.site.origin.clone();
        let lines = text.lines().map(|text| line(text, &origin));
        Ok(view! {
            <Title text="Email" />
            {crumbs(&[("/dev/outbox".to_owned(), "Outbox")])}
            <article class="card email">{lines.collect_view()}</article>
        }
        .into_any())
    })
}

fn line(text: &str, origin: &str) -> AnyView {
    let path = text
        .strip_prefix(origin)
        .filter(|path| path.starts_with('/'));
    let text = text.to_owned();
    match path {
        Some(path) => view! {
            <p>
                <a href=path.to_owned()>{text}</a>
            </p>
        }
        .into_any(),
        None => view! { <p>{text}</p> }.into_any(),
    }
}
