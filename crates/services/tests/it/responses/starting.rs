use chrono::Duration;
use domain::labs::LabRole;
use domain::responses::RunChild;
use domain::studies::{ChildFact, DesignForm, StudyState};
use entities::{response, study};
use macro_rules_attribute::apply;
use protocol::{Chance, ChildContext, Document};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait};
use serde_json::json;
use services::responses::{self, StartRun};
use services::studies::SaveOptions;
use services::{Actor, Error, families, studies};

use crate::support::{PROTOCOL, child, frame, on_both_databases, started};

#[apply(on_both_databases!)]
async fn starting_records_eligibility_and_the_household(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app
        .study(lab, "Study", |row| {
            row.content.ad.criteria_expression = "deaf".into();
            row.content.design.child_facts = [ChildFact::Gender].into();
            row.content.design.hosts = ["cdn.example.org".to_owned()].into();
        })
        .await;
    let (family, child) = app.family_with_child("ada@example.org", "2025-06-01").await;
    let (started, run) = app.run(&family, study, child).await;
    let row = response::Entity::find_by_id(started.response)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        row.eligibility,
        "Ineligible_CriteriaExpression Ineligible_TooYoung"
    );
    assert!(row.demographic_snapshot_id.is_some());
    let document = app.document(&run).await;
    assert_eq!(
        document.child,
        RunChild {
            hashed_id: document.child.hashed_id.clone(),
            given_name: None,
            birthday: None,
            gender: Some("f".into()),
            age_at_birth: None,
            additional_information: None,
            language_list: None,
            condition_list: None,
        },
        "what the study declares and no more"
    );
    assert_eq!(document.child.hashed_id.len(), 6);
    assert_eq!(document.age_days.to_string(), "541.5");
    assert_eq!(row.age_rounded, 540, "nothing that tells the birthday");
    assert_eq!(
        responses::hosts(&app.ctx, started.session).await.unwrap(),
        ["cdn.example.org"]
    );
    assert_eq!(
        serde_json::to_string(&document.study.protocol).unwrap(),
        PROTOCOL.replace([' ', '\n'], ""),
        "members keep their order"
    );
    assert_eq!(
        document.study.exit_url,
        "https://lookit.test/studies/history"
    );
}

#[apply(on_both_databases!)]
async fn opening_twice_goes_on_with_the_same_response(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (first, run) = app.run(&family, study, child).await;
    let (second, _) = app.run(&family, study, child).await;
    assert_eq!(first.response, second.response);
    let seed = app.document(&run).await.seed;
    responses::append(&app.ctx, &run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();
    let (third, run) = app.run(&family, study, child).await;
    assert_eq!(
        first.response, third.response,
        "an unfinished response is continued"
    );
    assert_eq!(app.document(&run).await.seed, seed, "and draws the same");
    let over = started(
        responses::start(
            &app.ctx,
            &family,
            StartRun {
                study,
                child,
                starts_over: true,
            },
        )
        .await
        .unwrap(),
    );
    assert_ne!(first.response, over.response);
    let over_again = started(
        responses::start(
            &app.ctx,
            &family,
            StartRun {
                study,
                child,
                starts_over: true,
            },
        )
        .await
        .unwrap(),
    );
    assert_eq!(
        over.response, over_again.response,
        "starting over twice is starting over once"
    );
    app.clock.advance(Duration::hours(25));
    let (later, _) = app.run(&family, study, child).await;
    assert!(
        ![first.response, over.response].contains(&later.response),
        "after a day a new response begins"
    );
}

#[apply(on_both_databases!)]
async fn two_clicks_at_once_make_one_response(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let click = || {
        responses::start(
            &app.ctx,
            &family,
            StartRun {
                study,
                child,
                starts_over: false,
            },
        )
    };
    let (one, two, three, four) = tokio::join!(click(), click(), click(), click());
    let ids: std::collections::HashSet<_> = [one, two, three, four]
        .into_iter()
        .map(|launch| started(launch.unwrap()).response)
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(response::Entity::find().count(&app.db).await.unwrap(), 1);
}

#[apply(on_both_databases!)]
async fn what_can_not_be_started_says_why_and_writes_nothing(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let paused = app
        .study(lab, "Paused", |row| row.state = StudyState::Paused)
        .await;
    let broken = app
        .study(lab, "Broken", |row| {
            row.content.design.protocol = "{\"frames\": {}, \"sequence\": [\"x\"]}".into();
        })
        .await;
    let elsewhere = app
        .study(lab, "Elsewhere", |row| {
            row.kind = domain::studies::StudyKind::External;
        })
        .await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, foreign) = app.family_with_child("eve@example.org", "2024-01-01").await;
    let start = async |actor: &Actor, study, child| {
        responses::start(
            &app.ctx,
            actor,
            StartRun {
                study,
                child,
                starts_over: false,
            },
        )
        .await
        .err()
    };
    assert!(matches!(
        start(&Actor::Visitor, study, sam).await,
        Some(Error::SignIn)
    ));
    assert!(matches!(
        start(&family, study, foreign).await,
        Some(Error::NotFound(_))
    ));
    for closed in [paused, broken, elsewhere] {
        assert!(matches!(
            start(&family, closed, sam).await,
            Some(Error::Conflict(_))
        ));
    }
    let new = app.family("new@example.org").await;
    let child = families::add_child(&app.ctx, &new, &child("Kim", "2024-01-01"))
        .await
        .unwrap();
    let missing = start(&new, study, child).await.unwrap();
    assert_eq!(missing.violations()[0].field, "demographics");
    families::delete_child(&app.ctx, &family, sam)
        .await
        .unwrap();
    assert!(matches!(
        start(&family, study, sam).await,
        Some(Error::NotFound(_))
    ));
    assert_eq!(response::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[apply(on_both_databases!)]
async fn a_start_begins_again_when_another_version_is_approved_meanwhile(app: TestApp) {
    let lab = app.lab("Lab").await;
    let id = app.study(lab, "Study", |_| ()).await;
    let ada = app.researcher("r@example.org", lab, LabRole::Admin).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let agrees = SaveOptions {
        agrees: true,
        ..Default::default()
    };
    let broken = DesignForm {
        protocol: "{ broken".into(),
        ..Default::default()
    };
    studies::save_design(&app.ctx, &ada, id, &broken, &agrees)
        .await
        .unwrap();
    let approved = |version| study::ActiveModel {
        id: Set(id),
        state: Set(StudyState::Active),
        approved_version: Set(Some(version)),
        ..Default::default()
    };
    approved(1).update(&app.db).await.unwrap();
    let tx = app.transaction().await;
    // The start waits for this row.
    let touched = entities::child::ActiveModel {
        id: Set(child),
        updated_at: Set(app.ctx.now()),
        ..Default::default()
    };
    touched.update(&tx).await.unwrap();
    let before = app.ctx.statements();
    let start = tokio::spawn({
        let (ctx, family) = (app.ctx.clone(), family.clone());
        let run = StartRun {
            study: id,
            child,
            starts_over: false,
        };
        async move { responses::start(&ctx, &family, run).await }
    });
    // It has read the child, the study and what families ran until now.
    while app.ctx.statements() < before + 3 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    approved(2).update(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        matches!(start.await.unwrap(), Err(Error::Conflict(words)) if words.contains("broken")),
        "nobody is sent into a version that nobody looked at"
    );
    assert!(
        app.ctx.statements() - before >= 5,
        "the other version is read and resolved before anything is locked"
    );
}

#[apply(on_both_databases!)]
async fn a_response_knows_which_frames_ask_for_consent(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app
        .study(lab, "Study", |row| {
            row.content.design.protocol = r#"{
                "frames": {
                    "one": { "kind": "exp-lookit-text" },
                    "agree": { "kind": "exp-lookit-video-consent" },
                    "both": { "kind": "group", "frameList": [
                        { "kind": "exp-lookit-survey-consent" }, { "kind": "exp-lookit-text" }
                    ] }
                },
                "sequence": ["one", "agree", "both", "agree"]
            }"#
            .into();
        })
        .await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, study, child).await;
    let row = app.response_row(started.response).await;
    let asking: Vec<&str> = row.consent_frames.lines().collect();
    let document = app.document(&run).await;
    let parsed = Document::from_value(document.study.protocol).unwrap();
    let circumstances = ChildContext {
        age_days: Some(document.age_days),
        past_sessions: &document.past_sessions,
    };
    let mut chance = Chance::seeded(document.seed);
    let drawn = protocol::resolve(&parsed, circumstances, &mut chance).unwrap();
    let consents = drawn
        .frames
        .iter()
        .filter(|frame| frame.kind.ends_with("consent"));
    assert_eq!(
        asking,
        consents.map(|frame| frame.id.as_str()).collect::<Vec<_>>(),
        "as the player draws them"
    );
    assert_eq!(asking.len(), 3);
}
