use chrono::Duration;
use domain::audit::AuditAction;
use entities::response_frame;
use futures::{StreamExt, TryStreamExt};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use services::accounts;
use services::{Actor, Error, families, responses};

use super::{is_about, secret};
use crate::support::{self, PASSWORD, TestApp, frame, on_both_databases};

/// The whole file, as text.
async fn text(app: &TestApp, actor: &Actor) -> Result<String, Error> {
    let pieces = accounts::copy(&app.ctx, actor, secret(PASSWORD)).await?;
    let pieces: Vec<String> = pieces.try_collect().await?;
    Ok(pieces.concat())
}

async fn taken(app: &TestApp, actor: &Actor) -> Value {
    let text = text(app, actor).await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What stands at a JSON pointer in every element of a list.
fn each<'a>(list: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let list = list.as_array().unwrap().iter();
    list.map(|element| element.pointer(pointer).unwrap())
        .collect()
}

#[apply(on_both_databases!)]
async fn everything_that_a_family_gave_is_in_its_copy_and_nothing_of_others(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Stars and moons", |_| ()).await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (other, stranger) = app.family_with_child("eve@example.org", "2022-02-02").await;
    let (_, run) = app.run(&other, study, stranger).await;
    let theirs = frame(1, "0-one", json!({"secret": "of somebody else"}));
    responses::append(&app.ctx, &run, &[theirs]).await.unwrap();
    app.clock.advance(Duration::seconds(1));
    let kim = support::child("Kim", "2023-01-01");
    let kim = families::add_child(&app.ctx, &family, &kim).await.unwrap();
    // More entries than are read at a time.
    let (first, run) = app.run(&family, study, sam).await;
    for number in 1..=41 {
        let entry = frame(number, &format!("{number}-page"), json!({"answer": number}));
        responses::append(&app.ctx, &run, &[entry]).await.unwrap();
    }
    app.clock.advance(Duration::seconds(1));
    let (second, run) = app.run(&family, study, kim).await;
    let entry = frame(
        1,
        "0-one",
        json!({"zeta": "“ünlike” \"others\"\n", "alpha": 1}),
    );
    responses::append(&app.ctx, &run, &[entry]).await.unwrap();
    families::delete_child(&app.ctx, &family, kim)
        .await
        .unwrap();

    let text = text(&app, &family).await.unwrap();
    assert!(!text.contains("of somebody else") && !text.contains("2022-02-02"));
    assert!(
        text.contains(r#"{"zeta":"“ünlike” \"others\"\n","alpha":1}"#),
        "members keep their order"
    );
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["account"]["email"], "ada@example.org");
    assert_eq!(each(&file["children"], "/given_name"), ["Sam", "Kim"]);
    assert_eq!(
        each(&file["children"], "/birthday"),
        ["2024-01-01", "2023-01-01"]
    );
    assert_eq!(file["children"][0]["removed_at"], Value::Null);
    assert!(
        file["children"][1]["removed_at"].is_string(),
        "removed children are in it"
    );
    assert_eq!(file["household"].as_array().unwrap().len(), 1);
    assert_eq!(
        each(&file["responses"], "/id"),
        [&json!(first.response), &json!(second.response)]
    );
    assert_eq!(
        each(&file["responses"], "/study/name"),
        ["Stars and moons"; 2]
    );
    let answers = each(&file["responses"][0]["entries"], "/data/answer");
    assert_eq!(
        answers,
        (1..=41)
            .map(Value::from)
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(app.audited(AuditAction::ExportRequested).await, 1);
}

#[apply(on_both_databases!)]
async fn every_answer_about_the_household_is_in_the_copy(app: TestApp) {
    let family = app.family("ada@example.org").await;
    assert_eq!(taken(&app, &family).await["household"], json!([]));
    for number in 0..41 {
        let answers = domain::families::demographics::DemographicsForm {
            additional_comments: number.to_string(),
            ..Default::default()
        };
        app.clock.advance(Duration::seconds(1));
        families::save_demographics(&app.ctx, &family, &answers)
            .await
            .unwrap();
    }
    let file = taken(&app, &family).await;
    let comments = each(&file["household"], "/answers/additional_comments");
    let expected: Vec<String> = (0..41).map(|number: u8| number.to_string()).collect();
    assert_eq!(
        comments,
        expected.iter().map(String::as_str).collect::<Vec<_>>()
    );
}

#[apply(on_both_databases!)]
async fn a_copy_is_for_the_owner_alone(app: TestApp) {
    let family = app.family("ada@example.org").await;
    let wrong = accounts::copy(&app.ctx, &family, secret("wrong")).await;
    assert!(is_about(&wrong, "copy_password"));
    let visitor = accounts::copy(&app.ctx, &Actor::Visitor, secret(PASSWORD)).await;
    assert!(matches!(visitor, Err(Error::SignIn)));
    let lab = app.lab("Lab").await;
    let boss = app
        .researcher("boss@example.org", lab, domain::labs::LabRole::Admin)
        .await;
    app.clock.advance(Duration::minutes(16));
    let stale = accounts::copy(&app.ctx, &boss, secret(PASSWORD)).await;
    assert!(
        matches!(stale, Err(Error::SecondFactor)),
        "the factor was given long ago"
    );
    assert_eq!(app.audited(AuditAction::ExportRequested).await, 0);
    for _ in 0..3 {
        taken(&app, &family).await;
    }
    assert!(matches!(
        text(&app, &family).await,
        Err(Error::TooMany { .. })
    ));
}

#[apply(on_both_databases!)]
async fn a_copy_that_fails_in_the_middle_ends_with_the_failure(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, study, sam).await;
    responses::append(&app.ctx, &run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();
    response_frame::Entity::update_many()
        .set(response_frame::ActiveModel {
            data: Set("not JSON".into()),
            ..Default::default()
        })
        .exec(&app.db)
        .await
        .unwrap();
    let pieces = accounts::copy(&app.ctx, &family, secret(PASSWORD))
        .await
        .unwrap();
    let pieces: Vec<_> = pieces.collect().await;
    assert!(pieces.len() > 2 && pieces[0].is_ok() && pieces.last().unwrap().is_err());
}
