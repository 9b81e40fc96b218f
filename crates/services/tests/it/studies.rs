use domain::labs::LabRole;
use domain::studies::{AgeBand, Mismatch, StudyState};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use services::paging::Paging;
use services::studies::{self, StudyFilter, WantedStudies};
use services::{Actor, Error};

use crate::support::{STRUCTURE, frame, on_both_databases};

#[apply(on_both_databases!)]
async fn families_find_what_is_active_and_listed(app: TestApp) {
    let lab = app.lab("Lab").await;
    app.study(lab, "Open", |_| ()).await;
    app.study(lab, "Unlisted", |row| row.is_public = Set(false))
        .await;
    app.study(lab, "Paused", |row| row.state = Set(StudyState::Paused))
        .await;
    app.study(lab, "For babies", |row| {
        row.min_age_years = Set(0);
        row.max_age_years = Set(1);
    })
    .await;
    let names = async |actor: &Actor, filter: StudyFilter| {
        let mut names: Vec<_> = studies::list(&app.ctx, actor, &filter)
            .await
            .unwrap()
            .into_iter()
            .map(|card| card.study.name)
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&Actor::Visitor, StudyFilter::default()).await,
        ["For babies", "Open"]
    );
    assert_eq!(
        names(
            &Actor::Visitor,
            StudyFilter {
                band: AgeBand::find("babies"),
                ..StudyFilter::default()
            }
        )
        .await,
        ["For babies"]
    );
    assert_eq!(
        names(
            &Actor::Visitor,
            StudyFilter {
                search: "OPEN".into(),
                ..StudyFilter::default()
            }
        )
        .await,
        ["Open"]
    );
    assert_eq!(
        names(
            &Actor::Visitor,
            StudyFilter {
                is_here: Some(false),
                ..StudyFilter::default()
            }
        )
        .await,
        Vec::<String>::new()
    );
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    assert_eq!(
        names(
            &family,
            StudyFilter {
                child: Some(child),
                ..StudyFilter::default()
            }
        )
        .await,
        ["Open"]
    );
}

#[apply(on_both_databases!)]
async fn a_page_tells_each_child_why_not(app: TestApp) {
    let lab = app.lab("Lab").await;
    let first = app.study(lab, "First part", |_| ()).await;
    let second = app
        .study(lab, "Second part", |row| {
            row.must_have_participated = Set(first.to_string());
            row.criteria_expression = Set("speaks_fr".into());
        })
        .await;
    let (family, child) = app.family_with_child("ada@example.org", "2025-01-01").await;
    let page = studies::find(&app.ctx, &family, second).await.unwrap();
    let expected = [
        Mismatch::TooYoung {
            opens_on: "2027-01-01".parse().unwrap(),
        },
        Mismatch::Missing(vec![first]),
        Mismatch::Criteria,
    ];
    assert_eq!(page.fits[0].mismatches, expected);
    assert_eq!(page.named[&first], "First part");
    let (_, run) = app.run(&family, first, child).await;
    services::responses::append(&app.ctx, &run, &[frame(1, "0-one", serde_json::json!({}))])
        .await
        .unwrap();
    let page = studies::find(&app.ctx, &family, second).await.unwrap();
    assert_eq!(
        page.fits[0].mismatches.len(),
        2,
        "the visit counts once it has a frame"
    );
    assert!(
        studies::find(&app.ctx, &family, first).await.unwrap().fits[0]
            .unfinished
            .is_some()
    );
}

#[apply(on_both_databases!)]
async fn what_is_not_open_is_seen_by_its_lab_only(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let draft = app
        .study(lab, "Draft", |row| row.state = Set(StudyState::Created))
        .await;
    let paused = app
        .study(lab, "Paused", |row| row.state = Set(StudyState::Paused))
        .await;
    let ours = app
        .researcher("r@example.org", lab, LabRole::ReadOnly)
        .await;
    let theirs = app.researcher("o@example.org", other, LabRole::Admin).await;
    assert!(studies::find(&app.ctx, &ours, draft).await.is_ok());
    for stranger in [&theirs, &Actor::Visitor] {
        assert!(matches!(
            studies::find(&app.ctx, stranger, draft).await,
            Err(Error::NotFound(_))
        ));
        assert!(matches!(
            studies::find(&app.ctx, stranger, paused).await,
            Err(Error::Conflict(_))
        ));
    }
}

#[apply(on_both_databases!)]
async fn researchers_see_their_labs_and_no_others(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let ours = app.study(lab, "Ours", |_| ()).await;
    let theirs = app.study(other, "Theirs", |_| ()).await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    let guest = app.researcher("g@example.org", lab, LabRole::Guest).await;
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    let family = app.family("ada@example.org").await;
    let list = async |actor: &Actor| {
        studies::list_of_labs(
            &app.ctx,
            actor,
            &WantedStudies::default(),
            Paging { page: 1, size: 20 },
        )
        .await
    };
    let names: Vec<_> = list(&member)
        .await
        .unwrap()
        .1
        .entries
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["Ours"]);
    assert!(list(&guest).await.unwrap().1.entries.is_empty());
    assert!(matches!(list(&family).await, Err(Error::Denied)));
    assert!(matches!(list(&Actor::Visitor).await, Err(Error::SignIn)));
    assert_eq!(
        studies::find_of_lab(&app.ctx, &member, ours)
            .await
            .unwrap()
            .content
            .design
            .structure,
        STRUCTURE,
        "the text of a protocol is kept byte for byte"
    );
    assert!(
        !studies::find_of_lab(&app.ctx, &member, ours)
            .await
            .unwrap()
            .may_read_responses,
        "no role of a lab reads answers"
    );
    app.study_role(&guest, theirs, domain::studies::StudyRole::Analysis)
        .await;
    assert!(
        studies::find_of_lab(&app.ctx, &guest, theirs)
            .await
            .unwrap()
            .may_read_responses
    );
    let names: Vec<_> = list(&guest)
        .await
        .unwrap()
        .1
        .entries
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["Theirs"]);
    assert!(
        !studies::find_of_lab(&app.ctx, &reader, ours)
            .await
            .unwrap()
            .may_read_responses
    );
    assert!(matches!(
        studies::find_of_lab(&app.ctx, &member, theirs).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        studies::find_of_lab(&app.ctx, &guest, ours).await,
        Err(Error::NotFound(_))
    ));
}

#[apply(on_both_databases!)]
async fn the_order_is_stable_for_a_person_and_differs_between_persons(app: TestApp) {
    let lab = app.lab("Lab").await;
    for number in 0..8 {
        app.study(lab, &format!("Study {number}"), |_| ()).await;
    }
    let order = async |actor: &Actor| {
        studies::list(&app.ctx, actor, &StudyFilter::default())
            .await
            .unwrap()
            .into_iter()
            .map(|card| card.study.id)
            .collect::<Vec<_>>()
    };
    let (ada, eve) = (
        app.family("ada@example.org").await,
        app.family("eve@example.org").await,
    );
    assert_eq!(order(&ada).await, order(&ada).await);
    assert_ne!(order(&ada).await, order(&eve).await);
}
