//! Every route of the process. The host decides first: the run origin answers runs only, every
//! other host the site.

use std::pin::Pin;
use std::time::Duration;

use adapters::archives::LARGEST_ARCHIVE;
use adapters::pictures::LARGEST_FILE;
use app::actions::{self, accounts, families, labs, studies};
use app::actions::{AppState, LARGEST_DESIGN, LARGEST_FORM, Outcome, Post};
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
use crate::http::identify::{Identify, identify};
use crate::http::{editor, hooks, run};

/// Longest time that an answer may take to begin.
const ANSWER: Duration = Duration::from_secs(30);

/// A path that takes a form, and its route.
type FormRoute = (&'static str, fn() -> MethodRouter<AppState>);

/// Every form: the path, the page that shows it again when it is refused, and the action. The walk
/// over all routes starts from this list and from the pages'.
pub const FORMS: &[FormRoute] = &[
    ("/signup", || {
        form(|_| Some("/signup".to_owned()), accounts::sign_up)
    }),
    ("/signup/researcher", || {
        form(
            |_| Some("/signup/researcher".to_owned()),
            accounts::sign_up_researcher,
        )
    }),
    ("/login", || {
        form(|_| Some("/login".to_owned()), accounts::sign_in)
    }),
    ("/forgot-password", || {
        form(
            |_| Some("/forgot-password".to_owned()),
            accounts::forget_password,
        )
    }),
    ("/link/{token}", || {
        form(
            |token| Some(format!("/link/{token}")),
            accounts::follow_link,
        )
    }),
    ("/second-factor", || {
        form(|_| Some("/second-factor".to_owned()), accounts::give_code)
    }),
    ("/second-factor/passkey", || {
        form(
            |_| Some("/second-factor".to_owned()),
            accounts::give_passkey,
        )
    }),
    ("/logout", || form(|_| None, accounts::sign_out)),
    ("/theme", || theme_form()),
    ("/account/sign-out-everywhere", || {
        form(
            |_| Some("/account/security".to_owned()),
            accounts::sign_out_everywhere,
        )
    }),
    ("/account/sessions/{session}/end", || {
        form(
            |_| Some("/account/security".to_owned()),
            accounts::end_session,
        )
    }),
    ("/account/settings", || {
        form(
            |_| Some("/account/settings".to_owned()),
            accounts::save_profile,
        )
    }),
    ("/account/password", || {
        form(
            |_| Some("/account/settings".to_owned()),
            accounts::change_password,
        )
    }),
    ("/account/address", || {
        form(
            |_| Some("/account/settings".to_owned()),
            accounts::change_address,
        )
    }),
    ("/account/address/keep", || {
        form(
            |_| Some("/account/settings".to_owned()),
            accounts::keep_address,
        )
    }),
    ("/account/address/confirm", || {
        form(
            |_| Some("/account/settings".to_owned()),
            accounts::send_confirmation,
        )
    }),
    ("/account/email", || {
        form(
            |_| Some("/account/email".to_owned()),
            accounts::save_preferences,
        )
    }),
    ("/account/security/app/begin", || {
        form(
            |_| Some("/account/security".to_owned()),
            accounts::begin_totp,
        )
    }),
    ("/account/security/app", || {
        form(
            |_| Some("/account/security/app".to_owned()),
            accounts::activate_totp,
        )
    }),
    ("/account/security/app/remove", || {
        form(
            |_| Some("/account/security".to_owned()),
            accounts::remove_totp,
        )
    }),
    ("/account/security/passkeys", || {
        form(
            |_| Some("/account/security".to_owned()),
            accounts::add_passkey,
        )
    }),
    ("/account/security/passkeys/{passkey}/remove", || {
        form(
            |_| Some("/account/security".to_owned()),
            accounts::remove_passkey,
        )
    }),
    ("/account/security/recovery-codes", || {
        form(
            |_| Some("/account/security".to_owned()),
            accounts::make_recovery_codes,
        )
    }),
    ("/account/tokens", || {
        form(
            |_| Some("/account/tokens".to_owned()),
            accounts::create_token,
        )
    }),
    ("/account/tokens/{token}/revoke", || {
        form(
            |_| Some("/account/tokens".to_owned()),
            accounts::revoke_token,
        )
    }),
    ("/account/export", || {
        form(
            |_| Some("/account/leave".to_owned()),
            accounts::request_export,
        )
    }),
    ("/account/delete", || {
        form(
            |_| Some("/account/leave".to_owned()),
            accounts::request_deletion,
        )
    }),
    ("/account/keep", || {
        form(
            |_| Some("/account/leave".to_owned()),
            accounts::cancel_deletion,
        )
    }),
    ("/account/children/add", || {
        form(
            |_| Some("/account/children/add".to_owned()),
            families::add_child,
        )
    }),
    ("/account/children/{child}", || {
        form(
            |id| Some(format!("/account/children/{id}")),
            families::update_child,
        )
    }),
    ("/account/children/{child}/delete", || {
        form(
            |id| Some(format!("/account/children/{id}/delete")),
            families::delete_child,
        )
    }),
    ("/account/demographics", || {
        form(
            |_| Some("/account/demographics".to_owned()),
            families::save_demographics,
        )
    }),
    ("/studies/{study}/start", || {
        form(|id| Some(format!("/studies/{id}")), studies::start_run)
    }),
    ("/exp/studies/{study}/preview", || {
        form(
            |id| Some(format!("/exp/studies/{id}")),
            studies::preview_study,
        )
    }),
    ("/exp/studies/create", || {
        form(
            |_| Some("/exp/studies/create".to_owned()),
            studies::create_study,
        )
    }),
    ("/exp/studies/{study}/edit", || {
        form(
            |id| Some(format!("/exp/studies/{id}/edit")),
            studies::save_ad,
        )
    }),
    ("/exp/studies/{study}/design", || {
        large_form(
            |id| Some(format!("/exp/studies/{id}/design")),
            studies::save_design,
        )
    }),
    ("/exp/studies/{study}/draft/drop", || {
        form(|id| Some(format!("/exp/studies/{id}")), studies::drop_draft)
    }),
    ("/exp/studies/{study}/state", || {
        form(
            |id| Some(format!("/exp/studies/{id}")),
            studies::change_state,
        )
    }),
    ("/exp/studies/{study}/verdict", || {
        form(
            |id| Some(format!("/exp/studies/{id}/review")),
            studies::change_state,
        )
    }),
    ("/exp/studies/{study}/restore", || {
        form(
            |id| Some(format!("/exp/studies/{id}/versions")),
            studies::restore_version,
        )
    }),
    ("/exp/studies/{study}/clone", || {
        form(
            |id| Some(format!("/exp/studies/{id}")),
            studies::clone_study,
        )
    }),
    ("/exp/studies/{study}/previews/delete", || {
        form(
            |id| Some(format!("/exp/studies/{id}")),
            studies::delete_previews,
        )
    }),
    ("/exp/studies/{study}/comments", || {
        form(
            |id| Some(format!("/exp/studies/{id}/review")),
            studies::comment_study,
        )
    }),
    ("/exp/studies/{study}/comments/settle", || {
        form(
            |id| Some(format!("/exp/studies/{id}/review")),
            studies::settle_comment,
        )
    }),
    ("/exp/studies/{study}/peers", || {
        form(
            |id| Some(format!("/exp/studies/{id}/review")),
            studies::change_peers,
        )
    }),
    ("/exp/studies/{study}/people", || {
        form(
            |id| Some(format!("/exp/studies/{id}/people")),
            labs::change_study_people,
        )
    }),
    ("/exp/labs/create", || {
        form(|_| Some("/exp/labs/create".to_owned()), labs::create_lab)
    }),
    ("/exp/labs/{lab}/edit", || {
        form(|id| Some(format!("/exp/labs/{id}/edit")), labs::edit_lab)
    }),
    ("/exp/labs/{lab}/pictures/remove", || {
        form(
            |id| Some(format!("/exp/labs/{id}/edit")),
            labs::remove_picture,
        )
    }),
    ("/exp/labs/{lab}/approval", || {
        form(|id| Some(format!("/exp/labs/{id}")), labs::approve_lab)
    }),
    ("/exp/labs/{lab}/join", || {
        form(|id| Some(format!("/exp/labs/{id}")), labs::join_lab)
    }),
    ("/exp/labs/{lab}/withdraw", || {
        form(|id| Some(format!("/exp/labs/{id}")), labs::withdraw_request)
    }),
    ("/exp/labs/{lab}/leave", || {
        form(|id| Some(format!("/exp/labs/{id}")), labs::leave_lab)
    }),
    ("/exp/labs/{lab}/members", || {
        form(
            |id| Some(format!("/exp/labs/{id}/members")),
            labs::change_member,
        )
    }),
    ("/exp/labs/{lab}/invite", || {
        form(|id| Some(format!("/exp/labs/{id}/members")), labs::invite)
    }),
    ("/exp/labs/{lab}/invitations/revoke", || {
        form(
            |id| Some(format!("/exp/labs/{id}/members")),
            labs::revoke_invitation,
        )
    }),
    ("/staff/accounts/{account}", || {
        form(
            |id| Some(format!("/staff/accounts/{id}")),
            accounts::staff_act,
        )
    }),
];

/// Paths that take or give something else, by method.
pub const OTHERS: &[(&str, &str)] = &[
    ("GET", "/health"),
    ("GET", "/pictures/{name}"),
    ("GET", "/exp/studies/{study}/responses.json"),
    ("GET", "/exp/studies/{study}/pane"),
    ("POST", "/exp/studies/{study}/draft"),
    ("POST", "/exp/studies/{study}/check"),
    ("POST", "/exp/studies/{study}/image"),
    ("POST", "/exp/studies/{study}/archive"),
    ("POST", "/exp/criteria"),
    ("GET", "/studies/return/{link}"),
    ("POST", "/hooks/external/{study}"),
    ("POST", "/second-factor/passkey/begin"),
    ("POST", "/account/security/passkeys/begin"),
    ("POST", "/exp/labs/{lab}/pictures/banner"),
    ("POST", "/exp/labs/{lab}/pictures/badge"),
];

/// Where the front end lies and what it is called.
pub fn leptos_options(config: &Config) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("app")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_addr(config.listen)
        .build()
}

/// The whole service.
pub fn service(config: &Config, ctx: Context) -> Router {
    let site = site(config, ctx.clone());
    let run = run::router(config, ctx);
    let run_host = config
        .run_origin
        .split("://")
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    Router::new().fallback(move |request: Request| {
        let host = request
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .or_else(|| request.uri().host())
            .unwrap_or_default();
        let chosen = if host == run_host {
            run.clone()
        } else {
            site.clone()
        };
        async move {
            chosen
                .oneshot(request)
                .await
                .unwrap_or_else(|never| match never {})
        }
    })
}

fn site(config: &Config, ctx: Context) -> Router {
    let state = AppState {
        leptos: leptos_options(config),
        ctx: ctx.clone(),
    };
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
    let files = ServeDir::new(&config.site_root)
        .precompressed_br()
        .precompressed_gzip();
    let router =
        Router::new().leptos_routes_with_context(&state, generate_route_list(App), provide, render);
    let router = FORMS
        .iter()
        .fold(router, |router, (path, route)| router.route(path, route()));
    let router = router
        .route("/health", get(|| async { "ok" }))
        .route("/pictures/{name}", get(picture))
        .route("/exp/studies/{study}/responses.json", get(download))
        .route("/exp/studies/{study}/pane", get(editor::pane))
        .route("/exp/studies/{study}/draft", post(editor::keep_draft))
        .route("/exp/studies/{study}/check", post(editor::check))
        .route(
            "/exp/studies/{study}/image",
            study_file("image", "edit", |post, file| {
                Box::pin(studies::set_image(post, file))
            }),
        )
        .route(
            "/exp/studies/{study}/archive",
            study_file("archive", "design", |post, file| {
                Box::pin(studies::set_archive(post, file))
            }),
        )
        .route("/exp/criteria", post(editor::read_criteria))
        .route("/studies/return/{link}", get(hooks::come_back))
        .route("/hooks/external/{study}", post(hooks::external))
        .route("/second-factor/passkey/begin", post(begin_asking_passkey))
        .route("/account/security/passkeys/begin", post(begin_passkey))
        .route("/exp/labs/{lab}/pictures/banner", picture_form("banner"))
        .route("/exp/labs/{lab}/pictures/badge", picture_form("badge"));
    router
        .fallback_service(files.not_found_service(not_found.with_state(())))
        .with_state(state)
        .layer(from_fn(without_trailing_slash))
        .layer(from_fn_with_state(
            Identify {
                ctx,
                client_address_header: config.client_address_header.clone(),
            },
            identify,
        ))
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
        ))
        .layer(protections(config.is_production))
        .layer(tower_http::trace::TraceLayer::new_for_http())
}

/// A header that an answer gets unless it has one of that name.
pub(crate) fn header(
    name: &'static str,
    value: &'static str,
) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

type Headers = tower::layer::util::Stack<
    SetResponseHeaderLayer<HeaderValue>,
    tower::layer::util::Stack<
        SetResponseHeaderLayer<HeaderValue>,
        tower::layer::util::Stack<
            SetResponseHeaderLayer<HeaderValue>,
            tower::layer::util::Stack<
                SetResponseHeaderLayer<HeaderValue>,
                tower::layer::util::Identity,
            >,
        >,
    >,
>;

/// Headers of every answer on both origins.
pub(crate) fn protections(is_production: bool) -> Headers {
    // A day in development would lock `localhost` to https for everything else that runs there.
    let transport = if is_production {
        "max-age=31536000"
    } else {
        "max-age=0"
    };
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

/// A route for a form. `page` makes the address of the page that shows the form again, from the id
/// in the path.
fn form<F, R>(page: fn(&str) -> Option<String>, action: F) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Outcome, AppError>> + Send + 'static,
{
    form_within(LARGEST_FORM, page, action)
}

/// The same for forms with a protocol or an experiment in them.
fn large_form<F, R>(page: fn(&str) -> Option<String>, action: F) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Outcome, AppError>> + Send + 'static,
{
    form_within(LARGEST_DESIGN, page, action)
}

fn form_within<F, R>(
    limit: usize,
    page: fn(&str) -> Option<String>,
    action: F,
) -> MethodRouter<AppState>
where
    F: FnOnce(Post) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Outcome, AppError>> + Send + 'static,
{
    post(
        move |State(state): State<AppState>,
              id: Option<Path<String>>,
              request: http::Request<Body>| async move {
            let id = id.map(|Path(id)| id);
            let device = request
                .extensions()
                .get::<Device>()
                .cloned()
                .unwrap_or_default();
            let page = page(id.as_deref().unwrap_or_default());
            actions::run(state, request, id, device, page, limit, action).await
        },
    )
}

/// Colours can be changed on every page, so the way back is the page that asked.
fn theme_form() -> MethodRouter<AppState> {
    post(
        |State(state): State<AppState>, mut request: http::Request<Body>| async move {
            let referer = request
                .headers()
                .get(http::header::REFERER)
                .and_then(|value| value.to_str().ok());
            let back = referer
                .and_then(|referer| referer.parse::<http::Uri>().ok())
                .and_then(|uri| uri.path_and_query().map(ToString::to_string));
            let back = back
                .filter(|path| app::form::local_path(path).is_some())
                .unwrap_or_else(|| "/".to_owned());
            let device = request
                .extensions_mut()
                .remove::<Device>()
                .unwrap_or_default();
            actions::run(
                state,
                request,
                None,
                device,
                None,
                LARGEST_FORM,
                move |mut post| {
                    post.form.push("here", back);
                    accounts::choose_theme(post)
                },
            )
            .await
        },
    )
}

/// A form with one picture in it. It is read by hand: its action gets the bytes of the first file.
fn picture_form(field: &'static str) -> MethodRouter<AppState> {
    post(
        move |State(state): State<AppState>,
              Path(lab): Path<String>,
              request: http::Request<Body>| async move {
            let device = request
                .extensions()
                .get::<Device>()
                .cloned()
                .unwrap_or_default();
            let (parts, body) = request.into_parts();
            let file = read_file(&parts.headers, body, field).await;
            let page = Some(format!("/exp/labs/{lab}/edit"));
            let request = http::Request::from_parts(parts, Body::empty());
            actions::run(
                state,
                request,
                Some(lab),
                device,
                page,
                LARGEST_FORM,
                move |post| async move {
                    match file {
                        Ok(file) => labs::store_picture(post, field, file).await,
                        Err(words) => labs::refuse_file(post, field, &words).await,
                    }
                },
            )
            .await
        },
    )
}

/// An action with a file.
type FileAction = fn(
    Post,
    Result<Vec<u8>, String>,
) -> Pin<Box<dyn Future<Output = Result<Outcome, AppError>> + Send>>;

/// A form with one file for a study; `page` is the page of the study that shows it again.
fn study_file(
    field: &'static str,
    page: &'static str,
    action: FileAction,
) -> MethodRouter<AppState> {
    post(
        move |State(state): State<AppState>,
              Path(study): Path<String>,
              request: http::Request<Body>| async move {
            let device = request
                .extensions()
                .get::<Device>()
                .cloned()
                .unwrap_or_default();
            let (parts, body) = request.into_parts();
            let file = read_file(&parts.headers, body, field).await;
            let page = Some(format!("/exp/studies/{study}/{page}"));
            let request = http::Request::from_parts(parts, Body::empty());
            actions::run(
                state,
                request,
                Some(study),
                device,
                page,
                LARGEST_FORM,
                move |post| action(post, file),
            )
            .await
        },
    )
}

async fn read_file(headers: &http::HeaderMap, body: Body, field: &str) -> Result<Vec<u8>, String> {
    let boundary = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|kind| multer::parse_boundary(kind).ok())
        .ok_or("Please choose a file first.")?;
    let most = if field == "archive" {
        LARGEST_ARCHIVE
    } else {
        LARGEST_FILE
    };
    let limits = multer::SizeLimit::new()
        .whole_stream(u64::try_from(most + LARGEST_FORM).unwrap_or(u64::MAX));
    let too_large = || {
        format!(
            "This file did not arrive whole, or is larger than {} MB.",
            most / (1024 * 1024)
        )
    };
    let mut parts = multer::Multipart::with_constraints(
        body.into_data_stream(),
        boundary,
        multer::Constraints::new().size_limit(limits),
    );
    while let Some(part) = parts.next_field().await.map_err(|_| too_large())? {
        if part.name() == Some(field) {
            return Ok(part.bytes().await.map_err(|_| too_large())?.to_vec());
        }
    }
    Ok(Vec::new())
}

/// A stored picture. Its name is a hash of what is in it, so it never changes.
async fn picture(State(state): State<AppState>, Path(name): Path<String>) -> Response {
    match state.ctx.storage.picture(&name).await {
        Ok(Some(bytes)) => (
            [
                (CONTENT_TYPE, "image/png"),
                (CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            bytes,
        )
            .into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a picture could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// What a script gets: the value, or what is wrong in a sentence.
fn json(found: Result<serde_json::Value, services::Error>) -> Response {
    match found {
        Ok(value) => axum::Json(value).into_response(),
        Err(error) => {
            let error = AppError::from(error);
            let message = match &error {
                AppError::Conflict(reason) => reason.clone(),
                AppError::SignIn | AppError::SecondFactor => "Please sign in again.".to_owned(),
                _ => "This did not work. Please reload the page and try again.".to_owned(),
            };
            (
                error.status(),
                axum::Json(serde_json::json!({ "message": message })),
            )
                .into_response()
        }
    }
}

fn actor(request: &http::Request<Body>) -> Actor {
    request
        .extensions()
        .get::<Actor>()
        .cloned()
        .unwrap_or(Actor::Visitor)
}

async fn begin_asking_passkey(
    State(state): State<AppState>,
    request: http::Request<Body>,
) -> Response {
    json(services::accounts::begin_asking_passkey(&state.ctx, &actor(&request)).await)
}

async fn begin_passkey(State(state): State<AppState>, request: http::Request<Body>) -> Response {
    json(services::accounts::begin_passkey(&state.ctx, &actor(&request)).await)
}

/// All responses of a study as one streamed file.
async fn download(
    State(state): State<AppState>,
    Path(study): Path<String>,
    request: http::Request<Body>,
) -> Response {
    let actor = actor(&request);
    let is_program = request.headers().contains_key(http::header::AUTHORIZATION);
    let Ok(id) = study.parse::<StudyId>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match responses::download(&state.ctx, &actor, id).await {
        Ok((study, pieces)) => {
            // An error in the middle breaks the connection, so that nobody takes a part for the
            // whole.
            let body = Body::from_stream(pieces.map(|piece| {
                piece.inspect_err(|error| tracing::error!(%error, "a download broke off"))
            }));
            let name: String = study
                .name
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect();
            let mut response = Response::new(body);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            if let Ok(value) = HeaderValue::from_str(&format!(
                "attachment; filename=\"{name}_all-responses.json\""
            )) {
                headers.insert(CONTENT_DISPOSITION, value);
            }
            response
        }
        Err(services::Error::SignIn) if is_program => (
            StatusCode::UNAUTHORIZED,
            "This token does not work: it is wrong, expired or revoked.",
        )
            .into_response(),
        Err(services::Error::SecondFactor) => Redirect::to(
            &app::pages::accounts::second_factor_path(&format!("/exp/studies/{id}/responses")),
        )
        .into_response(),
        Err(services::Error::SignIn) => Redirect::to(&app::pages::accounts::sign_in_path(
            &format!("/exp/studies/{id}/responses"),
        ))
        .into_response(),
        Err(error) => {
            let error = AppError::from(error);
            (error.status(), error.to_string()).into_response()
        }
    }
}
