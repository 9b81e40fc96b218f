use chrono::Duration;
use domain::accounts::LinkPurpose;
use entities::email;
use futures::future::join_all;
use macro_rules_attribute::apply;
use sea_orm::EntityTrait;
use services::accounts::{self, Client};
use services::links::Link;
use services::{Actor, Error};

use super::{is_about, secret, sign_in};
use crate::support::{PASSWORD, TestApp, on_both_databases};

async fn change(app: &TestApp, actor: &Actor, to: &str, password: &str) -> Result<(), Error> {
    accounts::request_email_change(&app.ctx, actor, to, secret(password)).await
}

/// Follows a link as somebody who gives this password.
async fn confirm(
    app: &TestApp,
    actor: &Actor,
    link: &Link,
    password: &str,
) -> Result<&'static str, Error> {
    accounts::confirm(&app.ctx, actor, link, secret(password), &Client::default()).await
}

#[apply(on_both_databases!)]
async fn an_address_changes_once_both_have_agreed(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    let token = app.sign_in("ada@example.org").await;
    assert!(matches!(
        change(&app, &actor, "new@example.org", "wrong").await,
        Err(Error::Invalid(_))
    ));
    assert!(matches!(
        change(&app, &actor, "ada@example.org", PASSWORD).await,
        Err(Error::Invalid(_))
    ));
    let asked = change(&app, &actor, "New@Example.org", PASSWORD).await;
    asked.unwrap();
    let (old, new) = (
        app.link("ada@example.org").await,
        app.link("new@example.org").await,
    );
    assert_eq!(
        (old.purpose, new.purpose),
        (LinkPurpose::AgreeToChange, LinkPurpose::ConfirmNewAddress)
    );
    let kept = app.ctx.mail.kept();
    let to_new = kept.iter().find(|mail| mail.to == "new@example.org");
    let to_new = &to_new.unwrap().text;
    assert!(
        !to_new.contains("ada@example.org") && !to_new.contains("Fam"),
        "a mistyped address learns nothing of whose account it is: {to_new}"
    );
    confirm(&app, &actor, &new, "").await.unwrap();
    assert_eq!(
        accounts::settings(&app.ctx, &actor).await.unwrap().email,
        "ada@example.org",
        "one is not enough"
    );
    confirm(&app, &Actor::Visitor, &old, "").await.unwrap();
    assert_eq!(app.actor(&token).await, Actor::Visitor, "sessions end");
    assert!(
        sign_in(&app, "ada@example.org", PASSWORD, "home")
            .await
            .is_err()
    );
    app.sign_in("new@example.org").await;
    assert!(app.emails().await.iter().any(
        |(to, subject)| to == "ada@example.org" && subject == "Your email address was changed"
    ));
}

// Somebody asks to move their account to the address of somebody else, who follows the link.
#[apply(on_both_databases!)]
async fn a_new_address_is_confirmed_by_whoever_asked_for_it(app: TestApp) {
    let actor = app.family("eve@example.org").await;
    let stranger = app.family("bob@example.org").await;
    change(&app, &actor, "ada@example.org", PASSWORD)
        .await
        .unwrap();
    let link = app.link("ada@example.org").await;
    for somebody in [Actor::Visitor, stranger] {
        let asks = accounts::asks_for_password(&app.ctx, &somebody, &link).await;
        assert!(asks.unwrap());
        for password in ["", "a guess"] {
            let refused = confirm(&app, &somebody, &link, password).await;
            assert!(is_about(&refused, "password"), "{refused:?}");
        }
    }
    let asks = accounts::asks_for_password(&app.ctx, &actor, &link).await;
    assert!(!asks.unwrap());
    let settings = accounts::settings(&app.ctx, &actor).await.unwrap();
    assert!(!settings.change.unwrap().2);
    // In the browser of the phone on which the mail was read.
    confirm(&app, &Actor::Visitor, &link, PASSWORD)
        .await
        .unwrap();
    let settings = accounts::settings(&app.ctx, &actor).await.unwrap();
    assert!(settings.change.unwrap().2);
}

#[apply(on_both_databases!)]
async fn guessing_the_password_at_a_link_must_wait(app: TestApp) {
    let actor = app.family("eve@example.org").await;
    change(&app, &actor, "ada@example.org", PASSWORD)
        .await
        .unwrap();
    let link = app.link("ada@example.org").await;
    for _ in 0..8 {
        let refused = confirm(&app, &Actor::Visitor, &link, "a guess").await;
        assert!(is_about(&refused, "password"));
    }
    let right = confirm(&app, &Actor::Visitor, &link, PASSWORD).await;
    assert!(matches!(right, Err(Error::TooMany { .. })));
    let sign_in = sign_in(&app, "eve@example.org", PASSWORD, "home").await;
    assert!(
        matches!(sign_in, Err(Error::TooMany { .. })),
        "the same count"
    );
}

#[apply(on_both_databases!)]
async fn a_change_of_address_is_taken_back_and_takes_nobody_elses(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    app.family("eve@example.org").await;
    change(&app, &actor, "eve@example.org", PASSWORD)
        .await
        .unwrap();
    let (old, new) = (
        app.link("ada@example.org").await,
        app.link("eve@example.org").await,
    );
    confirm(&app, &actor, &old, "").await.unwrap();
    match confirm(&app, &actor, &new, "").await {
        Err(Error::Conflict(words)) => assert!(words.contains("Another account")),
        other => panic!("{other:?}"),
    }
    accounts::cancel_email_change(&app.ctx, &actor)
        .await
        .unwrap();
    assert!(confirm(&app, &actor, &new, "").await.is_err());
    let settings = accounts::settings(&app.ctx, &actor).await.unwrap();
    assert!(settings.change.is_none());
}

#[apply(on_both_databases!)]
async fn of_two_accounts_that_move_to_one_address_at_once_one_does(app: TestApp) {
    let mut links = Vec::new();
    for email in ["ada@example.org", "eve@example.org"] {
        let actor = app.family(email).await;
        change(&app, &actor, "new@example.org", PASSWORD)
            .await
            .unwrap();
        let (old, new) = (app.link(email).await, app.link("new@example.org").await);
        confirm(&app, &actor, &old, "").await.unwrap();
        links.push((actor, new));
    }
    let moves = links
        .iter()
        .map(|(actor, link)| confirm(&app, actor, link, ""));
    let moved = join_all(moves).await;
    let done = moved.iter().filter(|one| one.is_ok());
    let refused = moved
        .iter()
        .filter(|one| matches!(one, Err(Error::Conflict(_))));
    assert_eq!((done.count(), refused.count()), (1, 1), "{moved:?}");
}

#[apply(on_both_databases!)]
async fn links_that_somebody_changed_or_that_are_too_old_do_nothing(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    change(&app, &actor, "new@example.org", PASSWORD)
        .await
        .unwrap();
    let link = app.link("ada@example.org").await;
    let other = app.family("eve@example.org").await;
    change(&app, &other, "other@example.org", PASSWORD)
        .await
        .unwrap();
    let mut forged = link.clone();
    forged.target = app.link("eve@example.org").await.target;
    assert!(confirm(&app, &actor, &forged, "").await.is_err());
    app.clock.advance(Duration::days(2));
    assert!(confirm(&app, &actor, &link, "").await.is_err());
}

// The mail server is away for a while, and much happens meanwhile.
#[apply(on_both_databases!)]
async fn a_link_is_bound_to_the_state_in_which_its_email_was_written(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    let ask = async || {
        let asked = accounts::request_deletion(&app.ctx, &actor, secret(PASSWORD)).await;
        asked.unwrap();
    };
    ask().await;
    app.clock.advance(Duration::minutes(1));
    let kept = accounts::cancel_deletion(&app.ctx, &actor, &Client::default()).await;
    kept.unwrap();
    ask().await;
    assert_eq!(app.emails().await.len(), 1, "the first is withheld");
    let rows = email::Entity::find().all(&app.db).await.unwrap();
    let reasons: Vec<&str> = rows
        .iter()
        .filter(|row| row.content.contains("deletion_requested"))
        .map(|row| row.failure.as_str())
        .collect();
    assert_eq!(reasons, ["its link is no longer needed", ""]);
    let link = app.link("ada@example.org").await;
    confirm(&app, &Actor::Visitor, &link, "").await.unwrap();
}
