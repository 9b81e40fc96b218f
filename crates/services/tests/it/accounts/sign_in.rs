use chrono::Duration;
use entities::account;
use futures::future::join_all;
use macro_rules_attribute::apply;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use services::{Actor, Error, accounts, demo, studies};

use super::{form, from, secret, sign_in, sign_up};
use crate::support::{PASSWORD, on_both_databases};

#[apply(on_both_databases!)]
async fn a_family_signs_up_out_and_in(app: TestApp) {
    let begun = sign_up(&app, form("Ada@Example.org", PASSWORD, PASSWORD), "1")
        .await
        .unwrap();
    let actor = app.actor(&begun.token).await;
    assert!(matches!(&actor, Actor::Family(person) if person.email == "ada@example.org"));
    accounts::sign_out(&app.ctx, &actor).await.unwrap();
    assert_eq!(app.actor(&begun.token).await, Actor::Visitor);
    let again = sign_in(&app, " ADA@example.org", PASSWORD, "1")
        .await
        .unwrap();
    assert!(app.actor(&again.token).await.person().is_some());
}

#[apply(on_both_databases!)]
async fn an_unknown_address_and_a_wrong_password_look_the_same(app: TestApp) {
    app.family("ada@example.org").await;
    let wrong = sign_in(&app, "ada@example.org", "not the password", "1")
        .await
        .err()
        .unwrap();
    let unknown = sign_in(&app, "eve@example.org", PASSWORD, "1")
        .await
        .err()
        .unwrap();
    let no_address = sign_in(&app, "eve", PASSWORD, "1").await.err().unwrap();
    assert_eq!(wrong.violations(), unknown.violations());
    assert_eq!(wrong.violations(), no_address.violations());
}

#[apply(on_both_databases!)]
async fn guessing_one_account_must_wait_and_then_may_go_on(app: TestApp) {
    app.family("ada@example.org").await;
    let guess = async |password: &str, address: &str| {
        sign_in(&app, "ada@example.org", password, address).await
    };
    for number in 0..8 {
        assert!(matches!(
            guess("wrong password", &format!("address {number}")).await,
            Err(Error::Invalid(_))
        ));
    }
    assert!(
        matches!(
            guess(PASSWORD, "home").await,
            Err(Error::TooMany { minutes: 15 })
        ),
        "even the right password waits"
    );
    app.clock.advance(Duration::minutes(16));
    assert!(guess(PASSWORD, "home").await.is_ok());
    for _ in 0..7 {
        assert!(matches!(
            guess("wrong password", "home").await,
            Err(Error::Invalid(_))
        ));
    }
    assert!(
        guess(PASSWORD, "home").await.is_ok(),
        "a success clears the count"
    );
}

#[apply(on_both_databases!)]
async fn guessing_from_one_address_must_wait(app: TestApp) {
    for number in 0..60 {
        let result = sign_in(
            &app,
            &format!("a{number}@example.org"),
            "wrong password",
            "attacker",
        )
        .await;
        assert!(matches!(result, Err(Error::Invalid(_))), "{number}");
    }
    app.family("ada@example.org").await;
    let blocked = sign_in(&app, "ada@example.org", PASSWORD, "attacker").await;
    assert!(matches!(blocked, Err(Error::TooMany { .. })));
    assert!(
        sign_in(&app, "ada@example.org", PASSWORD, "home")
            .await
            .is_ok()
    );
}

#[apply(on_both_databases!)]
async fn sessions_end_by_themselves_and_everywhere_at_once(app: TestApp) {
    let first = sign_up(&app, form("ada@example.org", PASSWORD, PASSWORD), "1")
        .await
        .unwrap();
    let second = sign_in(&app, "ada@example.org", PASSWORD, "2")
        .await
        .unwrap();
    let actor = Actor::of(second.person);
    let listed = accounts::sessions(&app.ctx, &actor).await.unwrap();
    assert_eq!(
        listed.iter().filter(|session| session.is_current).count(),
        1
    );
    assert_eq!(
        accounts::sign_out_everywhere(&app.ctx, &actor)
            .await
            .unwrap(),
        2
    );
    for token in [&first.token, &second.token] {
        assert_eq!(app.actor(token).await, Actor::Visitor);
    }
    let third = sign_in(&app, "ada@example.org", PASSWORD, "1")
        .await
        .unwrap();
    app.clock.advance(Duration::days(15));
    assert_eq!(app.actor(&third.token).await, Actor::Visitor);
}

#[apply(on_both_databases!)]
async fn demo_accounts_do_not_work_on_a_real_site(app: TestApp) {
    demo::seed(&app.ctx, &Actor::System).await.unwrap();
    demo::seed(&app.ctx, &Actor::System).await.unwrap();
    let family = demo::FAMILY;
    let begun = sign_in(&app, family.email, family.password, "1")
        .await
        .unwrap();
    let cards = studies::list(
        &app.ctx,
        &Actor::of(begun.person),
        &studies::StudyFilter::default(),
    )
    .await
    .unwrap();
    assert_eq!(cards.len(), 3, "seeding twice changes nothing");
    assert!(
        cards.iter().any(|card| card
            .children
            .iter()
            .any(|child| !child.mismatches.is_empty())),
        "one child is too young for one study"
    );
    let mut real = app.ctx.clone();
    real.site = std::sync::Arc::new(services::Site {
        is_production: true,
        ..(*real.site).clone()
    });
    assert!(
        accounts::sign_in(
            &real,
            &Actor::Visitor,
            family.email,
            secret(family.password),
            &from("1")
        )
        .await
        .is_err()
    );
    assert!(matches!(
        demo::seed(&real, &Actor::System).await,
        Err(Error::Conflict(_))
    ));
}

#[apply(on_both_databases!)]
async fn hashes_of_another_system_are_upgraded_at_sign_in(app: TestApp) {
    let id = app
        .family("ada@example.org")
        .await
        .person()
        .unwrap()
        .account;
    let django =
        "pbkdf2_sha256$20000$seasalt$LYkxuDHcEaIylkrdhjphNNTpmDnSbEb5OmWoXyrls4w=".to_owned();
    account::ActiveModel {
        id: Set(id),
        password_hash: Set(django),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    let try_it = async |password: &str| sign_in(&app, "ada@example.org", password, "1").await;
    assert!(try_it("letmein").await.is_err());
    assert!(try_it("l\u{ea}tmein").await.is_ok());
    assert!(
        account::Entity::find_by_id(id)
            .one(&app.db)
            .await
            .unwrap()
            .unwrap()
            .password_hash
            .starts_with("$argon2id$")
    );
    assert!(try_it("l\u{ea}tmein").await.is_ok());
}

/// How many of these attempts were looked at and found wrong. The others had to wait, or met a
/// database with too much to do.
fn looked_at<T>(attempts: impl IntoIterator<Item = Result<T, Error>>) -> usize {
    let mut looked_at = 0;
    for attempt in attempts {
        match attempt.err().unwrap() {
            Error::Invalid(_) => looked_at += 1,
            Error::TooMany { .. } | Error::Busy => {}
            other => panic!("{other:?}"),
        }
    }
    looked_at
}

#[apply(on_both_databases!)]
async fn of_five_hundred_passwords_at_once_eight_are_looked_at(app: TestApp) {
    app.family("ada@example.org").await;
    let guesses = (0..500).map(async |number| {
        let (password, address) = (format!("guess {number}"), format!("address {number}"));
        sign_in(&app, "ada@example.org", &password, &address).await
    });
    assert_eq!(looked_at(join_all(guesses).await), 8);
    let right = sign_in(&app, "ada@example.org", PASSWORD, "home").await;
    assert!(matches!(right, Err(Error::TooMany { .. })));
    app.clock.advance(Duration::minutes(15));
    app.sign_in("ada@example.org").await;
}

#[apply(on_both_databases!)]
async fn of_five_hundred_accounts_tried_from_one_network_sixty_are_looked_at(app: TestApp) {
    let guesses = (0..500).map(async |number| {
        let email = format!("a{number}@example.org");
        let address = format!("2001:db8:1:2:{number:x}::1");
        sign_in(&app, &email, "a popular password", &address).await
    });
    assert_eq!(looked_at(join_all(guesses).await), 60);
}
