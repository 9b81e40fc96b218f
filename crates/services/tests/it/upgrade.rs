use domain::accounts::Powers;
use domain::studies::StudyRole;
use entities::{account, study_member};
use macro_rules_attribute::apply;
use migrations::Migrator;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm_migration::MigratorTrait;
use services::audit::{self, Chain};

use crate::support::on_both_databases;

#[apply(on_both_databases!)]
async fn what_was_there_before_people_had_roles_goes_on(app: TestApp) {
    let lab = app.lab("Lab").await;
    let maker = app
        .person(
            "maker@example.org",
            Powers {
                is_researcher: true,
                ..Powers::default()
            },
        )
        .await;
    let id = maker.person().unwrap().account;
    let study = app
        .study(lab, "Study", |row| row.creator_id = Set(Some(id)))
        .await;
    app.study(lab, "Of nobody", |_| ()).await;
    // Back to the tables of the first step, and forward again.
    Migrator::down(&app.db, Some(2)).await.unwrap();
    Migrator::up(&app.db, None).await.unwrap();
    let members = study_member::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(
        members
            .iter()
            .map(|row| (row.study_id, row.account_id, row.role))
            .collect::<Vec<_>>(),
        [(study, id, StudyRole::Admin)],
        "who made a study looks after it"
    );
    let row = account::Entity::find_by_id(id)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    assert!(
        row.email_confirmed_at.is_some() && !row.has_second_factor,
        "addresses that could not be confirmed count as confirmed"
    );
    assert_eq!(audit::verify(&app.ctx).await.unwrap(), Chain::Whole(0));
    app.family("new@example.org").await;
    assert_eq!(audit::verify(&app.ctx).await.unwrap(), Chain::Whole(1));
}

#[apply(on_both_databases!)]
async fn responses_of_before_are_counted_and_studies_get_their_first_version(app: TestApp) {
    let lab = app.lab("Lab").await;
    let ada = app
        .researcher("ada@example.org", lab, domain::labs::LabRole::Admin)
        .await;
    let id = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, id, child).await;
    services::responses::append(
        &app.ctx,
        &run,
        &[crate::support::frame(1, "0-one", serde_json::json!({}))],
    )
    .await
    .unwrap();
    Migrator::down(&app.db, Some(1)).await.unwrap();
    Migrator::up(&app.db, None).await.unwrap();
    let page = services::studies::find_of_lab(&app.ctx, &ada, id)
        .await
        .unwrap();
    assert_eq!(
        (page.responses, page.version, page.approved_version),
        (1, 0, None)
    );
    assert!(
        services::responses::document(&app.ctx, &run).await.is_ok(),
        "a visit of before goes on"
    );
    app.run(&family, id, child).await;
    let page = services::studies::find_of_lab(&app.ctx, &ada, id)
        .await
        .unwrap();
    assert_eq!(
        (page.version, page.approved_version, page.study.state),
        (1, Some(1), domain::studies::StudyState::Active),
        "what was approved stays so"
    );
}
