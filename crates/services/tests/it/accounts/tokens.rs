use adapters::Token;
use chrono::Duration;
use domain::accounts::TokenScope;
use domain::audit::AuditAction;
use domain::labs::{LabDetails, LabId, LabRole};
use domain::studies::{StudyId, StudyRole};
use macro_rules_attribute::apply;
use services::accounts::{self, Client, TokenForm};
use services::{Actor, Error, labs, responses, studies};

use super::is_about;
use crate::support::{TestApp, on_both_databases};

/// Somebody who may read the responses of a study.
async fn reader_of_a_study(app: &TestApp) -> (LabId, StudyId, Actor) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let owner = app.researcher("r@example.org", lab, LabRole::Member).await;
    app.study_role(&owner, study, StudyRole::Analysis).await;
    (lab, study, owner)
}

fn wish(scopes: &[&str], days: &str) -> TokenForm {
    TokenForm {
        name: "laptop".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        days: days.into(),
    }
}

async fn create(app: &TestApp, owner: &Actor, scope: &str) -> Token {
    accounts::create_token(&app.ctx, owner, &wish(&[scope], "30"))
        .await
        .unwrap()
}

async fn recognise(app: &TestApp, token: &Token) -> Actor {
    accounts::recognise_token(&app.ctx, token, &Client::default())
        .await
        .unwrap()
}

#[apply(on_both_databases!)]
async fn a_token_needs_a_name_a_purpose_and_an_end(app: TestApp) {
    let (_, _, owner) = reader_of_a_study(&app).await;
    let nameless = TokenForm {
        name: " ".into(),
        ..wish(&["read_studies"], "3")
    };
    for (bad, field) in [
        (wish(&[], "30"), "scopes"),
        (wish(&["read_studies"], "0"), "days"),
        (wish(&["read_studies"], "366"), "days"),
        (nameless, "name"),
    ] {
        let refused = accounts::create_token(&app.ctx, &owner, &bad).await;
        assert!(is_about(&refused, field), "{field}");
    }
    let family = app.family("f@example.org").await;
    assert!(matches!(
        accounts::create_token(&app.ctx, &family, &wish(&["read_studies"], "3")).await,
        Err(Error::Denied)
    ));
}

#[apply(on_both_databases!)]
async fn tokens_do_what_they_are_for_and_no_more(app: TestApp) {
    let (_, study, owner) = reader_of_a_study(&app).await;
    let token = create(&app, &owner, "read_studies").await;
    let program = recognise(&app, &token).await;
    assert!(
        studies::find_of_lab(&app.ctx, &program, study)
            .await
            .is_ok()
    );
    assert!(
        responses::download(&app.ctx, &program, study)
            .await
            .is_err(),
        "not in its scopes"
    );
    assert!(
        matches!(
            accounts::settings(&app.ctx, &program).await,
            Err(Error::Denied)
        ),
        "a program is not a person"
    );
    assert!(
        matches!(
            accounts::create_token(&app.ctx, &program, &wish(&["read_responses"], "3")).await,
            Err(Error::Denied)
        ),
        "and makes no tokens"
    );
    assert!(matches!(
        labs::create(&app.ctx, &program, &LabDetails::default()).await,
        Err(Error::Denied)
    ));
    let account = owner.person().unwrap().account;
    assert!(matches!(
        studies::people::remove(&app.ctx, &program, study, account).await,
        Err(Error::Denied)
    ));
    let reader = create(&app, &owner, "read_responses").await;
    assert!(
        responses::download(&app.ctx, &recognise(&app, &reader).await, study)
            .await
            .is_ok()
    );
}

#[apply(on_both_databases!)]
async fn tokens_are_listed_revoked_by_their_owner_and_end_by_themselves(app: TestApp) {
    let (lab, _, owner) = reader_of_a_study(&app).await;
    let token = create(&app, &owner, "read_studies").await;
    let reader = create(&app, &owner, "read_responses").await;
    for token in [&token, &reader] {
        assert!(recognise(&app, token).await.person().is_some());
    }
    let listed = accounts::tokens(&app.ctx, &owner).await.unwrap();
    assert!(
        listed
            .iter()
            .all(|view| view.is_working && view.last_used_at.is_some())
    );
    let reading = listed
        .iter()
        .find(|view| view.scopes == [TokenScope::ReadResponses])
        .unwrap()
        .id;
    let stranger = app.researcher("s@example.org", lab, LabRole::Admin).await;
    assert!(matches!(
        accounts::revoke_token(&app.ctx, &stranger, reading).await,
        Err(Error::NotFound(_))
    ));
    for _ in 0..2 {
        accounts::revoke_token(&app.ctx, &owner, reading)
            .await
            .unwrap();
    }
    assert_eq!(recognise(&app, &reader).await, Actor::Visitor);
    app.clock.advance(Duration::days(31));
    assert_eq!(recognise(&app, &token).await, Actor::Visitor, "expired");
    assert_eq!(
        (
            app.audited(AuditAction::TokenCreated).await,
            app.audited(AuditAction::TokenRevoked).await
        ),
        (2, 1)
    );
}
