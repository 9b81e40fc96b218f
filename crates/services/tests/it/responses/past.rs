//! What a family sees of what it took part in.

use domain::responses::{EntryContent, ResponseState};
use domain::studies::{StudyId, StudyKind, StudyState};
use entities::study;
use macro_rules_attribute::apply;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use services::responses::{self, Destination, StartRun};

use super::{PAGE, entry, submitted};
use crate::support::{TestApp, frame, on_both_databases};

async fn study(app: &TestApp, lab: domain::labs::LabId, kind: StudyKind, name: &str) -> StudyId {
    app.study(lab, name, |new| {
        new.kind = kind;
        new.content.design.experiment = "initJsPsych()".into();
        new.content.design.external.url = "https://survey.example/".into();
    })
    .await
}

#[apply(on_both_databases!)]
async fn all_kinds_of_responses_are_there_with_their_state(app: TestApp) {
    let lab = app.lab("Lab").await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let mut expected = Vec::new();
    for kind in [StudyKind::FramePlayer, StudyKind::JsPsych] {
        let left = study(&app, lab, kind, &format!("{kind} left")).await;
        let (_, run) = app.run(&family, left, child).await;
        let sent = [frame(1, "0-one", json!({}))];
        responses::append(&app.ctx, &run, &sent).await.unwrap();
        expected.push((left, ResponseState::GoesOn));

        let ended = study(&app, lab, kind, &format!("{kind} ended")).await;
        let (_, run) = app.run(&family, ended, child).await;
        let sent = [entry(1, EntryContent::Finish {})];
        responses::append(&app.ctx, &run, &sent).await.unwrap();
        let state = if kind == StudyKind::JsPsych {
            ResponseState::Finished
        } else {
            ResponseState::Ended
        };
        expected.push((ended, state));
    }
    let finished = study(&app, lab, StudyKind::FramePlayer, "finished").await;
    let (_, run) = app.run(&family, finished, child).await;
    responses::append(&app.ctx, &run, &[submitted(1)])
        .await
        .unwrap();
    expected.push((finished, ResponseState::Finished));
    let elsewhere = study(&app, lab, StudyKind::External, "elsewhere").await;
    let input = StartRun {
        study: elsewhere,
        child,
        starts_over: false,
    };
    let begun = responses::start(&app.ctx, &family, input).await.unwrap();
    assert!(matches!(begun, Destination::Away { .. }));
    expected.push((elsewhere, ResponseState::GoesOn));
    let states = async || {
        let past = responses::past(&app.ctx, &family, PAGE).await.unwrap();
        assert_eq!(past.total, 6);
        let rows = past.entries.into_iter();
        let mut rows: Vec<_> = rows.map(|one| (one.study.id, one.state)).collect();
        rows.sort_by_key(|(id, _)| *id);
        rows
    };
    expected.sort_by_key(|(id, _)| *id);
    assert_eq!(states().await, expected);

    app.clock.advance(chrono::Duration::hours(25));
    let paused = study::ActiveModel {
        id: Set(elsewhere),
        state: Set(StudyState::Paused),
        ..Default::default()
    };
    paused.update(&app.db).await.unwrap();
    for (_, state) in &mut expected {
        if *state == ResponseState::GoesOn {
            *state = ResponseState::Left;
        }
    }
    assert_eq!(
        states().await,
        expected,
        "what is too old, or closed, does not go on"
    );
}
