use domain::accounts::LinkPurpose;
use domain::audit::AuditAction;
use domain::labs::LabRole;
use macro_rules_attribute::apply;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use services::accounts::{self, Client};
use services::links::Link;
use services::{Actor, Error};

use super::{codes, is_about, secret, sign_in};
use crate::support::{PASSWORD, TestApp, on_both_databases};

const NEW: &str = "other words for tonight";

async fn reset(app: &TestApp, link: &Link, new: &str, again: &str) -> Result<(), Error> {
    let (new, again) = (secret(new), secret(again));
    accounts::reset_password(&app.ctx, link, new, again, &Client::default()).await
}

#[apply(on_both_databases!)]
async fn a_forgotten_password_is_replaced_by_a_link(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    let token = app.sign_in("ada@example.org").await;
    for email in ["nobody@example.org", " Ada@Example.org"] {
        accounts::request_reset(&app.ctx, email, &Client::default())
            .await
            .unwrap();
    }
    let link = app.link("ada@example.org").await;
    assert_eq!(link.purpose, LinkPurpose::ResetPassword);
    assert!(
        !app.emails()
            .await
            .iter()
            .any(|(to, _)| to == "nobody@example.org")
    );
    assert_eq!(
        codes(&reset(&app, &link, "short", "short").await.unwrap_err()),
        ["password:too_short"]
    );
    assert!(matches!(
        reset(&app, &link, NEW, "different").await,
        Err(Error::Invalid(_))
    ));
    reset(&app, &link, NEW, NEW).await.unwrap();
    assert!(
        matches!(reset(&app, &link, NEW, NEW).await, Err(Error::Conflict(_))),
        "a link works once"
    );
    assert_eq!(
        app.actor(&token).await,
        Actor::Visitor,
        "everybody is signed out"
    );
    assert!(sign_in(&app, "ada@example.org", NEW, "home").await.is_ok());
    assert!(app.actor(&token).await == Actor::Visitor && actor.person().is_some());
    assert_eq!(app.audited(AuditAction::PasswordChanged).await, 1);
}

#[apply(on_both_databases!)]
async fn a_link_for_a_new_password_dies_with_the_old_one(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    accounts::request_reset(&app.ctx, "ada@example.org", &Client::default())
        .await
        .unwrap();
    let link = app.link("ada@example.org").await;
    accounts::change_password(&app.ctx, &actor, secret(PASSWORD), secret(NEW), secret(NEW))
        .await
        .unwrap();
    let other = "quiet rivers carry lamps";
    let late = reset(&app, &link, other, other).await;
    assert!(matches!(late, Err(Error::Conflict(_))));
}

#[apply(on_both_databases!)]
async fn asking_for_a_password_keeps_no_address_in_the_queue(app: TestApp) {
    for email in ["nobody@example.org", "ada@example.org"] {
        accounts::request_reset(&app.ctx, email, &Client::default())
            .await
            .unwrap();
    }
    let table = match app.db.get_database_backend() {
        DbBackend::Sqlite => "select cast(job as text) as payload from Jobs",
        _ => "select convert_from(job, 'UTF8') as payload from apalis.jobs",
    };
    let rows = Statement::from_string(app.db.get_database_backend(), table);
    let rows = app.db.query_all_raw(rows).await.unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        let payload: String = row.try_get("", "payload").unwrap();
        assert!(!payload.contains("example.org"), "{payload}");
    }
}

#[apply(on_both_databases!)]
async fn a_link_that_is_used_twice_at_once_works_once(app: TestApp) {
    app.family("ada@example.org").await;
    accounts::request_reset(&app.ctx, "ada@example.org", &Client::default())
        .await
        .unwrap();
    let link = app.link("ada@example.org").await;
    let other = "quiet rivers carry lamps";
    let (one, two) = futures::join!(
        reset(&app, &link, NEW, NEW),
        reset(&app, &link, other, other)
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
    assert_eq!(app.audited(AuditAction::PasswordChanged).await, 1);
}

#[apply(on_both_databases!)]
async fn researchers_need_long_passwords_on_every_way(app: TestApp) {
    let lab = app.lab("Lab").await;
    let actor = app.researcher("r@example.org", lab, LabRole::Member).await;
    let fifteen = "kind zebra sing";
    let is_short =
        |result: Result<(), Error>| codes(&result.unwrap_err()) == ["password:too_short"];
    let changed = accounts::change_password(
        &app.ctx,
        &actor,
        secret(PASSWORD),
        secret(fifteen),
        secret(fifteen),
    )
    .await;
    assert!(is_short(changed.map(drop)));
    assert!(is_short(
        accounts::set_password(&app.ctx, &Actor::System, "r@example.org", secret(fifteen)).await
    ));
    accounts::request_reset(&app.ctx, "r@example.org", &Client::default())
        .await
        .unwrap();
    let link = app.link("r@example.org").await;
    assert!(is_short(reset(&app, &link, fifteen, fifteen).await));
}

#[apply(on_both_databases!)]
async fn changing_the_password_needs_the_present_one(app: TestApp) {
    app.family("ada@example.org").await;
    let (own, other) = (
        app.sign_in("ada@example.org").await,
        app.sign_in("ada@example.org").await,
    );
    let actor = app.actor(&own).await;
    let change = async |present: &str| {
        accounts::change_password(&app.ctx, &actor, secret(present), secret(NEW), secret(NEW)).await
    };
    assert!(is_about(&change("wrong").await, "present_password"));
    let renewed = change(PASSWORD).await.unwrap();
    for token in [&own, &other] {
        assert_eq!(app.actor(token).await, Actor::Visitor);
    }
    assert_eq!(
        app.actor(&renewed.token).await,
        actor,
        "this browser stays signed in, under a new token"
    );
    assert!(
        sign_in(&app, "ada@example.org", PASSWORD, "home")
            .await
            .is_err()
    );
}
