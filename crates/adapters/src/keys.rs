//! One secret of the site, many keys: what is sealed for one purpose can't be opened or signed for
//! another.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::secrets::{SecretError, is_equal, random};

/// Seals and signs with keys that are derived from the site's secret.
#[derive(Clone)]
pub struct Keys(SecretString);

impl Keys {
    pub fn of(secret: SecretString) -> Self {
        Self(secret)
    }

    fn derive(&self, purpose: &str) -> Result<[u8; 32], SecretError> {
        mac(
            self.0.expose_secret().as_bytes(),
            format!("lookit key for {purpose}").as_bytes(),
        )
    }

    /// Encrypts a text for the database. The same text never looks the same twice.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<String, SecretError> {
        let nonce: [u8; 12] = random()?;
        let cipher = ChaCha20Poly1305::new(&Key::from(self.derive(purpose)?));
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), plain)
            .map_err(|_| SecretError::Seal)?;
        Ok(BASE64URL_NOPAD.encode(&[nonce.as_slice(), sealed.as_slice()].concat()))
    }

    /// Decrypts what [`Self::seal`] made for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, SecretError> {
        let bytes = BASE64URL_NOPAD
            .decode(sealed.as_bytes())
            .map_err(|_| SecretError::Seal)?;
        let (nonce, sealed) = bytes.split_first_chunk::<12>().ok_or(SecretError::Seal)?;
        let cipher = ChaCha20Poly1305::new(&Key::from(self.derive(purpose)?));
        cipher
            .decrypt(&Nonce::from(*nonce), sealed)
            .map_err(|_| SecretError::Seal)
    }

    /// A signature in URL-safe base64. The same text always has the same one.
    pub fn sign(&self, purpose: &str, text: &str) -> Result<String, SecretError> {
        Ok(BASE64URL_NOPAD.encode(&mac(&self.derive(purpose)?, text.as_bytes())?))
    }

    /// Six digits that only this site can make of the text. The same text always has the same ones.
    pub fn code(&self, purpose: &str, text: &str) -> Result<String, SecretError> {
        let mac = mac(&self.derive(purpose)?, text.as_bytes())?;
        let number = mac
            .iter()
            .take(7)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Ok(format!("{:06}", number % 1_000_000))
    }

    /// Whether a signature is that of the text, in a time that does not tell how much of it is
    /// right.
    pub fn is_signed(&self, purpose: &str, text: &str, signature: &str) -> bool {
        self.sign(purpose, text)
            .is_ok_and(|right| is_equal(&right, signature))
    }
}

/// HMAC-SHA256 of a text in lower-case hexadecimal, with a key that another site holds.
pub fn hmac_hex(key: &str, text: &str) -> Result<String, SecretError> {
    Ok(data_encoding::HEXLOWER.encode(&mac(key.as_bytes(), text.as_bytes())?))
}

fn mac(key: &[u8], text: &[u8]) -> Result<[u8; 32], SecretError> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| SecretError::Seal)?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_the_same_purpose_and_secret_only() {
        let keys = Keys::of("a secret".to_owned().into());
        let sealed = keys.seal("totp", b"kept").unwrap();
        assert_ne!(sealed, keys.seal("totp", b"kept").unwrap());
        assert_eq!(keys.open("totp", &sealed).unwrap(), b"kept");
        assert!(keys.open("other", &sealed).is_err());
        assert!(
            Keys::of("another".to_owned().into())
                .open("totp", &sealed)
                .is_err()
        );
        assert!(
            keys.open("totp", "short").is_err()
                && keys
                    .open("totp", &sealed.replace(sealed.chars().last().unwrap(), ""))
                    .is_err()
        );
    }

    #[test]
    fn a_code_has_six_digits_of_its_own() {
        let keys = Keys::of("a secret".to_owned().into());
        let codes: std::collections::HashSet<String> = (0..100)
            .map(|number| keys.code("sign-up", &number.to_string()).unwrap())
            .collect();
        assert!(codes.len() > 95, "{codes:?}");
        let is_code = |code: &String| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
        assert!(codes.iter().all(is_code));
        let code = keys.code("sign-up", "x").unwrap();
        assert_eq!(code, keys.code("sign-up", "x").unwrap());
        assert_ne!(code, keys.code("other", "x").unwrap());
    }

    #[test]
    fn a_signature_fits_its_text() {
        let keys = Keys::of("a secret".to_owned().into());
        let signature = keys.sign("link", "text").unwrap();
        assert!(keys.is_signed("link", "text", &signature));
        assert!(
            !keys.is_signed("link", "Text", &signature)
                && !keys.is_signed("other", "text", &signature)
                && !keys.is_signed("link", "text", "")
        );
    }
}
