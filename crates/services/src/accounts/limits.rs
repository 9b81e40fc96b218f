//! How often something may be tried or asked for within a window of [`throttle`].

use domain::accounts::AccountId;

use crate::context::Context;
use crate::error::Error;
use crate::throttle::{self, Counter};

/// Failed sign-ins to one account before it must wait.
const WRONG_PASSWORDS_PER_ACCOUNT: i32 = 8;
/// Failed sign-ins from one network address; families behind one router share it.
const WRONG_PASSWORDS_PER_ADDRESS: i32 = 60;
/// Wrong codes for one account: guessing one in a million needs more.
const WRONG_CODES_PER_ACCOUNT: i32 = 6;
/// Emails that can be asked for to one email address.
const EMAILS_PER_ACCOUNT: i32 = 3;
/// Emails that one network address may ask for.
const EMAILS_PER_ADDRESS: i32 = 20;
/// Copies of one's data.
const COPIES_PER_ACCOUNT: i32 = 3;
/// Accounts made from one network address.
const SIGN_UPS_PER_ADDRESS: i32 = 20;

pub(super) fn wrong_passwords_for(ctx: &Context, email: &str) -> Counter {
    Counter::of(ctx, "account", email, WRONG_PASSWORDS_PER_ACCOUNT)
}

pub(super) fn wrong_passwords_from(ctx: &Context, address: &str) -> Counter {
    Counter::of(ctx, "address", address, WRONG_PASSWORDS_PER_ADDRESS)
}

pub(super) fn wrong_codes_for(ctx: &Context, account: AccountId) -> Counter {
    Counter::of(ctx, "code", &account.to_string(), WRONG_CODES_PER_ACCOUNT)
}

pub(super) fn emails_to(ctx: &Context, email: &str) -> Counter {
    Counter::of(ctx, "emails", email, EMAILS_PER_ACCOUNT)
}

pub(super) fn emails_from(ctx: &Context, address: &str) -> Counter {
    Counter::of(ctx, "emails from", address, EMAILS_PER_ADDRESS)
}

pub(super) fn sign_ups_from(ctx: &Context, address: &str) -> Counter {
    Counter::of(ctx, "sign-up", address, SIGN_UPS_PER_ADDRESS)
}

/// Counts an email that somebody signed in asks for, and refuses it when there were too many.
pub(super) async fn count_email(ctx: &Context, account: AccountId) -> Result<(), Error> {
    throttle::count_or_refuse(ctx, "emails", account, EMAILS_PER_ACCOUNT).await
}

/// Counts a copy of somebody's data, and refuses it when there were too many.
pub(super) async fn count_copy(ctx: &Context, account: AccountId) -> Result<(), Error> {
    throttle::count_or_refuse(ctx, "copies", account, COPIES_PER_ACCOUNT).await
}
