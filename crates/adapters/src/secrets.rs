//! Random bytes, tokens, and passwords.

use data_encoding::BASE64URL_NOPAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::pool::PoolError;

mod passwords;

pub use self::passwords::{PasswordHasher, strength};

/// What can go wrong here; none of it is the person's fault.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the system provides no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    #[error("hashing failed: {0}")]
    Hash(String),
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// Something sealed was damaged, or sealed with another secret.
    #[error("a sealed value can't be opened; was LOOKIT_SECRET changed?")]
    Seal,
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A secret that a browser holds, of which we keep only a hash.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// A new token with 256 bits of chance.
    pub fn draw() -> Result<Self, SecretError> {
        Ok(Self(BASE64URL_NOPAD.encode(&random::<32>()?).into()))
    }

    /// A token that came back from a browser.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned().into())
    }

    /// The text that goes to the browser, and nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored and looked up: a plain digest is enough for a secret that nobody chose.
    pub fn digest(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.expose().as_bytes()))
    }
}

/// Whether two texts are equal, in a time that does not tell how much of them is.
pub fn is_equal(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_only_their_digest_is_stored() {
        let (one, two) = (Token::draw().unwrap(), Token::draw().unwrap());
        assert_ne!(one.expose(), two.expose());
        assert_eq!(Token::from_text(one.expose()).digest(), one.digest());
        assert!(!one.digest().contains(one.expose()));
    }

    #[test]
    fn comparison_is_exact() {
        assert!(is_equal("abc", "abc"));
        assert!(!is_equal("abc", "abd"));
        assert!(!is_equal("abc", "abcd"));
    }
}
