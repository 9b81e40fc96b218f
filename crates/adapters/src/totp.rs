//! Codes that change every thirty seconds (RFC 6238), as every authenticator app makes them: SHA-1,
//! six digits.

use chrono::{DateTime, Utc};
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Totp};

use crate::secrets::{SecretError, is_equal, random};

/// Seconds for which an app shows a code.
const STEP: u64 = 30;

/// What the authenticator app and the site share.
#[derive(Clone)]
pub struct TotpSecret(Vec<u8>);

impl TotpSecret {
    /// A new secret of 160 bits.
    pub fn draw() -> Result<Self, SecretError> {
        Ok(Self(random::<20>()?.to_vec()))
    }

    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as people type it, in groups of four.
    pub fn typed(&self) -> String {
        let text = data_encoding::BASE32_NOPAD.encode(&self.0);
        text.as_bytes()
            .chunks(4)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn totp(&self, issuer: &str, account: &str) -> Result<Totp, SecretError> {
        // A colon separates issuer and account in the address that an app reads.
        Builder::new()
            .with_secret(self.0.clone())
            .with_skew(1)
            .with_step_duration(STEP)
            .with_account_name(account.replace(':', " "))
            .with_issuer(Some(issuer.replace(':', " ")))
            .build()
            .map_err(|error| SecretError::Hash(error.to_string()))
    }

    /// The picture that an app reads, as SVG.
    pub fn picture(&self, issuer: &str, account: &str) -> Result<String, SecretError> {
        let address = self
            .totp(issuer, account)?
            .to_url()
            .map_err(|error| SecretError::Hash(error.to_string()))?;
        let code = QrCode::new(address.as_bytes())
            .map_err(|error| SecretError::Hash(error.to_string()))?;
        let drawn = code
            .render::<svg::Color<'_>>()
            .min_dimensions(220, 220)
            .quiet_zone(true)
            .build();
        Ok(drawn
            .split_once("?>")
            .map_or(drawn.clone(), |(_, svg)| svg.to_owned()))
    }

    /// The step whose code this is: now or one step either side, and later than `last_step`, as a
    /// code works once. Every candidate is compared in full, so that the time taken tells nothing.
    pub fn step_of(
        &self,
        code: &str,
        now: DateTime<Utc>,
        last_step: i64,
    ) -> Result<Option<i64>, SecretError> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let totp = self.totp("x", "x")?;
        let current = now.timestamp().div_euclid(30);
        let mut found = None;
        for step in current - 1..=current + 1 {
            let right = totp
                .generate(u64::try_from(step).unwrap_or_default() * STEP)
                .to_string();
            if is_equal(&right, &typed) && step > last_step {
                found = Some(step);
            }
        }
        Ok(found)
    }

    /// The code that an app shows at a time.
    pub fn code_at(&self, at: DateTime<Utc>) -> Result<String, SecretError> {
        Ok(self
            .totp("x", "x")?
            .generate(u64::try_from(at.timestamp()).unwrap_or_default())
            .to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890".to_vec())
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(secret().code_at(at(seconds)).unwrap(), code);
            assert_eq!(
                secret().step_of(code, at(seconds), 0).unwrap(),
                Some(seconds / 30)
            );
        }
    }

    #[test]
    fn a_code_works_one_step_early_or_late_and_only_once() {
        let code = secret().code_at(at(3000)).unwrap();
        for (now, is_fine) in [
            (2939, false),
            (2970, true),
            (3000, true),
            (3059, true),
            (3060, false),
        ] {
            assert_eq!(
                secret().step_of(&code, at(now), 0).unwrap().is_some(),
                is_fine,
                "{now}"
            );
        }
        assert_eq!(
            secret().step_of(&code, at(3000), 100).unwrap(),
            None,
            "used"
        );
        assert_eq!(
            secret()
                .step_of(&format!("{} {}", &code[..3], &code[3..]), at(3000), 99)
                .unwrap(),
            Some(100),
            "as people type it"
        );
        for wrong in ["", "000000", "28708", "2870820", "abcdef"] {
            assert_eq!(secret().step_of(wrong, at(3000), 0).unwrap(), None);
        }
    }

    #[test]
    fn the_picture_is_an_svg_without_scripts() {
        let picture = TotpSecret::draw()
            .unwrap()
            .picture("Lookit", "a:<b>@example.org")
            .unwrap();
        assert!(picture.trim_start().starts_with("<svg") && !picture.contains("<b>"));
    }
}
