//! The site: pages, forms, and what scripts, programs and other sites ask of it.

use std::time::Duration;

use app::post::LARGEST_DESIGN;
use app::routes::App;
use app::shell::shell;
use app::state::AppState;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use http::{Method, StatusCode};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use services::Context;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use super::forms::FORMS;
use super::headers::{header, protected};
use super::identify::{Identify, identify};
use super::{downloads, editor, hooks, passkeys, pictures, uploads};
use crate::config::Config;

/// Longest time that an answer may take to begin.
const ANSWER: Duration = Duration::from_secs(30);

/// Method, path and route of what is neither a page nor a form.
type OtherRoute = (&'static str, &'static str, fn() -> MethodRouter<AppState>);

/// The router is made from this list, and so is the walk over all routes in the tests.
pub const OTHERS: &[OtherRoute] = &[
    ("GET", "/health", || get(async || "ok")),
    ("GET", "/pictures/{name}", || get(pictures::picture)),
    ("GET", "/exp/studies/{study}/responses.json", || {
        get(downloads::responses)
    }),
    ("GET", "/exp/responses/{response}/record.json", || {
        get(downloads::response)
    }),
    ("GET", "/exp/studies/{study}/pane", || get(editor::pane)),
    ("POST", "/exp/studies/{study}/draft", || {
        post(editor::keep_draft)
    }),
    ("POST", "/exp/studies/{study}/check", || post(editor::check)),
    ("POST", "/exp/studies/{study}/image", uploads::study_image),
    (
        "POST",
        "/exp/studies/{study}/archive",
        uploads::study_archive,
    ),
    ("POST", "/exp/criteria", || post(editor::read_criteria)),
    ("GET", "/studies/return/{link}", || get(hooks::come_back)),
    ("POST", "/hooks/external/{study}", || post(hooks::external)),
    ("POST", "/second-factor/passkey/begin", || {
        post(passkeys::begin_asking)
    }),
    ("POST", "/account/security/passkeys/begin", || {
        post(passkeys::begin_adding)
    }),
    ("POST", "/exp/labs/{lab}/pictures/banner", || {
        uploads::lab_picture("banner")
    }),
    ("POST", "/exp/labs/{lab}/pictures/badge", || {
        uploads::lab_picture("badge")
    }),
];

pub(super) fn router(config: &Config, ctx: Context) -> Router {
    let state = AppState {
        leptos: leptos_options(config),
        ctx: ctx.clone(),
    };
    let who = Identify {
        ctx,
        client_address_header: config.client_address_header.clone(),
    };
    let others = OTHERS.iter().map(|(_, path, route)| (path, route));
    let router = FORMS
        .iter()
        .map(|(path, route)| (path, route))
        .chain(others)
        .fold(pages(&state), |router, (path, route)| {
            router.route(path, route())
        });
    let router = files_or_not_found(router, config, &state)
        .with_state(state)
        .layer(from_fn(without_trailing_slash))
        .layer(from_fn_with_state(who, identify))
        .layer(RequestBodyLimitLayer::new(LARGEST_DESIGN))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER,
        ))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(header("x-frame-options", "DENY"))
        .layer(header(
            "permissions-policy",
            "camera=(), microphone=(), geolocation=()",
        ));
    protected(router, config.is_production).layer(TraceLayer::new_for_http())
}

/// Where the front end lies and what it is called.
fn leptos_options(config: &Config) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("app")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_addr(config.listen)
        .build()
}

fn pages(state: &AppState) -> Router<AppState> {
    let (ctx, options) = (state.ctx.clone(), state.leptos.clone());
    Router::new().leptos_routes_with_context(
        state,
        generate_route_list(App),
        move || provide_context(ctx.clone()),
        move || shell(options.clone()),
    )
}

/// What no route answers is a file of the front end, or the page that says that there is nothing.
fn files_or_not_found(
    router: Router<AppState>,
    config: &Config,
    state: &AppState,
) -> Router<AppState> {
    let (ctx, options) = (state.ctx.clone(), state.leptos.clone());
    let not_found = render_app_async_with_context(
        move || provide_context(ctx.clone()),
        move || shell(options.clone()),
    );
    let files = ServeDir::new(&config.site_root)
        .precompressed_br()
        .precompressed_gzip();
    router.fallback_service(files.not_found_service(not_found.with_state(())))
}

/// Old links end in a slash; each page has one address.
async fn without_trailing_slash(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && path.len() > 1 && path.ends_with('/') && !path.starts_with("//") {
        let query = request
            .uri()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        return Redirect::permanent(&format!("{}{query}", path.trim_end_matches('/')))
            .into_response();
    }
    next.run(request).await
}
