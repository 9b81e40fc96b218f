//! Configuration: one variable for each outside thing, read here and nowhere else.

mod database;
mod mail;
mod queue;
mod storage;
mod variables;
mod web;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum_client_ip::ClientIpSource;
use secrecy::SecretString;
use services::Site;

pub use self::variables::{ConfigError, Variable};
use self::variables::{Source, optional, required};

const MODE: Variable = optional(
    "LOOKIT_MODE",
    "development",
    "`production` for a real site with real families: secrets must be set, cookies need TLS, \
     demo accounts are refused",
);
const SECRET: Variable = required(
    "LOOKIT_SECRET",
    "for development only, not secret",
    "at least 32 random characters; the key for digests of values that could be guessed",
);
const LOG: Variable = optional(
    "LOOKIT_LOG",
    "info",
    "what is logged, in the syntax of tracing's filters",
);
const LOG_FORMAT: Variable = optional("LOOKIT_LOG_FORMAT", "text", "`json` for machines");

/// In the order in which `lookit doctor` lists them.
pub const VARIABLES: &[Variable] = &[
    MODE,
    database::URL,
    web::SITE_ORIGIN,
    web::RUN_ORIGIN,
    SECRET,
    mail::URL,
    mail::FROM,
    storage::URL,
    queue::HEARTBEAT,
    web::LISTEN,
    web::SITE_ROOT,
    web::PLAYER_ROOT,
    database::CONNECTIONS,
    web::CLIENT_ADDRESS,
    LOG,
    LOG_FORMAT,
];

/// The variables, as `lookit --help` and `lookit doctor` list them.
pub(crate) fn help() -> String {
    let lines = VARIABLES.iter().map(Variable::help);
    format!("Environment:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// The configuration of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether this is a real site with real families.
    pub is_production: bool,
    pub database_url: SecretString,
    pub database_connections: u32,
    /// Origin of the pages, in its one spelling.
    pub site_origin: String,
    /// Origin of runs, in its one spelling.
    pub run_origin: String,
    /// Key of digests of things that could be guessed.
    pub secret: SecretString,
    /// Where emails go; it may hold a password.
    pub mail_url: SecretString,
    pub mail_from: String,
    pub storage_url: String,
    pub heartbeat: Duration,
    pub listen: SocketAddr,
    pub site_root: PathBuf,
    pub player_root: PathBuf,
    /// Where the address of a client stands.
    pub client_address: ClientIpSource,
    pub log: String,
    pub is_log_json: bool,
}

impl Config {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// The configuration of any source of variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let is_production = is_production(&variable)?;
        let source = Source {
            get: &variable,
            is_production,
        };
        let (site_origin, run_origin) = web::origins(&source)?;
        Ok(Self {
            is_production,
            database_url: database::url(&source)?,
            database_connections: database::connections(&source)?,
            site_origin,
            run_origin,
            secret: secret(&source)?,
            mail_url: mail::url(&source)?,
            mail_from: source.text(&mail::FROM)?,
            storage_url: storage::url(&source)?,
            heartbeat: queue::heartbeat(&source)?,
            listen: web::listen(&source)?,
            site_root: source.text(&web::SITE_ROOT)?.into(),
            player_root: source.text(&web::PLAYER_ROOT)?.into(),
            client_address: web::client_address(&source)?,
            log: source.text(&LOG)?,
            is_log_json: source.text(&LOG_FORMAT)? == "json",
        })
    }

    /// What `services` need to know of it.
    pub fn site(&self) -> Site {
        Site {
            origin: self.site_origin.clone(),
            run_origin: self.run_origin.clone(),
            is_production: self.is_production,
            secret: self.secret.clone(),
        }
    }
}

fn is_production(variable: impl Fn(&str) -> Option<String>) -> Result<bool, ConfigError> {
    let mode = variable(MODE.name).unwrap_or_default();
    match mode.as_str() {
        "production" => Ok(true),
        "development" | "" => Ok(false),
        other => Err(MODE.invalid(other, "it can be `production` or `development`")),
    }
}

fn secret(source: &Source) -> Result<SecretString, ConfigError> {
    let secret = source.text(&SECRET)?;
    if source.is_production && secret.chars().count() < 32 {
        return Err(SECRET.invalid("…", "it needs at least 32 characters"));
    }
    Ok(secret.into())
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
        ("LOOKIT_CLIENT_ADDRESS", "RightmostXForwardedFor"),
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
        assert!(with("LOOKIT_CLIENT_ADDRESS", "X-Forwarded-For").contains("LOOKIT_CLIENT_ADDRESS"));
        assert!(with("LOOKIT_HEARTBEAT_SECONDS", "0").contains("LOOKIT_HEARTBEAT_SECONDS"));
        assert!(with("LOOKIT_DATABASE_CONNECTIONS", "0").contains("LOOKIT_DATABASE_CONNECTIONS"));
    }

    #[test]
    fn development_stays_on_one_machine() {
        for (name, value) in [
            ("LOOKIT_SITE_ORIGIN", "https://lookit.example.org"),
            ("LOOKIT_SITE_ORIGIN", "http://192.0.2.1:8080"),
            ("LOOKIT_SITE_ORIGIN", "http://xlocalhost:8080"),
            ("LOOKIT_RUN_ORIGIN", "https://run.example.org"),
            ("LOOKIT_LISTEN", "0.0.0.0:8080"),
            ("LOOKIT_LISTEN", "[::]:8080"),
        ] {
            let refused = read(&[(name, value)]).unwrap_err().to_string();
            let is_named = refused.starts_with(name) && refused.contains("LOOKIT_MODE");
            assert!(is_named, "{refused}");
        }
        for (name, value) in [
            ("LOOKIT_SITE_ORIGIN", "http://127.0.0.1:8080"),
            ("LOOKIT_RUN_ORIGIN", "http://other.localhost:8080"),
            ("LOOKIT_LISTEN", "[::1]:8080"),
        ] {
            assert!(read(&[(name, value)]).is_ok(), "{name} {value}");
        }
        let mut public = PRODUCTION.to_vec();
        public.push(("LOOKIT_LISTEN", "0.0.0.0:8080"));
        assert!(read(&public).is_ok());
    }
}
