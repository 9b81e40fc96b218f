use chrono::Duration;
use domain::accounts::LinkPurpose;
use macro_rules_attribute::apply;
use services::accounts::{self, Client};
use services::{Actor, Error};

use super::{secret, sign_in};
use crate::support::{PASSWORD, on_both_databases};

const NEW: &str = "other words for tonight";

#[apply(on_both_databases!)]
async fn an_address_is_confirmed_by_its_link_once(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    assert!(!actor.person().unwrap().is_confirmed);
    let link = app.link("ada@example.org").await;
    assert_eq!(link.purpose, LinkPurpose::ConfirmAddress);
    accounts::confirm(&app.ctx, &link, &Client::default())
        .await
        .unwrap();
    assert!(matches!(
        accounts::confirm(&app.ctx, &link, &Client::default()).await,
        Err(Error::Conflict(_))
    ));
    assert!(
        accounts::settings(&app.ctx, &actor)
            .await
            .unwrap()
            .is_confirmed
    );
    // A link that somebody changed, and one that is too old.
    let other = app.family("eve@example.org").await;
    let mut forged = link.clone();
    forged.target = other.person().unwrap().account.0;
    assert!(
        accounts::confirm(&app.ctx, &forged, &Client::default())
            .await
            .is_err()
    );
    let late = app.link("eve@example.org").await;
    app.clock.advance(Duration::days(14));
    assert!(
        accounts::confirm(&app.ctx, &late, &Client::default())
            .await
            .is_err()
    );
}

#[apply(on_both_databases!)]
async fn nothing_but_links_goes_to_an_unconfirmed_address(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::change_password(&app.ctx, &actor, secret(PASSWORD), secret(NEW), secret(NEW))
        .await
        .unwrap();
    let subjects: Vec<String> = app
        .emails()
        .await
        .into_iter()
        .map(|(_, subject)| subject)
        .collect();
    assert_eq!(
        subjects,
        ["Please confirm your email address"],
        "the email about the password is withheld"
    );
    assert!(
        !app.ctx.mail.kept()[0].text.contains("Fam"),
        "nor any word that somebody typed"
    );
    accounts::send_confirmation(&app.ctx, &actor).await.unwrap();
    assert_eq!(app.emails().await.len(), 2);
    for _ in 0..2 {
        accounts::send_confirmation(&app.ctx, &actor).await.unwrap();
    }
    assert!(matches!(
        accounts::send_confirmation(&app.ctx, &actor).await,
        Err(Error::TooMany { .. })
    ));
}

#[apply(on_both_databases!)]
async fn an_address_changes_once_both_have_agreed(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::confirm(
        &app.ctx,
        &app.link("ada@example.org").await,
        &Client::default(),
    )
    .await
    .unwrap();
    let token = app.sign_in("ada@example.org").await;
    let change = async |to: &str, password: &str| {
        accounts::request_email_change(&app.ctx, &actor, to, secret(password)).await
    };
    assert!(matches!(
        change("new@example.org", "wrong").await,
        Err(Error::Invalid(_))
    ));
    assert!(matches!(
        change("ada@example.org", PASSWORD).await,
        Err(Error::Invalid(_))
    ));
    change("New@Example.org", PASSWORD).await.unwrap();
    let (old, new) = (
        app.link("ada@example.org").await,
        app.link("new@example.org").await,
    );
    assert_eq!(
        (old.purpose, new.purpose),
        (LinkPurpose::AgreeToChange, LinkPurpose::ConfirmNewAddress)
    );
    let to_new = app
        .ctx
        .mail
        .kept()
        .into_iter()
        .find(|mail| mail.to == "new@example.org")
        .unwrap()
        .text;
    assert!(
        !to_new.contains("ada@example.org") && !to_new.contains("Fam"),
        "a mistyped address learns nothing of whose account it is: {to_new}"
    );
    accounts::confirm(&app.ctx, &new, &Client::default())
        .await
        .unwrap();
    assert_eq!(
        accounts::settings(&app.ctx, &actor).await.unwrap().email,
        "ada@example.org",
        "one is not enough"
    );
    accounts::confirm(&app.ctx, &old, &Client::default())
        .await
        .unwrap();
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

#[apply(on_both_databases!)]
async fn a_change_of_address_is_taken_back_and_takes_nobody_elses(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::confirm(
        &app.ctx,
        &app.link("ada@example.org").await,
        &Client::default(),
    )
    .await
    .unwrap();
    app.family("eve@example.org").await;
    accounts::request_email_change(&app.ctx, &actor, "eve@example.org", secret(PASSWORD))
        .await
        .unwrap();
    let (old, new) = (
        app.link("ada@example.org").await,
        app.link("eve@example.org").await,
    );
    accounts::confirm(&app.ctx, &old, &Client::default())
        .await
        .unwrap();
    match accounts::confirm(&app.ctx, &new, &Client::default()).await {
        Err(Error::Conflict(words)) => assert!(words.contains("Another account")),
        other => panic!("{other:?}"),
    }
    accounts::cancel_email_change(&app.ctx, &actor)
        .await
        .unwrap();
    assert!(
        accounts::confirm(&app.ctx, &new, &Client::default())
            .await
            .is_err()
    );
    assert!(
        accounts::settings(&app.ctx, &actor)
            .await
            .unwrap()
            .change
            .is_none()
    );
}
