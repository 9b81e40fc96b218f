//! Where emails go, and from whom.

use secrecy::SecretString;

use super::variables::{ConfigError, Source, Variable, required};

pub(super) const URL: Variable = required(
    "LOOKIT_MAIL_URL",
    "file://var/outbox",
    "where emails go: `smtp://`, `smtps://` \
     (`smtp://user:password@host:587?tls=required`), or `file://` and a folder in which each \
     email is a file",
);
pub(super) const FROM: Variable = required(
    "LOOKIT_MAIL_FROM",
    "Lookit <lookit@localhost.example>",
    "sender of emails, such as `Lookit <lookit@example.org>`",
);

pub(super) fn url(source: &Source) -> Result<SecretString, ConfigError> {
    let schemes = ["smtp://", "smtps://", "file://"];
    let reason = "it must begin with `smtp://`, `smtps://` or `file://`";
    Ok(source.secret_url(&URL, &schemes, reason)?.into())
}
