//! Accounts: signing up, in and out; passwords, addresses, second factors, tokens and deletion;
//! what staff and operators do with accounts.

mod access;
mod address;
mod birthdays;
mod confirm;
mod copy;
mod deletion;
mod factors;
mod limits;
mod new_account;
mod operator;
mod password;
mod password_reset;
mod sessions;
mod settings;
mod sign_in;
mod sign_up;
mod staff;
mod tokens;

pub use access::Client;
pub use address::{cancel_email_change, request_email_change};
pub use confirm::{asks_for_password, confirm};
pub use copy::copy;
pub use deletion::{DeleteAccount, cancel_deletion, request_deletion};
pub use factors::{
    AddedFactor, Factors, PasskeyRow, TotpSetup, activate_totp, begin_asking_passkey,
    begin_passkey, begin_totp, factors, finish_asking_passkey, finish_passkey, give_code,
    make_recovery_codes, remove_passkey, remove_totp, totp_setup,
};
pub use new_account::NewAccount;
pub use operator::{create, promote, reset_factors, set_password};
pub use password::{change_password, rate_password};
pub use password_reset::{request_reset, reset_password};
pub use sessions::{
    NewSession, SessionRow, end_session, recognise, sessions, sign_out, sign_out_everywhere,
};
pub use settings::{ProfileForm, Settings, save_preferences, save_profile, settings};
pub use sign_in::sign_in;
pub use sign_up::{PendingSignUp, SignUp, finish_sign_up, pending_sign_up, sign_up};
pub use staff::{AccountPage, AccountRow, StaffAction, act, inspect, search};
pub use tokens::{TokenForm, TokenRow, create_token, recognise_token, revoke_token, tokens};

pub(crate) use access::end_runs;
pub(crate) use deletion::delete_due;
pub(crate) use new_account::insert;
