//! What the process answers over HTTP. The host decides first: the run origin answers runs only,
//! every other host is the site.

mod downloads;
mod editor;
pub mod forms;
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
use http::header::HOST;
use services::Context;
use tower::ServiceExt;

use crate::config::Config;

pub fn service(config: &Config, ctx: Context) -> Router {
    let site = site::router(config, ctx.clone());
    let run = run::router(config, ctx);
    let run_host = config
        .run_origin
        .split_once("://")
        .map(|(_, host)| host.to_owned())
        .unwrap_or_default();
    Router::new().fallback(move |request: Request| {
        let host = headers::text(request.headers(), HOST);
        let host = if host.is_empty() {
            request.uri().host().unwrap_or_default()
        } else {
            host
        };
        let router = if host == run_host { &run } else { &site };
        let answer = router.clone().oneshot(request);
        async move { answer.await.unwrap_or_else(|never| match never {}) }
    })
}
