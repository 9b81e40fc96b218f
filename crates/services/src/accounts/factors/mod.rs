//! The second factor: codes of an authenticator app, passkeys, and recovery codes for the day on
//! which both are lost.

mod challenges;
mod changes;
mod finding;
mod giving;
mod passkeys;
mod recovery_codes;
mod totp;

pub use changes::AddedFactor;
pub use finding::{Factors, PasskeyRow, factors};
pub use giving::give_code;
pub use passkeys::{
    begin_asking_passkey, begin_passkey, finish_asking_passkey, finish_passkey, remove_passkey,
};
pub use recovery_codes::make_recovery_codes;
pub use totp::{TotpSetup, activate_totp, begin_totp, remove_totp, totp_setup};

pub(super) use changes::remove_all;
