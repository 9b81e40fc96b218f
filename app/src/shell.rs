//! The document around every page.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::pages::accounts::SIGN_UP_PATHS;
use crate::policy::protect;
use crate::request::{Theme, theme};
use crate::routes::App;

/// The whole document. A page names the scripts that it needs; only the loader of islands must
/// stand here, because it is not a tag that a page could put into the head.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let has_islands = use_context::<http::request::Parts>()
        .is_some_and(|parts| SIGN_UP_PATHS.contains(&parts.uri.path()));
    protect();
    let theme = theme();
    let colours = match theme {
        Theme::System => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=colours />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link
                    rel="preload"
                    href="/fonts/nunito-sans.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="stylesheet" href="/pkg/app.css" />
                {has_islands
                    .then(|| view! { <HydrationScripts options=options.clone() islands=true /> })}
                {cfg!(debug_assertions).then(|| view! { <AutoReload options=options.clone() /> })}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
