//! What every verb needs: built once by the server, passed down.

use std::sync::Arc;

use adapters::{Clock, Keys, Mailer, Passkeys, PasswordHasher, Storage, secrets};
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::ads::Ads;
use crate::database::{Connections, Reads};
use crate::error::Error;
use crate::inspections::Inspections;
use crate::pools::Pools;
use crate::rates::Rates;

/// Where the site is reached, and what kind of site it is.
#[derive(Clone, Debug)]
pub struct Site {
    /// Origin of the pages, such as `https://lookit.example.org`.
    pub origin: String,
    /// Origin on which runs are played.
    pub run_origin: String,
    /// Whether this is a real site with real families.
    pub is_production: bool,
    /// Key of digests of things that can be guessed, such as addresses; without it a copy of the
    /// database could be searched for them.
    pub secret: SecretString,
}

impl Site {
    /// Host name of the pages, without scheme and port.
    pub fn host(&self) -> &str {
        let rest = self.origin.split("://").nth(1).unwrap_or_default();
        rest.split(':').next().unwrap_or_default()
    }
}

/// Everything outside that a verb may use, and the settings.
#[derive(Clone)]
pub struct Context {
    /// The database, for reading; see [`crate::act`] for writing.
    pub(crate) db: Reads,
    pub clock: Arc<dyn Clock>,
    pub passwords: PasswordHasher,
    /// Seals what only this site may read, and signs what must not be made up.
    pub keys: Keys,
    pub passkeys: Passkeys,
    pub mail: Mailer,
    pub storage: Storage,
    pub site: Arc<Site>,
    pub(crate) pools: Pools,
    pub(crate) ads: Ads,
    pub(crate) inspections: Arc<Inspections>,
    pub(crate) rates: Rates,
}

/// What a [`Context`] is made of.
pub struct Parts {
    pub db: Connections,
    pub clock: Arc<dyn Clock>,
    pub passwords: PasswordHasher,
    pub keys: Keys,
    pub passkeys: Passkeys,
    pub mail: Mailer,
    pub storage: Storage,
    pub site: Site,
}

impl From<Parts> for Context {
    fn from(parts: Parts) -> Self {
        Self {
            db: Reads::new(parts.db),
            clock: parts.clock,
            passwords: parts.passwords,
            keys: parts.keys,
            passkeys: parts.passkeys,
            mail: parts.mail,
            storage: parts.storage,
            site: Arc::new(parts.site),
            pools: Pools::new(),
            ads: Ads::default(),
            inspections: Arc::default(),
            rates: Rates::new(),
        }
    }
}

impl Context {
    /// Closes every connection to the database.
    pub async fn close(&self) -> Result<(), Error> {
        self.db.close().await
    }

    /// How many statements were read outside changes since the start, for tests.
    pub fn statements(&self) -> usize {
        self.db.statements()
    }

    /// How many designs of studies were looked into since the start, for tests.
    pub fn inspections(&self) -> usize {
        self.inspections.made()
    }

    /// Works on the text of a design, which may be long, in the pool for that.
    pub async fn on_design<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(self.pools.designs.run(work).await?)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new identifier, by its `from_parts`.
    pub fn id<T>(
        &self,
        from_parts: impl FnOnce(DateTime<Utc>, &[u8; 10]) -> T,
    ) -> Result<T, Error> {
        Ok(from_parts(self.now(), &secrets::random()?))
    }

    /// A new plain UUID, for rows whose tables have no type of id.
    pub fn uuid(&self) -> Result<uuid::Uuid, Error> {
        self.id(domain::accounts::AccountId::from_parts)
            .map(|id| id.0)
    }
}

/// A UUID of chance alone, for values that must not be guessed.
pub fn secret_uuid() -> Result<uuid::Uuid, Error> {
    Ok(uuid::Builder::from_random_bytes(secrets::random()?).into_uuid())
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}
