//! What one account and one study may hold, and how often people are told.

use domain::families::child::ChildId;
use domain::responses::ResponseId;
use entities::{child, response, study_count, study_design, study_draft, study_version};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::*;

fn words<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Conflict(words)) => words,
        other => panic!("not refused: {other:?}"),
    }
}

#[apply(on_both_databases!)]
async fn studies_have_a_number_and_more_of_them_in_approved_labs(app: TestApp) {
    let sandbox = app.lab("Another lab").await;
    let lab = approved_lab(&app, "Lab").await;
    let ada = app
        .researcher("ada@example.org", sandbox, LabRole::Member)
        .await;
    app.lab_role(&ada, lab, LabRole::Member).await;
    let own = ada.person().unwrap().account;
    for number in 0..50 {
        app.study(sandbox, &format!("Study {number}"), |new| {
            new.creator = Some(own);
        })
        .await;
    }
    let kind = StudyKind::FramePlayer;
    let refused = studies::create(&app.ctx, &ada, sandbox, kind, "One more").await;
    assert!(words(refused).contains("50 studies in labs that are not approved"));
    studies::create(&app.ctx, &ada, lab, kind, "Elsewhere")
        .await
        .unwrap();
}

#[apply(on_both_databases!)]
async fn a_study_has_so_many_versions_designs_and_previews(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let plain = SaveOptions::default();
    study_count::Entity::insert(study_count::ActiveModel {
        id: Set(app.ctx.uuid().unwrap()),
        study_id: Set(id),
        responses: Set(0),
        completed: Set(0),
        consented: Set(0),
        previews: Set(2_000),
    })
    .exec_without_returning(&app.db)
    .await
    .unwrap();
    let preview = responses::preview(&app.ctx, &ada, id, None).await;
    assert!(words(preview.map(|_| ())).contains("2000 previews"));
    study_design::Entity::update_many()
        .col_expr(study_design::Column::SizeBytes, Expr::value(200_i64 << 20))
        .filter(study_design::Column::StudyId.eq(id))
        .exec(&app.db)
        .await
        .unwrap();
    let refused = studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &plain).await;
    assert!(words(refused).contains("200 MB"));
    study::ActiveModel {
        id: Set(id),
        version: Set(1_000),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    study_version::Entity::update_many()
        .col_expr(study_version::Column::Number, Expr::value(1_000))
        .filter(study_version::Column::StudyId.eq(id))
        .filter(study_version::Column::Number.eq(4))
        .exec(&app.db)
        .await
        .unwrap();
    let ad = AdForm {
        purpose: "Another one.".into(),
        ..whole_ad("Cats")
    };
    let refused = studies::save_ad(&app.ctx, &ada, id, &ad, None, &plain).await;
    assert!(words(refused).contains("1000 versions"));
}

#[apply(on_both_databases!)]
async fn a_person_has_so_many_drafts(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    for number in 0..40 {
        let study = app.study(lab, &format!("Study {number}"), |_| ()).await;
        study_draft::ActiveModel {
            id: Set(app.ctx.uuid().unwrap()),
            study_id: Set(study),
            account_id: Set(ada.person().unwrap().account),
            part: Set(DraftPart::Ad.to_string()),
            base_version: Set(1),
            content: Set("{}".into()),
            updated_at: Set(app.ctx.now()),
        }
        .insert(&app.db)
        .await
        .unwrap();
    }
    let id = ready(&app, &ada, lab, "Cats").await;
    let keep = async || studies::keep_draft(&app.ctx, &ada, id, DraftPart::Ad, 1, "{}").await;
    assert!(words(keep().await).contains("40 drafts"));
    study_draft::Entity::delete_many()
        .exec(&app.db)
        .await
        .unwrap();
    keep().await.unwrap();
    keep().await.unwrap();
}

/// Adds copies of a study's preview, each with a made-up child of its own.
async fn multiply_previews(app: &TestApp, id: StudyId, copies: usize) {
    let preview = response::Entity::find()
        .filter(response::Column::StudyId.eq(id))
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    let made_up = child::Entity::find_by_id(preview.child_id)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    let tx = app.transaction().await;
    let numbers: Vec<usize> = (0..copies).collect();
    for numbers in numbers.chunks(1_000) {
        let mut rows = (Vec::new(), Vec::new());
        for _ in numbers {
            let child = ChildId(app.ctx.uuid().unwrap());
            rows.0.push(child::ActiveModel {
                id: Set(child),
                ..made_up.clone().into_active_model().reset_all()
            });
            rows.1.push(response::ActiveModel {
                id: Set(ResponseId(app.ctx.uuid().unwrap())),
                child_id: Set(child),
                ..preview.clone().into_active_model().reset_all()
            });
        }
        child::Entity::insert_many(rows.0)
            .exec_without_returning(&tx)
            .await
            .unwrap();
        response::Entity::insert_many(rows.1)
            .exec_without_returning(&tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

#[apply(on_both_databases!)]
async fn a_crowd_of_previews_is_deleted_at_once(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    responses::preview(&app.ctx, &ada, id, None).await.unwrap();
    let kept = app.study(lab, "Dogs", |_| ()).await;
    app.study_role(&ada, kept, StudyRole::Admin).await;
    responses::preview(&app.ctx, &ada, kept, None)
        .await
        .unwrap();
    // More than SQLite takes in one statement.
    multiply_previews(&app, id, 40_000).await;
    let gone = studies::delete_previews(&app.ctx, &ada, id, 50_000).await;
    assert_eq!(gone.unwrap(), 40_001);
    let left = child::Entity::find().count(&app.db).await;
    assert_eq!(
        left.unwrap(),
        1,
        "the other study's preview keeps its child"
    );
    let left = response::Entity::find().count(&app.db).await;
    assert_eq!(left.unwrap(), 1);
}

#[apply(on_both_databases!)]
async fn staff_are_not_told_of_a_study_that_comes_and_goes(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    for _ in 0..10 {
        step(&app, &ada, id, T::Retract, "").await.unwrap();
        step(&app, &ada, id, T::Resubmit, "").await.unwrap();
    }
    let told = async || {
        let emails = app.emails().await.into_iter();
        emails.filter(|(to, _)| to == "staff@example.org").count()
    };
    assert_eq!(told().await, 6, "three of each state in an hour");
    app.clock.advance(Duration::hours(2));
    step(&app, &ada, id, T::Retract, "").await.unwrap();
    assert_eq!(told().await, 7);
}

#[apply(on_both_databases!)]
async fn nobody_moves_a_study_all_the_time(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    let mut refused = None;
    for _ in 0..20 {
        for transition in [T::Retract, T::Resubmit] {
            if let Err(error) = step(&app, &ada, id, transition, "").await {
                refused.get_or_insert(error);
            }
        }
    }
    assert!(matches!(refused, Some(Error::TooMany { .. })));
}

#[apply(on_both_databases!)]
async fn a_button_that_is_pressed_twice_does_one_thing(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let kind = StudyKind::FramePlayer;
    let make = || studies::create(&app.ctx, &ada, lab, kind, "Cats");
    let (one, two) = tokio::join!(make(), make());
    let id = one.unwrap();
    assert_eq!(id, two.unwrap());
    let other = studies::create(&app.ctx, &ada, lab, kind, "Dogs").await;
    assert!(other.unwrap() != id);
    let say = |words: &'static str| studies::comment(&app.ctx, &ada, id, Section::Ad, words);
    let (one, two) = tokio::join!(say("Who is it for?"), say("Who is it for?"));
    one.and(two).unwrap();
    say("And why?").await.unwrap();
    let comments = async || {
        studies::review(&app.ctx, &ada, id)
            .await
            .unwrap()
            .comments
            .len()
    };
    assert_eq!(comments().await, 2);
    app.clock.advance(Duration::minutes(2));
    say("And why?").await.unwrap();
    assert_eq!(comments().await, 3, "said again on purpose");
    let again = studies::create(&app.ctx, &ada, lab, kind, "Cats").await;
    assert!(again.unwrap() != id);
}
