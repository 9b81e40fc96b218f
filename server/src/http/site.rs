//! The site: pages, forms, and what scripts, programs and other sites ask of it.

use app::render::{Given, render};
use app::routes::App;
use app::shell::shell;
use app::state::AppState;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use http::header::X_FRAME_OPTIONS;
use http::{HeaderValue, Method, StatusCode, Uri};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use services::Context;
use tower_http::services::ServeDir;

use super::addresses::is_readable;
use super::bodies::{Bodies, CALL};
use super::forms::FORMS;
use super::guarded::guarded;
use super::headers::PERMISSIONS_POLICY;
use super::identify::{Identify, identify};
use super::refusal::Refusal;
use super::{downloads, editor, hooks, passkeys, pictures, uploads};
use crate::config::Config;

/// What a page may use of the device.
const DEVICE: &str = "camera=(), microphone=(), geolocation=()";

/// How Leptos begins its answer to arguments that it can't read, which it calls our failure.
const UNREADABLE: &[&[u8]] = &[b"Args|", b"MissingArg|", b"Deserialization|"];

/// Most of that answer that is looked at, in bytes.
const LARGEST_REASON: usize = 64 * 1024;

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

pub(super) fn router(config: &Config, ctx: Context, bodies: Bodies) -> Router {
    let state = AppState {
        leptos: leptos_options(config),
        ctx: ctx.clone(),
    };
    let who = Identify {
        ctx,
        client_address: config.client_address.clone(),
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
        .layer(from_fn(calls))
        .layer(from_fn(without_trailing_slash))
        .layer(from_fn_with_state(state.clone(), without_hostile_address))
        .with_state(state)
        .layer(from_fn_with_state(who, identify));
    let own = [
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (PERMISSIONS_POLICY, HeaderValue::from_static(DEVICE)),
    ];
    guarded(router, bodies, config.is_production, own)
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

/// What can't be an address of ours is a page that does not exist.
async fn without_hostile_address(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if is_readable(request.uri()) {
        return next.run(request).await;
    }
    let (mut parts, _) = request.into_parts();
    parts.method = Method::GET;
    parts.uri = Uri::from_static("/not-found");
    render(&state, parts, StatusCode::NOT_FOUND, Given::default()).await
}

/// What scripts of ours ask of server functions, which read bodies by themselves: they are given a
/// short one, and one that makes no sense is no fault of ours.
async fn calls(
    Extension(bodies): Extension<Bodies>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if !request.uri().path().starts_with("/api/") {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    let received = bodies.read_open(body, CALL).await?;
    let body = Body::from(received.bytes.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR
        || !response.headers().contains_key(SERVER_FN_ERROR_HEADER)
    {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST_REASON).await.unwrap_or_default();
    if UNREADABLE.iter().any(|reason| body.starts_with(reason)) {
        parts.status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}
