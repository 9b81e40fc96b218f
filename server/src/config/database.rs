//! The database.

use secrecy::SecretString;

use super::variables::{ConfigError, Source, Variable, optional, required};

pub(super) const URL: Variable = required(
    "LOOKIT_DATABASE_URL",
    "sqlite://var/lookit.db",
    "database, `sqlite://` and a path or `postgres://`",
);
pub(super) const CONNECTIONS: Variable = optional(
    "LOOKIT_DATABASE_CONNECTIONS",
    "8",
    "most connections to the database",
);

pub(super) fn url(source: &Source) -> Result<SecretString, ConfigError> {
    let schemes = ["sqlite:", "postgres:", "postgresql:"];
    let reason = "it must begin with `sqlite://` or `postgres://`";
    Ok(source.secret_url(&URL, &schemes, reason)?.into())
}

pub(super) fn connections(source: &Source) -> Result<u32, ConfigError> {
    source.number(&CONNECTIONS, 1..=1000, "it must be a number from 1 to 1000")
}
