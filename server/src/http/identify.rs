//! Who asks, from where, and with which colours.

use std::net::SocketAddr;

use adapters::Token;
use app::cookies::session_cookie;
use app::request::Theme;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::header::{AUTHORIZATION, USER_AGENT};
use services::accounts::{self, Client};
use services::{Actor, Context, Error};

use super::headers::{cookie, text};
use super::refusal::Refusal;

#[derive(Clone)]
pub(super) struct Identify {
    pub ctx: Context,
    /// Header in which a trusted proxy puts the client's address.
    pub client_address_header: Option<String>,
}

/// Puts the actor, the device and the theme into the request.
pub(super) async fn identify(
    State(state): State<Identify>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let client = Client {
        user_agent: text(request.headers(), USER_AGENT).to_owned(),
        address: client_address(&request, state.client_address_header.as_deref()),
    };
    let actor = actor(&state.ctx, request.headers(), &client)
        .await
        .map_err(|error| {
            let sentence =
                "We can't look up who you are at the moment. Please try again in a minute.";
            Refusal::unavailable(error, sentence)
        })?;
    let theme = Theme::of(cookie(request.headers(), Theme::COOKIE).unwrap_or_default());
    let extensions = request.extensions_mut();
    extensions.insert(theme);
    extensions.insert(actor);
    extensions.insert(client);
    Ok(next.run(request).await)
}

async fn actor(ctx: &Context, headers: &HeaderMap, client: &Client) -> Result<Actor, Error> {
    // A program says who it is by its token alone.
    if let Some(token) = text(headers, AUTHORIZATION).strip_prefix("Bearer ") {
        let token = Token::from_text(token.trim());
        return accounts::recognise_token(ctx, &token, client).await;
    }
    let name = session_cookie(ctx.site.is_production);
    match cookie(headers, name).filter(|token| !token.is_empty()) {
        Some(token) => accounts::recognise(ctx, &Token::from_text(token), client).await,
        None => Ok(Actor::Visitor),
    }
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
