//! Who asks, from where, and with which colours.

use std::net::SocketAddr;

use adapters::Token;
use app::actions::session_cookie;
use app::request::Theme;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE, USER_AGENT};
use http::{HeaderMap, StatusCode};
use services::accounts::{self, Device};
use services::{Actor, Context};

/// What the middleware needs.
#[derive(Clone)]
pub struct Identify {
    /// The doors.
    pub ctx: Context,
    /// Header in which a trusted proxy puts the client's address.
    pub client_address_header: Option<String>,
}

/// Puts the actor, the device and the theme into the request.
pub async fn identify(State(state): State<Identify>, mut request: Request, next: Next) -> Response {
    let theme = Theme::of(cookie(request.headers(), Theme::COOKIE).unwrap_or_default());
    let device = Device {
        user_agent: request
            .headers()
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        address: client_address(&request, state.client_address_header.as_deref()),
    };
    let bearer = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| Token::from_text(token.trim()));
    let session = cookie(
        request.headers(),
        session_cookie(state.ctx.site.is_production),
    )
    .filter(|token| !token.is_empty())
    .map(Token::from_text);
    let found = match (bearer, session) {
        // A program says who it is by its token alone.
        (Some(token), _) => accounts::recognise_token(&state.ctx, &token, &device).await,
        (None, Some(token)) => accounts::recognise(&state.ctx, &token, &device).await,
        (None, None) => Ok(Actor::Visitor),
    };
    let actor = match found {
        Ok(actor) => actor,
        Err(error) => {
            tracing::error!(%error, "a session could not be looked up");
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                "We can't look up who you are at the moment. Please try again in a minute.",
            )
                .into_response();
        }
    };
    let extensions = request.extensions_mut();
    extensions.insert(theme);
    extensions.insert(actor);
    extensions.insert(device);
    next.run(request).await
}

/// A cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The client's address. Of a list that proxies appended to, only the last entry was written by the
/// one we trust.
fn client_address(request: &Request, header: Option<&str>) -> String {
    let forwarded = header
        .and_then(|header| request.headers().get_all(header).iter().next_back())
        .and_then(|value| value.to_str().ok())
        .and_then(|list| list.rsplit(',').next())
        .map(|address| address.trim().to_owned());
    forwarded
        .filter(|address| !address.is_empty())
        .or_else(|| {
            request
                .extensions()
                .get::<ConnectInfo<SocketAddr>>()
                .map(|ConnectInfo(address)| address.ip().to_string())
        })
        .unwrap_or_default()
}
