//! Signing up and in, one's own account, and what staff see of accounts.

mod authenticator;
mod emails;
mod link;
mod my_data;
mod overview;
mod passkey;
mod recovery_codes;
mod second_factor;
mod security;
mod settings;
mod sign_in;
mod sign_up;
mod sign_up_code;
pub mod staff;
mod tabs;
mod tokens;

pub use authenticator::SetUpApp;
pub use emails::Emails;
pub use link::FollowLink;
pub use my_data::MyData;
pub use overview::Account;
pub use recovery_codes::RecoveryCodes;
pub use second_factor::GiveFactor;
pub use security::Security;
pub use settings::Settings;
pub use sign_in::{ForgotPassword, SignIn};
pub use sign_up::{SIGN_UP_PATHS, SignUp, SignUpResearcher};
pub use sign_up_code::SignUpCode;
pub use tokens::Tokens;
