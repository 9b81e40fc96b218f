use domain::families::child::ChildForm;
use domain::families::demographics::DemographicsForm;
use macro_rules_attribute::apply;
use services::{Actor, Error, families};

use crate::support::{child, on_both_databases};

#[apply(on_both_databases!)]
async fn children_are_added_changed_and_deleted(app: TestApp) {
    let family = app.family("ada@example.org").await;
    let id = families::add_child(&app.ctx, &family, &child("Sam", "2024-01-01"))
        .await
        .unwrap();
    families::add_child(&app.ctx, &family, &child("Juno", "2025-01-01"))
        .await
        .unwrap();
    let names = async || {
        families::children(&app.ctx, &family)
            .await
            .unwrap()
            .into_iter()
            .map(|child| child.details.given_name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Juno", "Sam"], "youngest first");
    let changed = ChildForm {
        given_name: "Samira".into(),
        birthday: "2020-01-01".into(),
        languages: vec!["en".into(), "yue".into()],
        gestational_age: "0".into(),
        ..child("", "")
    };
    families::update_child(&app.ctx, &family, id, &changed)
        .await
        .unwrap();
    let stored = families::find_child(&app.ctx, &family, id)
        .await
        .unwrap()
        .details;
    assert_eq!(
        (
            stored.given_name.as_str(),
            stored.birthday.to_string().as_str(),
            stored.languages.joined().as_str()
        ),
        ("Samira", "2024-01-01", "en yue")
    );
    assert_eq!(
        stored
            .gestational_age
            .map(domain::families::GestationalAge::weeks),
        Some(23)
    );
    families::delete_child(&app.ctx, &family, id).await.unwrap();
    assert_eq!(names().await, ["Juno"]);
    assert!(matches!(
        families::find_child(&app.ctx, &family, id).await,
        Err(Error::NotFound(_))
    ));
}

#[apply(on_both_databases!)]
async fn somebody_elses_child_is_not_there(app: TestApp) {
    let (owner, id) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let other = app.family("eve@example.org").await;
    assert!(matches!(
        families::find_child(&app.ctx, &other, id).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        families::update_child(&app.ctx, &other, id, &child("Eve", "2024-01-01")).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        families::delete_child(&app.ctx, &other, id).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        families::children(&app.ctx, &Actor::Visitor).await,
        Err(Error::SignIn)
    ));
    assert_eq!(
        families::find_child(&app.ctx, &owner, id)
            .await
            .unwrap()
            .details
            .given_name,
        "Sam"
    );
}

#[apply(on_both_databases!)]
async fn a_refused_form_writes_nothing(app: TestApp) {
    let family = app.family("ada@example.org").await;
    assert!(matches!(
        families::add_child(&app.ctx, &family, &child("", "2030-01-01")).await,
        Err(Error::Invalid(_))
    ));
    assert!(
        families::children(&app.ctx, &family)
            .await
            .unwrap()
            .is_empty()
    );
    let bad = DemographicsForm {
        country: "XX".into(),
        ..DemographicsForm::default()
    };
    assert!(matches!(
        families::save_demographics(&app.ctx, &family, &bad).await,
        Err(Error::Invalid(_))
    ));
    assert_eq!(
        families::demographics(&app.ctx, &family).await.unwrap(),
        None
    );
}

#[apply(on_both_databases!)]
async fn markup_and_quotes_are_kept_as_they_are(app: TestApp) {
    let family = app.family("ada@example.org").await;
    let name = "<script>'; drop table child; -- \u{1f431}";
    let id = families::add_child(&app.ctx, &family, &child(name, "2024-01-01"))
        .await
        .unwrap();
    assert_eq!(
        families::find_child(&app.ctx, &family, id)
            .await
            .unwrap()
            .details
            .given_name,
        name
    );
}

#[apply(on_both_databases!)]
async fn every_save_of_the_household_is_a_new_snapshot(app: TestApp) {
    use entities::demographic_snapshot::{Column, Entity};
    use sea_orm::{EntityTrait, QueryOrder};
    let family = app.family("ada@example.org").await;
    let first = families::save_demographics(
        &app.ctx,
        &family,
        &DemographicsForm {
            country: "CA".into(),
            ..DemographicsForm::default()
        },
    )
    .await
    .unwrap();
    app.clock.advance(chrono::Duration::seconds(1));
    families::save_demographics(
        &app.ctx,
        &family,
        &DemographicsForm {
            country: "US".into(),
            state: "MA".into(),
            ..DemographicsForm::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(
        families::demographics(&app.ctx, &family)
            .await
            .unwrap()
            .unwrap()
            .state,
        "MA"
    );
    let rows = Entity::find()
        .order_by_asc(Column::CreatedAt)
        .all(&app.db)
        .await
        .unwrap();
    assert_eq!((rows.len(), rows[1].previous_id), (2, Some(first)));
    assert!(rows[0].answers.contains("\"CA\""));
}

#[apply(on_both_databases!)]
async fn a_baby_that_is_born_today_east_of_utc_is_added(app: TestApp) {
    // At noon by UTC, the next day has begun on some islands of the Pacific.
    let family = app.family("f@example.org").await;
    let add =
        async |birthday| families::add_child(&app.ctx, &family, &child("Kim", birthday)).await;
    add("2026-11-25").await.unwrap();
    assert_eq!(
        add("2026-11-26").await.unwrap_err().violations()[0].code,
        "future"
    );
}
