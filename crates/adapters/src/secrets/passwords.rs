//! Passwords: how hard they are to guess, and their hashes.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::accounts::PasswordStrength;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{SecretError, random};
use crate::pool::Pool;

/// Most characters of a password that are looked at: the work grows with the square of the length,
/// and what is longer is hard to guess anyway.
const RATED: usize = 100;

/// Most words about a person that a password is compared with, and most characters of each. The
/// work grows with both, and whoever asks chooses them.
const KNOWN_WORDS: usize = 10;
const KNOWN_CHARACTERS: usize = 64;

/// Estimates how hard a password is to guess by somebody who knows what the person told about
/// themselves (`known`). What is above the limits is left out, so that no caller can forget them.
/// It takes milliseconds: run it in a pool.
pub fn strength(password: &str, known: &[impl AsRef<str>]) -> PasswordStrength {
    let first = |text: &str, most| text.chars().take(most).collect::<String>();
    let considered = first(password, RATED);
    let known = known
        .iter()
        .flat_map(|text| text.as_ref().split_whitespace());
    let known: Vec<String> = known
        .take(KNOWN_WORDS)
        .map(|word| first(word, KNOWN_CHARACTERS))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(&considered, &known);
    let advice = estimate.feedback().map(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        let suggestion = feedback.suggestions().first().map(ToString::to_string);
        warning.or(suggestion).unwrap_or_default()
    });
    PasswordStrength {
        score: u8::from(estimate.score()),
        advice: advice.unwrap_or_default(),
    }
}

/// Most that wait for their turn. A hash takes some 20 ms, so the last of them waits a few seconds.
const WAITING: usize = 256;

/// Hashes and checks passwords with argon2id, a bounded number at a time: each takes 19 MiB.
#[derive(Clone)]
pub struct PasswordHasher {
    pool: Pool,
    params: Params,
    /// Compared against when there is no such account, so that both answers take as long.
    nobody: Arc<str>,
}

impl PasswordHasher {
    /// A hasher with the strength that OWASP advises (19 MiB, two passes), `at_once` hashes at a
    /// time.
    pub fn new(at_once: usize) -> Result<Self, SecretError> {
        Self::with_params(
            at_once,
            Params::new(19 * 1024, 2, 1, None)
                .map_err(|error| SecretError::Hash(error.to_string()))?,
        )
    }

    /// A hasher that is fast and weak, for tests.
    pub fn weak() -> Result<Self, SecretError> {
        Self::with_params(
            4,
            Params::new(8, 1, 1, None).map_err(|error| SecretError::Hash(error.to_string()))?,
        )
    }

    fn with_params(at_once: usize, params: Params) -> Result<Self, SecretError> {
        let nobody = hash(&params, b"nobody has this password")?;
        Ok(Self {
            pool: Pool::new("passwords", at_once, WAITING),
            params,
            nobody: nobody.into(),
        })
    }

    /// The hash to store, with its salt and parameters in it.
    pub async fn hash(&self, password: SecretString) -> Result<String, SecretError> {
        let params = self.params.clone();
        self.pool
            .run(move || hash(&params, password.expose_secret().as_bytes()))
            .await?
    }

    /// Whether a password fits a stored hash. Without a hash it takes as long and is wrong.
    pub async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<bool, SecretError> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let is_right = self
            .pool
            .run(move || {
                if let Some(django) = stored.strip_prefix(DJANGO) {
                    return fits_django(django, password.expose_secret());
                }
                let parsed = PasswordHash::new(&stored)
                    .map_err(|error| SecretError::Hash(error.to_string()))?;
                Ok::<_, SecretError>(
                    Argon2::default()
                        .verify_password(password.expose_secret().as_bytes(), &parsed)
                        .is_ok(),
                )
            })
            .await??;
        Ok(is_right && is_known)
    }

    /// Whether a stored hash comes from another system and should be replaced at the next sign-in.
    pub fn is_foreign(stored: &str) -> bool {
        stored.starts_with(DJANGO)
    }
}

/// How hashes begin that come from the classic site, which is in Django:
/// `pbkdf2_sha256$iterations$salt$base64`.
const DJANGO: &str = "pbkdf2_sha256$";
/// Most iterations that are believed: a damaged row must not keep the site busy for hours.
const MOST_ITERATIONS: u32 = 5_000_000;

fn fits_django(stored: &str, password: &str) -> Result<bool, SecretError> {
    let broken = || SecretError::Hash("a stored PBKDF2 hash is broken".to_owned());
    let mut parts = stored.splitn(3, '$');
    let (Some(iterations), Some(salt), Some(hash)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(broken());
    };
    let iterations = iterations
        .parse()
        .ok()
        .filter(|count| (1..=MOST_ITERATIONS).contains(count))
        .ok_or_else(broken)?;
    let expected = data_encoding::BASE64
        .decode(hash.as_bytes())
        .map_err(|_| broken())?;
    let made =
        pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt.as_bytes(), iterations);
    Ok(made.ct_eq(expected.as_slice()).into())
}

fn hash(params: &Params, password: &[u8]) -> Result<String, SecretError> {
    let salt = random::<16>()?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_with_salt(password, &salt)
        .map_err(|error| SecretError::Hash(error.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hasher = PasswordHasher::weak().unwrap();
        let stored = hasher
            .hash("kind zebra sings".to_owned().into())
            .await
            .unwrap();
        assert!(stored.starts_with("$argon2id$v=19$"), "{stored}");
        assert!(
            hasher
                .verify("kind zebra sings".to_owned().into(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("kind zebra sing".to_owned().into(), Some(stored))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("nobody has this password".to_owned().into(), None)
                .await
                .unwrap()
        );
        assert!(
            hasher
                .verify("x".to_owned().into(), Some("broken".into()))
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn hashes_of_django_are_understood() {
        // Made with Django's algorithm: PBKDF2-HMAC-SHA256 of "lêtmein" with salt "seasalt" and
        // 20,000 rounds.
        let stored =
            "pbkdf2_sha256$20000$seasalt$LYkxuDHcEaIylkrdhjphNNTpmDnSbEb5OmWoXyrls4w=".to_owned();
        let hasher = PasswordHasher::weak().unwrap();
        assert!(
            hasher
                .verify("l\u{ea}tmein".to_owned().into(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("letmein".to_owned().into(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            PasswordHasher::is_foreign(&stored)
                && !PasswordHasher::is_foreign(&hasher.hash("x".to_owned().into()).await.unwrap())
        );
        for broken in [
            "pbkdf2_sha256$",
            "pbkdf2_sha256$0$a$b",
            "pbkdf2_sha256$99999999$a$b",
            "pbkdf2_sha256$1$a$***",
        ] {
            assert!(
                hasher
                    .verify("x".to_owned().into(), Some(broken.to_owned()))
                    .await
                    .is_err(),
                "{broken}"
            );
        }
    }

    #[test]
    fn the_real_hasher_has_the_advised_cost() {
        let hasher = PasswordHasher::new(1).unwrap();
        assert!(
            hasher.nobody.contains("m=19456,t=2,p=1"),
            "{}",
            hasher.nobody
        );
    }

    #[test]
    fn strength_knows_common_and_personal_passwords() {
        let strength = |password, known: &[&str]| strength(password, known);
        assert!(strength("password123", &[]).score < 2);
        assert!(
            strength("violetmartin", &["violet", "martin"]).score
                < strength("violetmartin", &[]).score + 1
        );
        assert!(strength("kind zebra sings loudly", &[]).score >= 3);
        assert_eq!(strength("", &[]).score, 0);
    }

    #[test]
    fn what_somebody_sends_to_be_rated_is_cut() {
        let many: Vec<String> = (0..10_000).map(|number| format!("word{number}")).collect();
        let begun = std::time::Instant::now();
        let rated = strength(&"lanterns hum ".repeat(10_000), &many);
        assert!(rated.score >= 3);
        // Milliseconds; without the limits it is minutes.
        assert!(begun.elapsed() < std::time::Duration::from_secs(2));
        let known = |number: usize| {
            let mut words = vec!["elsewhere"; number];
            words.push("qwvzxkjr");
            strength("qwvzxkjr", &words).score
        };
        assert!(known(KNOWN_WORDS - 1) < known(KNOWN_WORDS));
        // The words of a name count one by one.
        assert_eq!(strength("qwvzxkjr", &["Ada qwvzxkjr"]).score, known(0));
    }
}
