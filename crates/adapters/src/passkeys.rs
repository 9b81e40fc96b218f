//! Passkeys (Web Authentication). The state of a challenge stays on the server; nothing of it goes
//! to the browser.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Why a passkey was refused; for the log, not for people to read.
#[derive(Debug, thiserror::Error)]
#[error("passkey: {0}")]
pub struct PasskeyError(String);

fn fault(error: impl std::fmt::Display) -> PasskeyError {
    PasskeyError(error.to_string())
}

/// A challenge on its way to a browser.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// What the browser's `navigator.credentials` is called with.
    pub options: Value,
    /// What is kept until it answers.
    pub state: String,
}

/// A passkey as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Its id, in URL-safe base64.
    pub credential_id: String,
    /// Public key, counter and what else `webauthn-rs` needs, as JSON.
    pub credential: String,
}

/// Makes and checks passkeys for one origin.
#[derive(Clone)]
pub struct Passkeys(std::sync::Arc<Webauthn>);

impl Passkeys {
    pub fn of(origin: &str) -> Result<Self, PasskeyError> {
        let origin = Url::parse(origin).map_err(fault)?;
        let host = origin
            .host_str()
            .ok_or_else(|| fault("the origin has no host"))?
            .to_owned();
        let webauthn = WebauthnBuilder::new(&host, &origin)
            .and_then(|builder| builder.rp_name("Lookit").build())
            .map_err(fault)?;
        Ok(Self(std::sync::Arc::new(webauthn)))
    }

    /// Asks a browser to make a passkey, but not on a device that has one of the `known` ones.
    pub fn begin_adding(
        &self,
        account: Uuid,
        email: &str,
        name: &str,
        known: &[String],
    ) -> Result<Challenge, PasskeyError> {
        let known = known
            .iter()
            .map(|kept| read::<Passkey>(kept).map(|passkey| passkey.cred_id().clone()))
            .collect::<Result<Vec<_>, _>>()?;
        let (options, state) = self
            .0
            .start_passkey_registration(account, email, name, Some(known))
            .map_err(fault)?;
        Ok(Challenge {
            options: serde_json::to_value(options).map_err(fault)?,
            state: write(&state)?,
        })
    }

    pub fn finish_adding(&self, state: &str, answer: Value) -> Result<StoredPasskey, PasskeyError> {
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).map_err(fault)?;
        let passkey = self
            .0
            .finish_passkey_registration(&answer, &read::<PasskeyRegistration>(state)?)
            .map_err(fault)?;
        Ok(StoredPasskey {
            credential_id: id(&passkey),
            credential: write(&passkey)?,
        })
    }

    /// Asks a browser to prove that it has one of the `known` passkeys.
    pub fn begin_asking(&self, known: &[String]) -> Result<Challenge, PasskeyError> {
        let known = known
            .iter()
            .map(|kept| read::<Passkey>(kept))
            .collect::<Result<Vec<_>, _>>()?;
        let (options, state) = self.0.start_passkey_authentication(&known).map_err(fault)?;
        Ok(Challenge {
            options: serde_json::to_value(options).map_err(fault)?,
            state: write(&state)?,
        })
    }

    /// Checks the answer and returns the passkey that was used, with its counter moved on: that is
    /// what has to be kept from now on.
    pub fn finish_asking(
        &self,
        state: &str,
        answer: Value,
        known: &[String],
    ) -> Result<StoredPasskey, PasskeyError> {
        let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(fault)?;
        let result = self
            .0
            .finish_passkey_authentication(&answer, &read::<PasskeyAuthentication>(state)?)
            .map_err(fault)?;
        for kept in known {
            let mut passkey = read::<Passkey>(kept)?;
            if passkey.cred_id() == result.cred_id() {
                passkey.update_credential(&result);
                return Ok(StoredPasskey {
                    credential_id: id(&passkey),
                    credential: write(&passkey)?,
                });
            }
        }
        Err(fault("the passkey is not one of those that were asked for"))
    }
}

fn id(passkey: &Passkey) -> String {
    data_encoding::BASE64URL_NOPAD.encode(passkey.cred_id().as_ref())
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(text).map_err(fault)
}

fn write(value: &impl Serialize) -> Result<String, PasskeyError> {
    serde_json::to_string(value).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_names_the_host_and_keeps_its_state_here() {
        let passkeys = Passkeys::of("http://localhost:8080").unwrap();
        let challenge = passkeys
            .begin_adding(Uuid::from_u128(1), "a@example.org", "Ada", &[])
            .unwrap();
        assert_eq!(challenge.options["publicKey"]["rp"]["id"], "localhost");
        assert!(
            challenge.options["publicKey"]["challenge"]
                .as_str()
                .unwrap()
                .len()
                > 20
        );
        assert!(
            passkeys
                .finish_adding(&challenge.state, serde_json::json!({}))
                .is_err()
        );
        assert!(Passkeys::of("nowhere").is_err());
    }
}
