//! The run origin: the player, and the part of the interface that one run needs. It knows no
//! session of the site.

use adapters::Token;
use app::cookies::cookie;
use app::error::AppError;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use domain::responses::RunSessionId;
use domain::responses::wire::{Batch, Entered, ErrorCode, Ticket};
use domain::studies::design;
use futures::TryStreamExt;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use services::{Actor, Context, Error, Noun, responses};
use tower_http::services::ServeDir;

use super::addresses::is_readable;
use super::bodies::{BATCH, Bodies, CALL, Unread};
use super::guarded::guarded;
use super::headers::{PERMISSIONS_POLICY, cookie as read_cookie, text};
use super::refusal::Refusal;
use crate::config::Config;

/// What a researcher's study may load: the scripts that the researcher wrote, which the player
/// makes of the study's own texts (`blob:`), and whatever comes from us or from the hosts that the
/// reviewed study declares: what it knows of a child can leave to nobody else. No script can be
/// loaded by its address.
fn policy(hosts: &[String], frame_ancestors: &str) -> HeaderValue {
    let mut from = String::from("'self' data: blob:");
    for host in hosts {
        from.push_str(" https://");
        from.push_str(host);
    }
    let text = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; \
         style-src 'self' 'unsafe-inline'; img-src {from}; media-src {from}; font-src {from}; \
         connect-src {from}; form-action 'none'; base-uri 'none'; \
         frame-ancestors {frame_ancestors}"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

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
        .route(
            "/pane",
            get(async move |Query(asked): Query<Pane>| pane(&site_origin, &asked)),
        )
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
        (CONTENT_SECURITY_POLICY, policy(&[], "'none'")),
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

/// What the editor asks of its pane.
#[derive(Deserialize)]
struct Pane {
    /// The hosts of the unsaved design, as they are typed.
    #[serde(default)]
    hosts: String,
}

/// The page of the editor's preview pane, which only the site may show in a frame, and which
/// listens to the site alone. The child in it is made up.
fn pane(site_origin: &str, asked: &Pane) -> Response {
    let hosts: Vec<String> = design::hosts_in(&asked.hosts).collect();
    let page = PAGE.replace("{site}", &format!(" data-site=\"{site_origin}\""));
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, policy(&hosts, site_origin)),
    ];
    (headers, Html(page)).into_response()
}

async fn page(
    State(ctx): State<Context>,
    Path(session): Path<String>,
) -> Result<Response, Refusal> {
    let Ok(session) = session.parse::<RunSessionId>() else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let hosts = responses::hosts(&ctx, session)
        .await
        .map_err(Refusal::of_run)?;
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, policy(&hosts, "'none'")),
    ];
    Ok((headers, Html(PAGE.replace("{site}", ""))).into_response())
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
    let answer = Entered {
        append_key: entered.append.expose().to_owned(),
    };
    let headers = [
        (SET_COOKIE, cookie),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Json(answer)).into_response())
}

/// Who holds out a key of this run: that of its cookie, or the one that only adds.
fn holder(ctx: &Context, headers: &HeaderMap, session: &str) -> Actor {
    let Ok(session) = session.parse::<RunSessionId>() else {
        return Actor::Visitor;
    };
    if let Some(key) = text(headers, AUTHORIZATION).strip_prefix("Bearer ") {
        return Actor::appending(session, &Token::from_text(key));
    }
    match read_cookie(headers, &cookie_name(session, ctx.site.is_production)) {
        Some(key) => Actor::playing(session, &Token::from_text(key)),
        None => Actor::Visitor,
    }
}

async fn document(
    State(ctx): State<Context>,
    Path(session): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let actor = holder(&ctx, &headers, &session);
    let pieces = responses::document(&ctx, &actor)
        .await
        .map_err(Refusal::of_run)?;
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_TYPE, "application/json"),
    ];
    let body = Body::from_stream(pieces.map_err(AppError::from));
    Ok((headers, body).into_response())
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
    let actor = holder(&ctx, &headers, &session);
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
