//! How often something may be tried or asked for within a window of [`throttle`]: by account, by
//! email address, and by the network from which it comes.

use domain::accounts::{AccountId, EmailAddress, PendingAccountId};

use super::access::Client;
use crate::actor::Person;
use crate::context::Context;
use crate::error::Error;
use crate::throttle::{self, Counter, DAY};

/// Failed sign-ins to one account before it must wait.
const WRONG_PASSWORDS_PER_ACCOUNT: i32 = 8;
/// Failed sign-ins from one network; families behind one router share it.
const WRONG_PASSWORDS_PER_NETWORK: i32 = 60;
/// Wrong codes for one account: guessing one in a million needs more.
const WRONG_CODES_PER_ACCOUNT: i32 = 6;
/// Wrong codes from one network.
const WRONG_CODES_PER_NETWORK: i32 = 60;
/// Wrong codes for one sign-up while it can be finished.
const WRONG_CODES_PER_SIGN_UP: i32 = 5;
/// The same for all sign-ups with one email address within a day.
const WRONG_CODES_PER_ADDRESS: i32 = 20;
/// Copies of one's data.
const COPIES_PER_ACCOUNT: i32 = 3;
/// Emails that can be asked for to one email address.
const EMAILS_PER_ADDRESS: i32 = 3;
/// Emails that one network may ask for.
const EMAILS_PER_NETWORK: i32 = 20;
/// Sign-ups from one network.
const SIGN_UPS_PER_NETWORK: i32 = 20;
/// Sign-ups with one email address within a day.
const SIGN_UPS_PER_ADDRESS: i32 = 10;

/// A password for the account of an address, which need not exist.
pub(super) fn passwords(ctx: &Context, email: &str, client: &Client) -> [Counter; 2] {
    let network = client.network();
    [
        passwords_of(ctx, email),
        Counter::of(ctx, "address", &network, WRONG_PASSWORDS_PER_NETWORK),
    ]
}

/// The same where whoever asks is signed in.
pub(super) fn passwords_of(ctx: &Context, email: &str) -> Counter {
    Counter::of(ctx, "account", email, WRONG_PASSWORDS_PER_ACCOUNT).until_success()
}

/// A code of the second factor.
pub(super) fn codes(ctx: &Context, person: &Person) -> [Counter; 2] {
    let (account, network) = (
        person.account.to_string(),
        Client::of_text(&person.address).network(),
    );
    [
        Counter::of(ctx, "code", &account, WRONG_CODES_PER_ACCOUNT).until_success(),
        Counter::of(ctx, "codes from", &network, WRONG_CODES_PER_NETWORK),
    ]
}

/// A code that finishes a sign-up.
pub(super) fn sign_up_codes(
    ctx: &Context,
    id: PendingAccountId,
    email: &EmailAddress,
    client: &Client,
) -> [Counter; 3] {
    let (id, network) = (id.to_string(), client.network());
    [
        Counter::of(ctx, "sign-up code", &id, WRONG_CODES_PER_SIGN_UP).within(DAY),
        Counter::of(
            ctx,
            "sign-up codes",
            email.as_str(),
            WRONG_CODES_PER_ADDRESS,
        )
        .within(DAY),
        Counter::of(ctx, "codes from", &network, WRONG_CODES_PER_NETWORK),
    ]
}

/// An email with a link for a new password.
pub(super) fn resets(ctx: &Context, email: &EmailAddress, client: &Client) -> [Counter; 2] {
    let network = client.network();
    [
        Counter::of(ctx, "emails", email.as_str(), EMAILS_PER_ADDRESS),
        Counter::of(ctx, "emails from", &network, EMAILS_PER_NETWORK),
    ]
}

/// A sign-up, which sends an email.
pub(super) fn sign_ups(ctx: &Context, email: &EmailAddress, client: &Client) -> [Counter; 3] {
    let network = client.network();
    [
        Counter::of(ctx, "emails", email.as_str(), EMAILS_PER_ADDRESS),
        Counter::of(ctx, "sign-ups", email.as_str(), SIGN_UPS_PER_ADDRESS).within(DAY),
        Counter::of(ctx, "sign-up", &network, SIGN_UPS_PER_NETWORK),
    ]
}

/// Counts an email that somebody signed in asks for, and refuses it when there were too many.
pub(super) async fn count_email(ctx: &Context, account: AccountId) -> Result<(), Error> {
    throttle::count_or_refuse(ctx, "emails", account, EMAILS_PER_ADDRESS).await
}

/// Counts a copy of somebody's data, and refuses it when there were too many.
pub(super) async fn count_copy(ctx: &Context, account: AccountId) -> Result<(), Error> {
    throttle::count_or_refuse(ctx, "copies", account, COPIES_PER_ACCOUNT).await
}
