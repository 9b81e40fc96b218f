//! Who asks, from where, and with which colours.

use std::net::IpAddr;

use adapters::Token;
use app::cookies::session_cookie;
use app::request::Theme;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum_client_ip::{ClientIp, ClientIpSource};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use services::accounts::{self, Client};
use services::{Actor, Context, Error};

use super::headers::{cookie, text};
use super::refusal::Refusal;

#[derive(Clone)]
pub(super) struct Identify {
    pub ctx: Context,
    /// Where the client's address stands.
    pub client_address: ClientIpSource,
}

/// Puts the actor, the device and the theme into the request.
pub(super) async fn identify(
    State(state): State<Identify>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    let client = Client {
        user_agent: text(&parts.headers, USER_AGENT).to_owned(),
        address: client_address(&mut parts, &state.client_address).await,
    };
    let actor = actor(&state.ctx, &parts.headers, &client)
        .await
        .map_err(|error| {
            let sentence =
                "We can't look up who you are at the moment. Please try again in a minute.";
            Refusal::unavailable(error, sentence)
        })?;
    let is_known = actor.person().is_some();
    let theme = Theme::of(cookie(&parts.headers, Theme::COOKIE).unwrap_or_default());
    parts.extensions.insert(theme);
    parts.extensions.insert(actor);
    parts.extensions.insert(client);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if is_known {
        keep_private(&mut response);
    }
    Ok(response)
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

/// The client's address in its one spelling, if the configured source tells one.
async fn client_address(parts: &mut Parts, source: &ClientIpSource) -> Option<IpAddr> {
    parts.extensions.insert(source.clone());
    let found = ClientIp::from_request_parts(parts, &()).await;
    found.ok().map(|ClientIp(address)| address.to_canonical())
}

/// Keeps what was shown to one person out of every cache, also that of a browser that somebody else
/// uses next.
fn keep_private(response: &mut Response) {
    let headers = response.headers_mut();
    let kind = text(headers, CONTENT_TYPE);
    let is_shown = ["text/html", "application/json"]
        .iter()
        .any(|shown| kind.starts_with(shown));
    if is_shown && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn address(source: &str, name: &str, value: &str) -> String {
        let request = Request::builder().header(name, value).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let source = source.parse().unwrap();
        let found = client_address(&mut parts, &source).await;
        found.map(|found| found.to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn only_what_the_trusted_proxy_wrote_is_believed() {
        for (value, found) in [
            ("192.0.2.1", "192.0.2.1"),
            ("10.0.0.1, 192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("somewhere", ""),
            ("<script>", ""),
        ] {
            let read = address("RightmostXForwardedFor", "x-forwarded-for", value).await;
            assert_eq!(read, found, "{value}");
        }
        assert_eq!(
            address("XRealIp", "x-real-ip", "192.0.2.1").await,
            "192.0.2.1"
        );
        assert_eq!(address("XRealIp", "x-forwarded-for", "192.0.2.1").await, "");
        assert_eq!(address("ConnectInfo", "x-real-ip", "192.0.2.1").await, "");
    }
}
