use domain::studies::{AgeBand, Mismatch, StudyState};
use services::studies::StudyFilter;

use super::*;

#[apply(on_both_databases!)]
async fn families_find_what_is_active_and_listed(app: TestApp) {
    let lab = app.lab("Lab").await;
    app.study(lab, "Open", |_| ()).await;
    app.study(lab, "Unlisted", |new| {
        new.content.settings.is_public = false;
    })
    .await;
    app.study(lab, "Paused", |new| new.state = StudyState::Paused)
        .await;
    app.study(lab, "For babies", |new| {
        new.content.ad.ages.min_years = 0;
        new.content.ad.ages.max_years = 1;
    })
    .await;
    let names = async |actor: &Actor, filter: StudyFilter| {
        let mut names: Vec<_> = studies::list(&app.ctx, actor, &filter)
            .await
            .unwrap()
            .into_iter()
            .map(|card| card.study.ad.name)
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
        .study(lab, "Second part", |new| {
            new.content.ad.must = [first].into();
            new.content.ad.criteria_expression = "speaks_fr".into();
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
    assert_eq!(page.children[0].mismatches, expected);
    assert_eq!(page.named[&first], "First part");
    let (_, run) = app.run(&family, first, child).await;
    responses::append(&app.ctx, &run, &[frame(1, "0-one", serde_json::json!({}))])
        .await
        .unwrap();
    let page = studies::find(&app.ctx, &family, second).await.unwrap();
    assert_eq!(
        page.children[0].mismatches.len(),
        2,
        "the response counts once it has a frame"
    );
    assert!(
        studies::find(&app.ctx, &family, first)
            .await
            .unwrap()
            .children[0]
            .unfinished
            .is_some()
    );
}

#[apply(on_both_databases!)]
async fn what_is_not_open_is_seen_by_its_lab_only(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let draft = app
        .study(lab, "Draft", |new| new.state = StudyState::Created)
        .await;
    let paused = app
        .study(lab, "Paused", |new| new.state = StudyState::Paused)
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

#[apply(on_both_databases!)]
async fn a_page_names_no_study_that_families_can_not_find(app: TestApp) {
    let lab = app.lab("Lab").await;
    let private = app
        .study(lab, "Secret", |new| new.content.settings.is_public = false)
        .await;
    let draft = app
        .study(lab, "Draft", |new| new.state = StudyState::Created)
        .await;
    let open = app.study(lab, "Open", |_| ()).await;
    let id = app
        .study(lab, "Second part", |new| {
            new.content.ad.must = [private, draft, open].into();
        })
        .await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let page = studies::find(&app.ctx, &family, id).await.unwrap();
    assert_eq!(
        page.named.values().collect::<Vec<_>>(),
        ["Open"],
        "whatever a child must have done before"
    );
    // What is written and not approved has no name for families either.
    study::ActiveModel {
        id: Set(open),
        name: Set("Not approved yet".into()),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    let page = studies::find(&app.ctx, &family, id).await.unwrap();
    assert_eq!(page.named[&open], "Open");
    let after = app
        .study(lab, "Only the new", |new| {
            new.content.ad.must_not = [private].into();
        })
        .await;
    let (_, run) = app.run(&family, private, child).await;
    responses::append(&app.ctx, &run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();
    let page = studies::find(&app.ctx, &family, after).await.unwrap();
    assert_eq!(page.named[&private], "Secret", "they have been there");
}

#[apply(on_both_databases!)]
async fn what_goes_on_does_not_count_against_itself(app: TestApp) {
    let lab = app.lab("Lab").await;
    let id = app.study(lab, "Once", |_| ()).await;
    let once = app.content(id).await;
    let ad = domain::studies::Ad {
        must_not: [id].into(),
        ..once.ad
    };
    entities::study_version::Entity::update_many()
        .col_expr(
            entities::study_version::Column::Ad,
            sea_orm::sea_query::Expr::value(serde_json::to_string(&ad).unwrap()),
        )
        .exec(&app.db)
        .await
        .unwrap();
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, id, child).await;
    responses::append(&app.ctx, &run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();
    let page = studies::find(&app.ctx, &family, id).await.unwrap();
    assert!(page.children[0].unfinished.is_some() && page.children[0].mismatches.is_empty());
    app.clock.advance(Duration::days(2));
    let page = studies::find(&app.ctx, &family, id).await.unwrap();
    assert_eq!(
        page.children[0].mismatches,
        [Mismatch::AlreadyDone(vec![id])]
    );
}
