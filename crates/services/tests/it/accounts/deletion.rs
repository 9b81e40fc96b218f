use adapters::Token;
use chrono::Duration;
use domain::accounts::LinkPurpose;
use domain::audit::AuditAction;
use domain::families::child::ChildId;
use domain::responses::ResponseId;
use entities::{child, export_request, response};
use macro_rules_attribute::apply;
use sea_orm::EntityTrait;
use services::accounts::{self, Client};
use services::{Actor, Error, families, jobs, responses};

use super::{secret, sign_in};
use crate::support::{self, PASSWORD, TestApp, frame, on_both_databases};

/// A family of two children, of whom Sam took part in a study.
async fn family_that_took_part(app: &TestApp) -> (Actor, ChildId, ResponseId) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (actor, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let kim = support::child("Kim", "2023-01-01");
    families::add_child(&app.ctx, &actor, &kim).await.unwrap();
    let (started, run) = app.run(&actor, study, sam).await;
    let entry = frame(1, "0-one", serde_json::json!({"a": 1}));
    responses::append(&app.ctx, &run, &[entry]).await.unwrap();
    (actor, sam, started.response)
}

async fn request(app: &TestApp, actor: &Actor, password: &str) -> Result<(), Error> {
    accounts::request_deletion(&app.ctx, actor, secret(password)).await
}

#[apply(on_both_databases!)]
async fn an_account_is_deleted_after_a_while_or_kept(app: TestApp) {
    let (actor, sam, response) = family_that_took_part(&app).await;
    keep_by_link(&app, &actor).await;
    let token = delete(&app).await;
    assert_eq!(app.actor(&token).await, Actor::Visitor);
    assert!(
        sign_in(&app, "ada@example.org", PASSWORD, "home")
            .await
            .is_err()
    );
    let children = child::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(
        children
            .iter()
            .map(|child| (child.id, child.given_name.as_str()))
            .collect::<Vec<_>>(),
        [(sam, "")],
        "who answered stays without a name, the other goes"
    );
    let kept = response::Entity::find_by_id(response).one(&app.db).await;
    assert!(kept.unwrap().is_some());
    assert!(
        app.emails()
            .await
            .iter()
            .any(|(to, subject)| to == "ada@example.org" && subject == "Your account is deleted")
    );
    app.family("ada@example.org").await;
    assert_eq!(app.audited(AuditAction::AccountDeleted).await, 1);
}

async fn keep_by_link(app: &TestApp, actor: &Actor) {
    assert!(matches!(
        request(app, actor, "wrong").await,
        Err(Error::Invalid(_))
    ));
    request(app, actor, PASSWORD).await.unwrap();
    let keep = app.link("ada@example.org").await;
    assert_eq!(keep.purpose, LinkPurpose::KeepAccount);
    let (visitor, client) = (Actor::Visitor, Client::default());
    accounts::confirm(&app.ctx, &visitor, &keep, secret(""), &client)
        .await
        .unwrap();
    app.clock.advance(Duration::days(20));
    jobs::drain(&app.ctx).await.unwrap();
    let actor = app.actor(&app.sign_in("ada@example.org").await).await;
    let children = families::children(&app.ctx, &actor).await.unwrap();
    assert_eq!(children.len(), 2, "kept");
}

/// Returns the token of a session that asked for it.
async fn delete(app: &TestApp) -> Token {
    let token = app.sign_in("ada@example.org").await;
    let actor = app.actor(&token).await;
    request(app, &actor, PASSWORD).await.unwrap();
    accounts::cancel_deletion(&app.ctx, &actor, &Client::default())
        .await
        .unwrap();
    request(app, &actor, PASSWORD).await.unwrap();
    app.clock.advance(Duration::days(13));
    jobs::drain(&app.ctx).await.unwrap();
    let still = app.actor(&app.sign_in("ada@example.org").await).await;
    assert!(still.person().unwrap().deletion_due_at.is_some());
    app.clock.advance(Duration::days(2));
    jobs::drain(&app.ctx).await.unwrap();
    token
}

#[apply(on_both_databases!)]
async fn a_copy_is_asked_for_once_at_a_time(app: TestApp) {
    let actor = app.family("ada@example.org").await;
    let (one, two) = futures::join!(
        accounts::request_export(&app.ctx, &actor),
        accounts::request_export(&app.ctx, &actor)
    );
    one.unwrap();
    two.unwrap();
    assert!(
        accounts::has_export_request(&app.ctx, &actor)
            .await
            .unwrap()
    );
    assert_eq!(
        export_request::Entity::find()
            .all(&app.db)
            .await
            .unwrap()
            .len(),
        1
    );
}
