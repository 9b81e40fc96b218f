//! Configuration: one variable for each outside thing, read here and nowhere else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use services::Site;
use url::Url;

/// A variable that the process reads, as `lookit doctor` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Name in the environment.
    pub name: &'static str,
    /// What it sets.
    pub meaning: &'static str,
    /// Value in development; `None` where there is none.
    pub default: Option<&'static str>,
    /// Whether production needs it to be set.
    pub is_required_in_production: bool,
}

const fn optional(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable {
        name,
        meaning,
        default: Some(default),
        is_required_in_production: false,
    }
}

const fn required(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable {
        name,
        meaning,
        default: Some(default),
        is_required_in_production: true,
    }
}

/// Every variable.
pub const VARIABLES: &[Variable] = &[
    optional(
        "LOOKIT_MODE",
        "development",
        "`production` for a real site with real families: secrets must be set, cookies need TLS, demo accounts are refused",
    ),
    required(
        "LOOKIT_DATABASE_URL",
        "sqlite://var/lookit.db",
        "database, `sqlite://` and a path or `postgres://`",
    ),
    required(
        "LOOKIT_SITE_ORIGIN",
        "http://localhost:8080",
        "origin of the pages, as browsers see it",
    ),
    required(
        "LOOKIT_RUN_ORIGIN",
        "http://run.localhost:8080",
        "origin on which studies are played; another host than the pages', so that a researcher's code never meets a family's session",
    ),
    required(
        "LOOKIT_SECRET",
        "for development only, not secret",
        "at least 32 characters of chance; keys the digests of things that could be guessed",
    ),
    required(
        "LOOKIT_MAIL_URL",
        "file://var/outbox",
        "where letters go: `smtp://`, `smtps://` (`smtp://user:password@host:587?tls=required`), or `file://` and a folder in which each letter is a file",
    ),
    required(
        "LOOKIT_MAIL_FROM",
        "Lookit <lookit@localhost.example>",
        "sender of letters, such as `Lookit <lookit@example.org>`",
    ),
    required(
        "LOOKIT_STORAGE_URL",
        "file://var/files",
        "where pictures are kept: `file://` and a folder",
    ),
    optional(
        "LOOKIT_HEARTBEAT_SECONDS",
        "30",
        "how often a worker gives a sign of life; after two that are missing, its jobs go to others",
    ),
    optional(
        "LOOKIT_LISTEN",
        "127.0.0.1:8080",
        "address and port to listen on",
    ),
    optional(
        "LOOKIT_SITE_ROOT",
        "target/site",
        "folder with the built front end and the public files",
    ),
    optional(
        "LOOKIT_PLAYER_ROOT",
        "target/player",
        "folder with the built player",
    ),
    optional(
        "LOOKIT_DATABASE_CONNECTIONS",
        "8",
        "most connections to the database",
    ),
    optional(
        "LOOKIT_CLIENT_ADDRESS_HEADER",
        "",
        "header in which a trusted proxy puts the client's address, such as `X-Forwarded-For`; empty when clients connect directly",
    ),
    optional(
        "LOOKIT_LOG",
        "info",
        "what is logged, in the syntax of tracing's filters",
    ),
    optional("LOOKIT_LOG_FORMAT", "text", "`json` for machines"),
];

/// The configuration of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether this is a real site.
    pub is_production: bool,
    /// Database.
    pub database_url: SecretString,
    /// Most connections to it.
    pub database_connections: u32,
    /// Origin of the pages.
    pub site_origin: String,
    /// Origin of runs.
    pub run_origin: String,
    /// Key of digests.
    pub secret: SecretString,
    /// Where letters go.
    pub mail_url: SecretString,
    /// Their sender.
    pub mail_from: String,
    /// Where files are kept.
    pub storage_url: String,
    /// How often a worker gives a sign of life.
    pub heartbeat: Duration,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Built front end and public files.
    pub site_root: PathBuf,
    /// Built player.
    pub player_root: PathBuf,
    /// Header with the client's address.
    pub client_address_header: Option<String>,
    /// Log filter.
    pub log: String,
    /// Whether logs are JSON.
    pub is_log_json: bool,
}

/// A variable that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Production needs it.
    #[error("{name} is not set. A production site needs it: {meaning}.")]
    Missing {
        /// Name.
        name: &'static str,
        /// What it sets.
        meaning: &'static str,
    },
    /// Its value makes no sense.
    #[error("{name} is `{value}`, but {reason}.")]
    Invalid {
        /// Name.
        name: &'static str,
        /// What it was set to; secrets are left out.
        value: String,
        /// What is wrong.
        reason: String,
    },
}

impl Config {
    /// The configuration of the environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// The configuration of any source of variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mode = variable("LOOKIT_MODE").unwrap_or_else(|| "development".to_owned());
        let is_production = match mode.as_str() {
            "production" => true,
            "development" | "" => false,
            other => {
                return Err(invalid(
                    "LOOKIT_MODE",
                    other,
                    "it can be `production` or `development`",
                ));
            }
        };
        let get = |name: &'static str| -> Result<String, ConfigError> {
            match (
                variable(name).filter(|value| !value.is_empty()),
                VARIABLES.iter().find(|known| known.name == name),
            ) {
                (Some(value), _) => Ok(value),
                (None, Some(known)) if is_production && known.is_required_in_production => {
                    Err(ConfigError::Missing {
                        name,
                        meaning: known.meaning,
                    })
                }
                (None, known) => Ok(known
                    .and_then(|known| known.default)
                    .unwrap_or_default()
                    .to_owned()),
            }
        };
        let database_url = get("LOOKIT_DATABASE_URL")?;
        if !["sqlite:", "postgres:", "postgresql:"]
            .iter()
            .any(|scheme| database_url.starts_with(scheme))
        {
            return Err(invalid(
                "LOOKIT_DATABASE_URL",
                "…",
                "it must begin with `sqlite://` or `postgres://`",
            ));
        }
        let site_origin = origin(
            "LOOKIT_SITE_ORIGIN",
            &get("LOOKIT_SITE_ORIGIN")?,
            is_production,
        )?;
        let run_origin = origin(
            "LOOKIT_RUN_ORIGIN",
            &get("LOOKIT_RUN_ORIGIN")?,
            is_production,
        )?;
        if host(&site_origin) == host(&run_origin) {
            return Err(invalid(
                "LOOKIT_RUN_ORIGIN",
                &run_origin,
                "it must be another host than LOOKIT_SITE_ORIGIN, since the port does not keep cookies apart",
            ));
        }
        let secret = get("LOOKIT_SECRET")?;
        if is_production && secret.chars().count() < 32 {
            return Err(invalid(
                "LOOKIT_SECRET",
                "…",
                "it needs at least 32 characters",
            ));
        }
        let mail_url = get("LOOKIT_MAIL_URL")?;
        if !["smtp://", "smtps://", "file://"]
            .iter()
            .any(|scheme| mail_url.starts_with(scheme))
        {
            return Err(invalid(
                "LOOKIT_MAIL_URL",
                "…",
                "it must begin with `smtp://`, `smtps://` or `file://`",
            ));
        }
        let storage_url = get("LOOKIT_STORAGE_URL")?;
        if !storage_url.starts_with("file://") {
            return Err(invalid(
                "LOOKIT_STORAGE_URL",
                &storage_url,
                "it must begin with `file://`; other stores come later",
            ));
        }
        let heartbeat = get("LOOKIT_HEARTBEAT_SECONDS")?;
        let listen = get("LOOKIT_LISTEN")?;
        let connections = get("LOOKIT_DATABASE_CONNECTIONS")?;
        let header = get("LOOKIT_CLIENT_ADDRESS_HEADER")?;
        Ok(Self {
            is_production,
            database_url: database_url.into(),
            database_connections: connections
                .parse()
                .ok()
                .filter(|count| (1..=1000).contains(count))
                .ok_or_else(|| {
                    invalid(
                        "LOOKIT_DATABASE_CONNECTIONS",
                        &connections,
                        "it must be a number from 1 to 1000",
                    )
                })?,
            site_origin,
            run_origin,
            secret: secret.into(),
            mail_url: mail_url.into(),
            mail_from: get("LOOKIT_MAIL_FROM")?,
            storage_url,
            heartbeat: heartbeat
                .parse()
                .ok()
                .filter(|seconds| (1..=600).contains(seconds))
                .map(Duration::from_secs)
                .ok_or_else(|| {
                    invalid(
                        "LOOKIT_HEARTBEAT_SECONDS",
                        &heartbeat,
                        "it must be a number of seconds from 1 to 600",
                    )
                })?,
            listen: listen.parse().map_err(|_| {
                invalid(
                    "LOOKIT_LISTEN",
                    &listen,
                    "it must be an address and a port, such as 0.0.0.0:8080",
                )
            })?,
            site_root: get("LOOKIT_SITE_ROOT")?.into(),
            player_root: get("LOOKIT_PLAYER_ROOT")?.into(),
            client_address_header: (!header.is_empty()).then_some(header),
            log: get("LOOKIT_LOG")?,
            is_log_json: get("LOOKIT_LOG_FORMAT")? == "json",
        })
    }

    /// What the verbs need to know of it.
    pub fn site(&self) -> Site {
        Site {
            origin: self.site_origin.clone(),
            run_origin: self.run_origin.clone(),
            is_production: self.is_production,
            secret: self.secret.clone(),
        }
    }
}

fn invalid(name: &'static str, value: &str, reason: &str) -> ConfigError {
    ConfigError::Invalid {
        name,
        value: value.to_owned(),
        reason: reason.to_owned(),
    }
}

/// An origin in its one spelling: scheme, host and port, nothing behind.
fn origin(name: &'static str, value: &str, is_production: bool) -> Result<String, ConfigError> {
    let url = Url::parse(value)
        .map_err(|error| invalid(name, value, &format!("it is no address ({error})")))?;
    let is_plain = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if !is_plain || url.host_str().is_none() || !matches!(url.scheme(), "http" | "https") {
        return Err(invalid(
            name,
            value,
            "it must be a scheme, a host and perhaps a port, such as https://lookit.example.org",
        ));
    }
    if is_production && url.scheme() != "https" {
        return Err(invalid(name, value, "a production site needs https"));
    }
    Ok(url.origin().ascii_serialization())
}

fn host(origin: &str) -> Option<String> {
    Url::parse(origin)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs: HashMap<String, String> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Config::read(|name| pairs.get(name).cloned())
    }

    const PRODUCTION: &[(&str, &str)] = &[
        ("LOOKIT_MODE", "production"),
        ("LOOKIT_DATABASE_URL", "postgres://lookit@db/lookit"),
        ("LOOKIT_SITE_ORIGIN", "https://lookit.example.org"),
        ("LOOKIT_RUN_ORIGIN", "https://run.example.org/"),
        ("LOOKIT_SECRET", "0123456789012345678901234567890123456789"),
        ("LOOKIT_MAIL_URL", "smtps://user:password@mail.example.org"),
        ("LOOKIT_MAIL_FROM", "Lookit <lookit@example.org>"),
        ("LOOKIT_STORAGE_URL", "file:///srv/lookit/files"),
    ];

    #[test]
    fn development_needs_nothing() {
        let config = read(&[]).unwrap();
        assert!(!config.is_production);
        assert_eq!(config.run_origin, "http://run.localhost:8080");
    }

    #[test]
    fn production_names_what_is_missing() {
        assert_eq!(
            read(PRODUCTION).unwrap().run_origin,
            "https://run.example.org"
        );
        for name in VARIABLES
            .iter()
            .filter(|variable| variable.is_required_in_production)
            .map(|variable| variable.name)
        {
            let without: Vec<_> = PRODUCTION
                .iter()
                .copied()
                .filter(|(set, _)| *set != name)
                .collect();
            assert!(
                read(&without)
                    .unwrap_err()
                    .to_string()
                    .starts_with(&format!("{name} is not set.")),
                "{name}"
            );
        }
    }

    #[test]
    fn nonsense_is_named_and_secrets_are_not_shown() {
        let with = |name: &'static str, value: &'static str| {
            let mut pairs: Vec<_> = PRODUCTION
                .iter()
                .copied()
                .filter(|(set, _)| *set != name)
                .collect();
            pairs.push((name, value));
            read(&pairs).unwrap_err().to_string()
        };
        assert!(with("LOOKIT_MODE", "prod").contains("LOOKIT_MODE"));
        assert!(!with("LOOKIT_DATABASE_URL", "mysql://root:hunter2@db").contains("hunter2"));
        assert!(!with("LOOKIT_SECRET", "short secret").contains("short secret"));
        assert!(with("LOOKIT_SITE_ORIGIN", "http://lookit.example.org").contains("https"));
        assert!(
            with("LOOKIT_SITE_ORIGIN", "https://lookit.example.org/path")
                .contains("LOOKIT_SITE_ORIGIN")
        );
        assert!(
            with("LOOKIT_RUN_ORIGIN", "https://lookit.example.org:444").contains("another host")
        );
        assert!(with("LOOKIT_LISTEN", "8080").contains("LOOKIT_LISTEN"));
        assert!(!with("LOOKIT_MAIL_URL", "imap://user:hunter2@mail").contains("hunter2"));
        assert!(with("LOOKIT_STORAGE_URL", "s3://bucket").contains("LOOKIT_STORAGE_URL"));
        assert!(with("LOOKIT_HEARTBEAT_SECONDS", "0").contains("LOOKIT_HEARTBEAT_SECONDS"));
        assert!(with("LOOKIT_DATABASE_CONNECTIONS", "0").contains("LOOKIT_DATABASE_CONNECTIONS"));
    }
}
