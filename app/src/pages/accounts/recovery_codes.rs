//! New recovery codes, shown once.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::error::AppError;
use crate::parts::Notice;
use crate::request::{Request, ShownOnce, page};

#[component]
pub fn RecoveryCodes() -> impl IntoView {
    let request = Request::current();
    let shown = use_context::<ShownOnce>();
    page(async move {
        request.actor.signed_in()?;
        let next = request
            .next()
            .unwrap_or_else(|| "/account/security".to_owned());
        let Some(ShownOnce(codes)) = shown else {
            let words = "Recovery codes are shown once, right after they are made. \
                         You can make new ones; the old ones will stop working.";
            return Err(AppError::Conflict(words.to_owned()));
        };
        let codes = codes.into_iter().map(|code| {
            view! {
                <li>
                    <code>{code}</code>
                </li>
            }
        });
        Ok(view! {
            <Title text="Recovery codes" />
            <section class="narrow">
                <h1>"Keep these codes"</h1>
                <p class="lead">
                    "If you lose your phone or your passkey, each of these lets you in once. "
                    "Print them, or keep them where you keep your passwords. "
                    "They will not be shown again."
                </p>
                <ul class="recovery-codes">{codes.collect_view()}</ul>
                <Notice kind="info">
                    <p>"Your second factor is on."</p>
                </Notice>
                <p>
                    <a class="button" href=next>
                        "I have saved them"
                    </a>
                </p>
            </section>
        }
        .into_any())
    })
}
