use adapters::{Token, TotpSecret};
use chrono::Duration;
use domain::accounts::{Powers, SecondFactor};
use domain::audit::AuditAction;
use domain::labs::{LabId, LabRole};
use futures::future::join_all;
use macro_rules_attribute::apply;
use sea_orm::EntityTrait;
use services::accounts::{self, NewAccount};
use services::{Actor, Error, labs};

use super::{code, is_about, phone, secret};
use crate::support::{PASSWORD, TestApp, on_both_databases};

const RESEARCHER: &str = "r@example.org";

/// A researcher without a second factor, in a lab.
async fn new_researcher(app: &TestApp) -> (LabId, Token) {
    let lab = app.lab("Lab").await;
    let new = NewAccount {
        powers: Powers {
            is_researcher: true,
            ..Powers::default()
        },
        ..NewAccount::default()
    };
    accounts::create(&app.ctx, &Actor::System, RESEARCHER, secret(PASSWORD), new)
        .await
        .unwrap();
    let token = app.sign_in(RESEARCHER).await;
    let actor = app.actor(&token).await;
    app.lab_role(&actor, lab, LabRole::Admin).await;
    (lab, token)
}

// The whole life of an app: it is set up, used, stood in for by recovery codes, and removed.
#[apply(on_both_databases!)]
async fn an_app_is_set_up_used_and_removed(app: TestApp) {
    let (lab, token) = new_researcher(&app).await;
    let (phone, codes) = set_up(&app, lab, token).await;
    let second = use_in_another_browser(&app, &phone).await;
    let third = use_recovery_codes(&app, &codes).await;
    remove(&app, lab, &phone, &third).await;
    assert_eq!(
        app.actor(&second).await,
        Actor::Visitor,
        "other browsers are signed out"
    );
    let emails = app.emails().await;
    assert_eq!(
        emails
            .iter()
            .filter(|(_, subject)| subject == "Your sign-in was changed")
            .count(),
        4,
        "added, two recovery codes, removed"
    );
    assert_eq!(
        (
            app.audited(AuditAction::FactorAdded).await,
            app.audited(AuditAction::FactorRemoved).await
        ),
        (1, 1)
    );
}

async fn set_up(app: &TestApp, lab: LabId, token: Token) -> (TotpSecret, Vec<String>) {
    let actor = app.actor(&token).await;
    assert!(matches!(
        labs::find(&app.ctx, &actor, lab).await,
        Err(Error::SecondFactor)
    ));
    let setup = async |actor: &Actor| accounts::totp_setup(&app.ctx, actor).await.unwrap();
    assert!(setup(&actor).await.is_none(), "looking draws no secret");
    accounts::begin_totp(&app.ctx, &actor).await.unwrap();
    let shown = setup(&actor).await.unwrap();
    let phone = phone(app).await;
    assert_eq!(shown.typed, phone.typed());
    assert!(matches!(
        accounts::activate_totp(&app.ctx, &actor, "000000").await,
        Err(Error::Invalid(_))
    ));
    let added = accounts::activate_totp(&app.ctx, &actor, &code(app, &phone))
        .await
        .unwrap();
    assert_eq!(app.actor(&token).await, Actor::Visitor);
    let (token, codes) = (added.session.token, added.codes);
    assert_eq!(codes.len(), 10);
    assert!(
        setup(&app.actor(&token).await).await.is_none(),
        "the secret is never shown again"
    );
    let stored = entities::totp::Entity::find()
        .one(&app.db)
        .await
        .unwrap()
        .unwrap()
        .sealed_secret;
    assert!(!stored.contains(&shown.typed.replace(' ', "")));
    assert!(
        labs::find(&app.ctx, &app.actor(&token).await, lab)
            .await
            .is_ok(),
        "this session has given it"
    );
    (phone, codes)
}

/// The password is not enough there, for anything.
async fn use_in_another_browser(app: &TestApp, phone: &TotpSecret) -> Token {
    let token = app.sign_in(RESEARCHER).await;
    let half = app.actor(&token).await;
    assert_eq!(half.person().unwrap().factor, SecondFactor::Pending);
    assert!(matches!(
        accounts::settings(&app.ctx, &half).await,
        Err(Error::SecondFactor)
    ));
    assert!(matches!(
        accounts::remove_totp(&app.ctx, &half).await,
        Err(Error::SecondFactor)
    ));
    assert!(matches!(
        accounts::make_recovery_codes(&app.ctx, &half).await,
        Err(Error::SecondFactor)
    ));
    let give = async || accounts::give_code(&app.ctx, &half, &code(app, phone)).await;
    assert!(is_about(&give().await, "code"), "a code that was used once");
    app.clock.advance(Duration::seconds(30));
    let renewed = give().await.unwrap();
    assert!(is_about(&give().await, "code"));
    assert_eq!(
        app.actor(&token).await,
        Actor::Visitor,
        "what was worth less before is worth nothing now"
    );
    let whole = app.actor(&renewed.token).await;
    assert_eq!(Actor::of(renewed.person), whole);
    assert!(accounts::settings(&app.ctx, &whole).await.is_ok());
    renewed.token
}

/// As people type them, each once.
async fn use_recovery_codes(app: &TestApp, codes: &[String]) -> Token {
    let token = app.sign_in(RESEARCHER).await;
    let half = app.actor(&token).await;
    let give = async |typed: &str| accounts::give_code(&app.ctx, &half, typed).await;
    let typed = format!(" {} ", codes[3].to_uppercase());
    let token = give(&typed).await.unwrap().token;
    assert!(is_about(&give(&typed).await, "code"));
    let left = accounts::factors(&app.ctx, &half).await.unwrap();
    assert_eq!(left.recovery_codes, 9);
    let renewed = accounts::make_recovery_codes(&app.ctx, &app.actor(&token).await)
        .await
        .unwrap();
    assert!(is_about(&give(&codes[4]).await, "code"));
    give(&renewed[4]).await.unwrap().token
}

/// What changes how somebody signs in needs a fresh factor.
async fn remove(app: &TestApp, lab: LabId, phone: &TotpSecret, token: &Token) {
    app.clock.advance(Duration::minutes(16));
    let stale = app.actor(token).await;
    assert!(matches!(
        accounts::remove_totp(&app.ctx, &stale).await,
        Err(Error::SecondFactor)
    ));
    let given = accounts::give_code(&app.ctx, &stale, &code(app, phone)).await;
    let token = given.unwrap().token;
    accounts::remove_totp(&app.ctx, &app.actor(&token).await)
        .await
        .unwrap();
    let actor = app.actor(&token).await;
    assert_eq!(actor.person().unwrap().factor, SecondFactor::None);
    assert!(
        matches!(
            labs::find(&app.ctx, &actor, lab).await,
            Err(Error::SecondFactor)
        ),
        "and the labs are closed again"
    );
}

/// A family with an app, signed in with its password only.
async fn sign_in_family_with_app(app: &TestApp) -> Token {
    app.family("f@example.org").await;
    let first = app.sign_in("f@example.org").await;
    let actor = app.actor(&first).await;
    accounts::begin_totp(&app.ctx, &actor).await.unwrap();
    let phone = phone(app).await;
    accounts::activate_totp(&app.ctx, &actor, &code(app, &phone))
        .await
        .unwrap();
    app.sign_in("f@example.org").await
}

#[apply(on_both_databases!)]
async fn guessing_codes_must_wait(app: TestApp) {
    let token = sign_in_family_with_app(&app).await;
    let half = app.actor(&token).await;
    let phone = phone(&app).await;
    for _ in 0..6 {
        let guessed = accounts::give_code(&app.ctx, &half, "123456").await;
        assert!(is_about(&guessed, "code"));
    }
    app.clock.advance(Duration::seconds(60));
    assert!(
        matches!(
            accounts::give_code(&app.ctx, &half, &code(&app, &phone)).await,
            Err(Error::TooMany { .. })
        ),
        "even the right one"
    );
    app.clock.advance(Duration::minutes(15));
    assert!(
        accounts::give_code(&app.ctx, &half, &code(&app, &phone))
            .await
            .is_ok()
    );
}

#[apply(on_both_databases!)]
async fn of_five_hundred_codes_at_once_six_are_looked_at(app: TestApp) {
    let token = sign_in_family_with_app(&app).await;
    let half = app.actor(&token).await;
    let guesses = (0..500).map(async |number| {
        let code = format!("{number:06}");
        accounts::give_code(&app.ctx, &half, &code).await
    });
    let guessed = join_all(guesses).await;
    let looked_at = guessed.iter().filter(|guess| is_about(guess, "code"));
    assert_eq!(looked_at.count(), 6);
    let refused = guessed
        .iter()
        .filter(|guess| matches!(guess, Err(Error::TooMany { .. } | Error::Busy)));
    assert_eq!(refused.count(), 494);
}

#[apply(on_both_databases!)]
async fn a_code_given_twice_at_once_counts_once(app: TestApp) {
    let (one, two) = (
        sign_in_family_with_app(&app).await,
        app.sign_in("f@example.org").await,
    );
    let phone = phone(&app).await;
    app.clock.advance(Duration::seconds(60));
    let code = code(&app, &phone);
    let (first, second) = (app.actor(&one).await, app.actor(&two).await);
    let (first, second) = futures::join!(
        accounts::give_code(&app.ctx, &first, &code),
        accounts::give_code(&app.ctx, &second, &code)
    );
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
}

#[apply(on_both_databases!)]
async fn a_passkey_challenge_is_for_one_session_and_one_answer(app: TestApp) {
    app.family("f@example.org").await;
    let (one, two) = (
        app.sign_in("f@example.org").await,
        app.sign_in("f@example.org").await,
    );
    let (one, two) = (app.actor(&one).await, app.actor(&two).await);
    let options = accounts::begin_passkey(&app.ctx, &one).await.unwrap();
    assert_eq!(options["publicKey"]["rp"]["id"], "lookit.test");
    let finish = async |actor: &Actor| match accounts::finish_passkey(
        &app.ctx,
        actor,
        "",
        serde_json::json!({}),
    )
    .await
    {
        Err(Error::Conflict(words)) => words,
        other => panic!("{:?}", other.map(|added| added.codes)),
    };
    assert!(
        finish(&two).await.contains("another tab"),
        "another session's challenge"
    );
    assert!(finish(&one).await.contains("could not be used"));
    assert!(
        finish(&one).await.contains("another tab"),
        "an answer ends the challenge"
    );
    accounts::begin_passkey(&app.ctx, &one).await.unwrap();
    app.clock.advance(Duration::minutes(6));
    assert!(finish(&one).await.contains("another tab"), "too late");
    assert!(
        matches!(
            accounts::begin_asking_passkey(&app.ctx, &one).await,
            Err(Error::Conflict(_))
        ),
        "there is none"
    );
}
