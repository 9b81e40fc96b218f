//! Every route of the process. The host decides first: the run origin answers runs only, every other host the site.

use std::time::Duration;

use app::actions::{self, AppState, LARGEST_FORM, Outcome, Post};
use app::error::AppError;
use app::routes::App;
use app::shell::shell;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use domain::studies::StudyId;
use futures::StreamExt;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use services::accounts::Device;
use services::{Actor, Context, responses};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::config::Config;
use crate::middleware::{Identify, identify};
use crate::runs;

/// Longest time that an answer may take to begin.
const ANSWER: Duration = Duration::from_secs(30);

/// Paths that take a form, with what each does: the walk over all routes starts from this list and from the pages'.
pub const ACTIONS: &[&str] = &[
    "/signup",
    "/login",
    "/logout",
    "/theme",
    "/account/sign-out-everywhere",
    "/account/children/add",
    "/account/children/{child}",
    "/account/children/{child}/delete",
    "/account/demographics",
    "/studies/{study}/start",
    "/exp/studies/{study}/preview",
];

/// Where the front end lies and what it is called.
pub fn leptos_options(config: &Config) -> LeptosOptions {
    LeptosOptions::builder().output_name("app").site_root(config.site_root.to_string_lossy().into_owned()).site_addr(config.listen).build()
}

/// The whole service.
pub fn service(config: &Config, ctx: Context) -> Router {
    let site = site(config, ctx.clone());
    let run = runs::router(config, ctx);
    let run_host = config.run_origin.split("://").nth(1).unwrap_or_default().to_owned();
    Router::new().fallback(move |request: Request| {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).or_else(|| request.uri().host()).unwrap_or_default();
        let chosen = if host == run_host { run.clone() } else { site.clone() };
        async move { chosen.oneshot(request).await.unwrap_or_else(|never| match never {}) }
    })
}

fn site(config: &Config, ctx: Context) -> Router {
    let state = AppState { leptos: leptos_options(config), ctx: ctx.clone() };
    let provide = {
        let ctx = ctx.clone();
        move || provide_context(ctx.clone())
    };
    let render = {
        let options = state.leptos.clone();
        move || shell(options.clone())
    };
    let not_found = {
        let options = state.leptos.clone();
        leptos_axum::render_app_async_with_context(provide.clone(), move || shell(options.clone()))
    };
    let files = ServeDir::new(&config.site_root).precompressed_br().precompressed_gzip();
    let router = Router::new().leptos_routes_with_context(&state, generate_route_list(App), provide, render).route("/exp/studies/{study}/responses.json", get(download)).route("/health", get(|| async { "ok" }));
    let router = forms().into_iter().fold(router, |router, (path, route)| router.route(path, route));
    router
        .fallback_service(files.not_found_service(not_found.with_state(())))
        .with_state(state)
        .layer(from_fn(without_trailing_slash))
        .layer(from_fn_with_state(Identify { ctx, client_address_header: config.client_address_header.clone() }, identify))
        .layer(RequestBodyLimitLayer::new(2 * LARGEST_FORM))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(header("x-frame-options", "DENY"))
        .layer(header("permissions-policy", "camera=(), microphone=(), geolocation=()"))
        .layer(protections(config.is_production))
        .layer(tower_http::trace::TraceLayer::new_for_http())
}

/// A header that an answer gets unless it has one of that name.
pub(crate) fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}

type Headers = tower::layer::util::Stack<
    SetResponseHeaderLayer<HeaderValue>,
    tower::layer::util::Stack<
        SetResponseHeaderLayer<HeaderValue>,
        tower::layer::util::Stack<SetResponseHeaderLayer<HeaderValue>, tower::layer::util::Stack<SetResponseHeaderLayer<HeaderValue>, tower::layer::util::Identity>>,
    >,
>;

/// Headers of every answer on both origins.
pub(crate) fn protections(is_production: bool) -> Headers {
    // A day in development would lock `localhost` to https for everything else that runs there.
    let transport = if is_production { "max-age=31536000" } else { "max-age=0" };
    tower::ServiceBuilder::new()
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("cross-origin-opener-policy", "same-origin"))
        .layer(header("strict-transport-security", transport))
        .into_inner()
}

/// Old links end in a slash; each page has one address.
async fn without_trailing_slash(request: Request, next: axum::middleware::Next) -> Response {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && path.len() > 1 && path.ends_with('/') && !path.starts_with("//") {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        return Redirect::permanent(&format!("{}{query}", path.trim_end_matches('/'))).into_response();
    }
    next.run(request).await
}

/// A route for a form. `page` makes the address of the page that shows the form again, from the id in the path.
fn form<F, R>(page: fn(&str) -> Option<String>, action: F) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Outcome, AppError>> + Send + 'static,
{
    post(move |State(state): State<AppState>, id: Option<Path<String>>, request: http::Request<Body>| async move {
        let id = id.map(|Path(id)| id);
        let device = request.extensions().get::<Device>().cloned().unwrap_or_default();
        let page = page(id.as_deref().unwrap_or_default());
        actions::run(state, request, id, device, page, action).await
    })
}

fn forms() -> Vec<(&'static str, MethodRouter<AppState>)> {
    use actions::{accounts, families, studies};
    let routes: Vec<MethodRouter<AppState>> = vec![
        form(|_| Some("/signup".to_owned()), accounts::sign_up),
        form(|_| Some("/login".to_owned()), accounts::sign_in),
        form(|_| None, accounts::sign_out),
        theme_form(),
        form(|_| Some("/account".to_owned()), accounts::sign_out_everywhere),
        form(|_| Some("/account/children/add".to_owned()), families::add_child),
        form(|id| Some(format!("/account/children/{id}")), families::update_child),
        form(|id| Some(format!("/account/children/{id}/delete")), families::delete_child),
        form(|_| Some("/account/demographics".to_owned()), families::save_demographics),
        form(|id| Some(format!("/studies/{id}")), studies::start_run),
        form(|id| Some(format!("/exp/studies/{id}")), studies::preview_study),
    ];
    ACTIONS.iter().copied().zip(routes).collect()
}

/// Colours can be changed on every page, so the way back is the page that asked.
fn theme_form() -> MethodRouter<AppState> {
    post(|State(state): State<AppState>, mut request: http::Request<Body>| async move {
        let referer = request.headers().get(http::header::REFERER).and_then(|value| value.to_str().ok());
        let back = referer.and_then(|referer| referer.parse::<http::Uri>().ok()).and_then(|uri| uri.path_and_query().map(ToString::to_string));
        let back = back.filter(|path| app::form::local_path(path).is_some()).unwrap_or_else(|| "/".to_owned());
        let device = request.extensions_mut().remove::<Device>().unwrap_or_default();
        actions::run(state, request, None, device, None, move |mut post| {
            post.form.push("here", back);
            actions::accounts::choose_theme(post)
        })
        .await
    })
}

/// All responses of a study as one streamed file.
async fn download(State(state): State<AppState>, Path(study): Path<String>, request: http::Request<Body>) -> Response {
    let actor = request.extensions().get::<Actor>().cloned().unwrap_or(Actor::Visitor);
    let Ok(id) = study.parse::<StudyId>() else { return StatusCode::NOT_FOUND.into_response() };
    match responses::download(&state.ctx, &actor, id).await {
        Ok((study, pieces)) => {
            // An error in the middle breaks the connection, so that nobody takes a part for the whole.
            let body = Body::from_stream(pieces.map(|piece| piece.inspect_err(|error| tracing::error!(%error, "a download broke off"))));
            let name: String = study.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
            let mut response = Response::new(body);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}_all-responses.json\"")) {
                headers.insert(CONTENT_DISPOSITION, value);
            }
            response
        }
        Err(services::Error::SignIn) => Redirect::to(&app::pages::accounts::sign_in_path(&format!("/exp/studies/{id}/responses"))).into_response(),
        Err(error) => {
            let error = AppError::from(error);
            (error.status(), error.to_string()).into_response()
        }
    }
}
