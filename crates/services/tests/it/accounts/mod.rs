mod address;
mod copy;
mod deletion;
mod factors;
mod operator;
mod password;
mod runs;
mod settings;
mod sign_in;
mod sign_up;
mod staff;
mod tokens;

use adapters::TotpSecret;
use domain::accounts::PendingAccountId;
use sea_orm::EntityTrait;
use secrecy::SecretString;
use services::accounts::{self, Client, NewSession, SignUp};
use services::{Actor, Error};

use crate::support::TestApp;

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

/// A client at this address, or one of its own for each name of a place.
fn from(place: &str) -> Client {
    if let Ok(address) = place.parse() {
        return Client {
            user_agent: "Firefox".into(),
            address: Some(address),
        };
    }
    let number = place.bytes().fold(0_u32, |number, byte| {
        number.wrapping_mul(31) + u32::from(byte)
    });
    Client {
        user_agent: "Firefox".into(),
        address: Some(std::net::Ipv4Addr::from(number).into()),
    }
}

/// A family's form.
fn form(email: &str, password: &str, again: &str) -> SignUp {
    SignUp {
        email: email.into(),
        password: secret(password),
        password_again: secret(again),
        ..SignUp::default()
    }
}

async fn sign_up(app: &TestApp, form: SignUp, address: &str) -> Result<NewSession, Error> {
    let (visitor, client) = (Actor::Visitor, from(address));
    let id = accounts::sign_up(&app.ctx, &visitor, form, &client).await?;
    let code = shown_code(app, id).await;
    accounts::finish_sign_up(&app.ctx, &visitor, id, &code, &client).await
}

/// The code of a sign-up, which a development site shows.
async fn shown_code(app: &TestApp, id: PendingAccountId) -> String {
    let pending = accounts::pending_sign_up(&app.ctx, id).await.unwrap();
    pending.code.unwrap()
}

async fn sign_in(
    app: &TestApp,
    email: &str,
    password: &str,
    address: &str,
) -> Result<NewSession, Error> {
    let (visitor, password) = (Actor::Visitor, secret(password));
    accounts::sign_in(&app.ctx, &visitor, email, password, &from(address)).await
}

/// Fields and codes of what was wrong.
fn codes(error: &Error) -> Vec<String> {
    error
        .violations()
        .iter()
        .map(|violation| format!("{}:{}", violation.field, violation.code))
        .collect()
}

/// Whether one of the violations is about this field.
fn is_about<T>(result: &Result<T, Error>, field: &str) -> bool {
    matches!(result, Err(Error::Invalid(violations)) if violations.message(field).is_some())
}

/// The app on the phone: it knows the secret that the account was shown.
async fn phone(app: &TestApp) -> TotpSecret {
    let row = entities::totp::Entity::find()
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    TotpSecret::from_bytes(app.ctx.keys.open("totp", &row.sealed_secret).unwrap())
}

/// The code that the phone shows now.
fn code(app: &TestApp, phone: &TotpSecret) -> String {
    phone.code_at(app.ctx.now()).unwrap()
}
