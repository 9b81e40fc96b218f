//! The run origin: the player, and the part of the interface that one run needs. It knows no
//! session of the site.

use adapters::Token;
use app::cookies::cookie;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use domain::responses::RunSessionId;
use domain::responses::wire::{Batch, ErrorCode, Ticket};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};
use services::{Actor, Context, Error, Noun, responses};
use tower_http::services::ServeDir;

use super::addresses::is_readable;
use super::bodies::{BATCH, Bodies, CALL, Unread};
use super::guarded::guarded;
use super::headers::{PERMISSIONS_POLICY, cookie as read_cookie};
use super::refusal::Refusal;
use crate::config::Config;

/// What a researcher's study may load: pictures, sounds and films from anywhere, data from sites
/// with https, and the scripts that the researcher wrote, which the player makes of the study's own
/// texts (`blob:`). No script can be loaded by its address. `frame-ancestors` comes with the page.
const POLICY: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; \
    img-src * data: blob:; media-src * data: blob:; font-src 'self' https: data:; \
    connect-src 'self' https: data: blob:; form-action 'none'; base-uri 'none'";

/// What a study may use of the device.
const DEVICE: &str =
    "camera=(self), microphone=(self), fullscreen=(self), autoplay=(self), geolocation=()";

/// The page that loads the player. Its words show until the player has started, and when it can't.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>Study</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/player/player.css">
<script type="module" src="/player/boot.js"></script>
</head>
<body{site}>
<div id="expContainer"><div id="experiment-player">
<main class="player-card player-loading"><h1>One moment, please</h1>
<p>The study is being loaded.</p>
<noscript><p>Studies need JavaScript, which is switched off in this browser.
Please switch it on and reload this page.</p></noscript></main>
</div></div>
</body>
</html>
"#;

const NOTHING_HERE: &str = "<!DOCTYPE html><html lang=\"en\"><title>Nothing here</title>\
    <p>There is nothing here. Studies are started from their page on the site.</p></html>";

pub(super) fn router(config: &Config, ctx: Context, bodies: Bodies) -> Router {
    let public = ServeDir::new(&config.site_root)
        .precompressed_br()
        .precompressed_gzip();
    let player = ServeDir::new(&config.player_root)
        .precompressed_br()
        .precompressed_gzip();
    let site_origin = config.site_origin.clone();
    let router = Router::new()
        .route("/pane", get(move || async move { pane(&site_origin) }))
        .route("/run/{session}", get(page))
        .route("/run/{session}/enter", post(enter))
        .route("/run/{session}/document", get(document))
        .route("/run/{session}/entries", post(append))
        .nest_service("/player", player)
        // Pictures of the demo studies and the icon; pages of the site are not here.
        .nest_service("/demo", ServeDir::new(config.site_root.join("demo")))
        .route_service("/favicon.svg", public)
        .nest_service("/fonts", ServeDir::new(config.site_root.join("fonts")))
        .fallback(async || nothing_here())
        .with_state(ctx)
        .layer(from_fn(without_hostile_address));
    let own = [
        (CONTENT_SECURITY_POLICY, policy("'none'")),
        (PERMISSIONS_POLICY, HeaderValue::from_static(DEVICE)),
    ];
    guarded(router, bodies, config.is_production, own)
}

async fn without_hostile_address(request: Request, next: Next) -> Response {
    if is_readable(request.uri()) {
        next.run(request).await
    } else {
        nothing_here()
    }
}

fn nothing_here() -> Response {
    (StatusCode::NOT_FOUND, Html(NOTHING_HERE)).into_response()
}

/// The policy of a page that these origins may show in a frame.
fn policy(frame_ancestors: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("{POLICY}; frame-ancestors {frame_ancestors}"))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The page of the editor's preview pane, which only the site may show in a frame, and which
/// listens to the site alone.
fn pane(site_origin: &str) -> Response {
    let page = PAGE.replace("{site}", &format!(" data-site=\"{site_origin}\""));
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, policy(site_origin)),
    ];
    (headers, Html(page)).into_response()
}

async fn page(Path(session): Path<String>) -> Response {
    if session.parse::<RunSessionId>().is_err() {
        return StatusCode::NOT_FOUND.into_response();
    }
    (
        [(CACHE_CONTROL, HeaderValue::from_static("no-cache"))],
        Html(PAGE.replace("{site}", "")),
    )
        .into_response()
}

fn cookie_name(session: RunSessionId, is_production: bool) -> String {
    // One cookie for each run: two studies in two tabs must not sign each other out.
    format!(
        "{}lookit_run_{}",
        if is_production { "__Host-" } else { "" },
        session.0.simple()
    )
}

/// Exchanges the ticket of the address for this run's cookie.
async fn enter(
    State(ctx): State<Context>,
    Path(session): Path<String>,
    Extension(bodies): Extension<Bodies>,
    body: Body,
) -> Result<Response, Refusal> {
    let body = bodies.read_open(body, CALL).await?;
    let Ticket { ticket } = serde_json::from_slice(&body.bytes).map_err(|error| {
        let sentence = format!("Send an object with a \"ticket\": {error}.");
        Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::Invalid, sentence)
    })?;
    let entered = responses::enter(&ctx, &Token::from_text(&ticket))
        .await
        .map_err(Refusal::of_run)?;
    if entered.session.to_string() != session {
        return Err(Refusal::of_run(Error::NotFound(Noun::Run)));
    }
    let is_production = ctx.site.is_production;
    let seconds = (entered.expires_at - ctx.now()).num_seconds();
    let cookie = cookie(
        &cookie_name(entered.session, is_production),
        entered.token.expose(),
        seconds,
        is_production,
    );
    Ok(([(SET_COOKIE, cookie)], Json(json!({}))).into_response())
}

async fn recognise(ctx: &Context, headers: &HeaderMap, session: &str) -> Result<Actor, Refusal> {
    let Ok(session) = session.parse::<RunSessionId>() else {
        return Ok(Actor::Visitor);
    };
    let Some(token) = read_cookie(headers, &cookie_name(session, ctx.site.is_production)) else {
        return Ok(Actor::Visitor);
    };
    let token = Token::from_text(token);
    responses::recognise(ctx, session, &token)
        .await
        .map_err(Refusal::of_run)
}

async fn document(
    State(ctx): State<Context>,
    Path(session): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let actor = recognise(&ctx, &headers, &session).await?;
    let document = responses::document(&ctx, &actor)
        .await
        .map_err(Refusal::of_run)?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(document)).into_response())
}

/// Appends entries. Each is read on its own, so that one that makes no sense does not hold up the
/// others.
async fn append(
    State(ctx): State<Context>,
    Path(session): Path<String>,
    headers: HeaderMap,
    Extension(bodies): Extension<Bodies>,
    body: Body,
) -> Result<Response, Refusal> {
    let actor = recognise(&ctx, &headers, &session).await?;
    if !matches!(actor, Actor::Run(_)) {
        return Err(Refusal::of_run(Error::SignIn));
    }
    let (entries, mut refused) = read(&bodies, body).await?.read();
    let mut receipt = responses::append(&ctx, &actor, &entries)
        .await
        .map_err(Refusal::of_run)?;
    refused.append(&mut receipt.refused);
    receipt.refused = refused;
    for refused in &receipt.refused {
        tracing::warn!(reason = %refused.reason, "an entry of a run was refused");
    }
    Ok(Json(receipt).into_response())
}

async fn read(bodies: &Bodies, body: Body) -> Result<Batch<Value>, Refusal> {
    let body = match bodies.read_trusted(body, BATCH).await {
        Err(Unread::TooLarge(most)) => {
            let sentence = format!("Send fewer entries at once: at most {most} bytes.");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(Refusal::new(status, ErrorCode::TooLarge, sentence));
        }
        read => read?,
    };
    serde_json::from_slice(&body.bytes).map_err(|error| {
        let sentence = format!("Send an object with a list \"entries\": {error}.");
        Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::NoBatch, sentence)
    })
}
