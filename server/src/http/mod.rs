//! What the process answers over HTTP. The host decides first: one is the site, one plays runs, and
//! no other is ours.

mod addresses;
mod bodies;
mod downloads;
mod editor;
pub mod forms;
mod guarded;
mod headers;
mod hooks;
mod identify;
mod passkeys;
mod pictures;
mod refusal;
mod run;
pub mod site;
mod uploads;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::HOST;
use services::Context;
use tower::ServiceExt;

use self::addresses::Host;
use self::bodies::Bodies;
pub use self::bodies::Patience;
use crate::config::Config;

pub fn service(config: &Config, ctx: Context, patience: Patience) -> Router {
    let bodies = Bodies::new(patience);
    let site = site::router(config, ctx.clone(), bodies.clone());
    let run = run::router(config, ctx, bodies);
    let (site_host, run_host) = (Host::of(&config.site_origin), Host::of(&config.run_origin));
    let elsewhere = format!(
        "There is no site at this address. The site is at {}.",
        config.site_origin
    );
    Router::new().fallback(move |request: Request| {
        let asked = headers::text(request.headers(), HOST);
        let asked = if asked.is_empty() {
            request.uri().host().unwrap_or_default()
        } else {
            asked
        };
        // Whoever looks whether the process lives knows it by its number, not by its name.
        let router = if site_host.is(asked) || request.uri().path() == "/health" {
            Some(site.clone())
        } else if run_host.is(asked) {
            Some(run.clone())
        } else {
            None
        };
        let elsewhere = elsewhere.clone();
        async move {
            match router {
                Some(router) => answer(router, request).await,
                None => (StatusCode::MISDIRECTED_REQUEST, elsewhere).into_response(),
            }
        }
    })
}

async fn answer(router: Router, request: Request) -> Response {
    let answer = router.oneshot(request).await;
    answer.unwrap_or_else(|never| match never {})
}
