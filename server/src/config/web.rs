//! Where browsers find the site and its runs, where the process listens, and what it serves.

use std::net::SocketAddr;

use axum_client_ip::ClientIpSource;
use url::{Host, Url};

use super::variables::{ConfigError, Source, Variable, optional, required};

pub(super) const SITE_ORIGIN: Variable = required(
    "LOOKIT_SITE_ORIGIN",
    "http://localhost:8080",
    "origin of the pages, as browsers see it",
);
pub(super) const RUN_ORIGIN: Variable = required(
    "LOOKIT_RUN_ORIGIN",
    "http://run.localhost:8080",
    "origin on which studies are played; another host than the pages', so that a researcher's \
     code never meets a family's session",
);
pub(super) const LISTEN: Variable = optional(
    "LOOKIT_LISTEN",
    "127.0.0.1:8080",
    "address and port to listen on",
);
pub(super) const SITE_ROOT: Variable = optional(
    "LOOKIT_SITE_ROOT",
    "target/site",
    "folder with the built front end and the public files",
);
pub(super) const PLAYER_ROOT: Variable = optional(
    "LOOKIT_PLAYER_ROOT",
    "target/player",
    "folder with the built player",
);
pub(super) const CLIENT_ADDRESS: Variable = required(
    "LOOKIT_CLIENT_ADDRESS",
    "ConnectInfo",
    "where the client's address stands: `ConnectInfo` when clients connect directly, or the header \
     that your own proxy writes: `RightmostXForwardedFor`, `XRealIp`, `CfConnectingIp`, \
     `TrueClientIp`, `CloudFrontViewerAddress`, `FlyClientIp`, `XEnvoyExternalAddress`",
);

/// The origins of the site and of runs.
pub(super) fn origins(source: &Source) -> Result<(String, String), ConfigError> {
    let site = origin(source, &SITE_ORIGIN)?;
    let run = origin(source, &RUN_ORIGIN)?;
    if site.host() == run.host() {
        let reason = "it must be another host than LOOKIT_SITE_ORIGIN, since the port does not \
                      keep cookies apart";
        return Err(RUN_ORIGIN.invalid(&spelled(&run), reason));
    }
    for (url, variable) in [(&site, &SITE_ORIGIN), (&run, &RUN_ORIGIN)] {
        if !source.is_production && !is_of_this_machine(url) {
            return Err(variable.invalid(&spelled(url), PRODUCTION_ONLY));
        }
    }
    Ok((spelled(&site), spelled(&run)))
}

/// Why development stays on one machine: it has public passwords, a public secret, and a page that
/// shows everybody's email.
const PRODUCTION_ONLY: &str = "only LOOKIT_MODE=production may be reached from other machines; \
     development needs `localhost`, a name below it, or a loopback address";

fn is_of_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An origin in its one spelling: scheme, host and port, nothing behind.
fn spelled(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn origin(source: &Source, variable: &Variable) -> Result<Url, ConfigError> {
    let value = source.text(variable)?;
    let invalid = |reason: &str| variable.invalid(&value, reason);
    let url =
        Url::parse(&value).map_err(|error| invalid(&format!("it is not an address ({error})")))?;
    let is_plain = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if !is_plain || url.host_str().is_none() || !matches!(url.scheme(), "http" | "https") {
        return Err(invalid(
            "it must be a scheme, a host and perhaps a port, such as https://lookit.example.org",
        ));
    }
    if source.is_production && url.scheme() != "https" {
        return Err(invalid("a production site needs https"));
    }
    Ok(url)
}

pub(super) fn listen(source: &Source) -> Result<SocketAddr, ConfigError> {
    let text = source.text(&LISTEN)?;
    let reason = "it must be an address and a port, such as 0.0.0.0:8080";
    let address: SocketAddr = text.parse().map_err(|_| LISTEN.invalid(&text, reason))?;
    if !source.is_production && !address.ip().is_loopback() {
        return Err(LISTEN.invalid(&text, PRODUCTION_ONLY));
    }
    Ok(address)
}

/// Guesses are counted for each client, so a wrong decision lets either nobody or everybody guess.
pub(super) fn client_address(source: &Source) -> Result<ClientIpSource, ConfigError> {
    let word = source.text(&CLIENT_ADDRESS)?;
    let reason = "it must be one of the words that `lookit doctor` lists for it";
    word.parse()
        .map_err(|_| CLIENT_ADDRESS.invalid(&word, reason))
}
