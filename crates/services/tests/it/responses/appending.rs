use chrono::Duration;
use domain::responses::{Entry, EntryContent, quota};
use entities::response_frame;
use futures::StreamExt;
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use services::{Error, responses};
use uuid::Uuid;

use super::{entry, submitted};
use crate::support::{frame, on_both_databases};

#[apply(on_both_databases!)]
async fn entries_are_kept_once_in_whatever_order_they_come(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, study, child).await;
    let id = started.response;
    let conditions = entry(
        1,
        EntryContent::Conditions {
            conditions: json!({"0-t": {"conditionNum": 1}})
                .as_object()
                .unwrap()
                .clone(),
        },
    );
    let all = [
        conditions,
        frame(2, "0-one", json!({"zeta": 1, "alpha": "NUL \u{0}"})),
        submitted(3),
        entry(4, EntryContent::Finish {}),
    ];
    let expected: Vec<Uuid> = all.iter().map(|entry| entry.id).collect();
    for sent in [&all[3..], &all[1..3], &all[1..2], &all[..], &all[..1]] {
        let kept = responses::append(&app.ctx, &run, sent).await.unwrap().kept;
        assert_eq!(
            kept,
            sent.iter().map(|entry| entry.id).collect::<Vec<_>>(),
            "what was there before is acknowledged again"
        );
    }
    let mut all = all;
    if let EntryContent::Frame { data, .. } = &mut all[2].content {
        let given = data.shift_remove("birthDate");
        assert!(given.is_some());
        data.shift_insert(0, "birthDateDifference".into(), 2.into());
    }
    let document = app.document(&run).await;
    assert_eq!(
        document.entries, all,
        "by number, each once, as they were sent but for the birthday"
    );
    assert_eq!(
        document
            .entries
            .iter()
            .map(|entry| entry.id)
            .collect::<Vec<_>>(),
        expected
    );
    let row = app.response_row(id).await;
    assert_eq!(
        (
            row.is_completed,
            row.ended_at.is_some(),
            row.frame_count,
            row.entry_count
        ),
        (true, true, 2, 4)
    );
    assert_eq!(
        row.conditions.as_deref(),
        Some(r#"{"0-t":{"conditionNum":1}}"#)
    );
}

#[apply(on_both_databases!)]
async fn the_same_entry_sent_at_the_same_time_is_kept_once(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, study, child).await;
    let sent = [frame(1, "0-one", json!({}))];
    let send = || responses::append(&app.ctx, &run, &sent);
    let (one, two, three) = tokio::join!(send(), send(), send());
    for accepted in [one, two, three] {
        assert_eq!(accepted.unwrap().kept.len(), 1);
    }
    assert_eq!(
        response_frame::Entity::find().count(&app.db).await.unwrap(),
        1
    );
}

#[apply(on_both_databases!)]
async fn a_bad_entry_does_not_hold_up_the_others(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, study, child).await;
    let accepted = responses::append(
        &app.ctx,
        &run,
        &[frame(1, "0_bad", json!({})), frame(2, "0-good", json!({}))],
    )
    .await
    .unwrap();
    assert_eq!((accepted.kept.len(), accepted.refused.len()), (1, 1));
    assert!(accepted.refused[0].reason.contains("frame id"));
    assert!(
        matches!(
            responses::append(&app.ctx, &family, &[]).await,
            Err(Error::SignIn)
        ),
        "a family's session is not a key to a run"
    );
    let many: Vec<Entry> = (1..=101)
        .map(|number| frame(number, "0-x", json!({})))
        .collect();
    assert!(matches!(
        responses::append(&app.ctx, &run, &many).await,
        Err(Error::Invalid(_))
    ));
}

#[apply(on_both_databases!)]
async fn a_response_takes_no_more_than_it_may_hold(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, study, child).await;
    let large = [frame(1, "0-one", json!({"x": "y".repeat(1 << 19)}))];
    responses::append(&app.ctx, &run, &large).await.unwrap();
    let held = app.response_row(started.response).await.byte_count;
    assert_eq!(held, (1 << 19) + 8, "the data, counted");
    responses::append(&app.ctx, &run, &large).await.unwrap();
    assert_eq!(
        app.response_row(started.response).await.byte_count,
        held,
        "once"
    );
    app.change_response(started.response, |row| {
        row.byte_count = Set(quota::LARGEST_RESPONSE - 10);
    })
    .await;
    let sent = [
        frame(2, "1-two", json!({"x": "too much"})),
        frame(3, "2-three", json!({"x": 1})),
    ];
    let receipt = responses::append(&app.ctx, &run, &sent).await.unwrap();
    assert_eq!(receipt.kept, [sent[1].id]);
    assert!(receipt.refused[0].reason.contains("full"));
}

#[apply(on_both_databases!)]
async fn what_comes_too_fast_has_to_wait(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, study, child).await;
    app.change_response(started.response, |row| {
        row.burst_used = Set(quota::BURST);
    })
    .await;
    let sent = [frame(1, "0-one", json!({}))];
    let refused = responses::append(&app.ctx, &run, &sent).await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
    app.clock.advance(Duration::seconds(1));
    let receipt = responses::append(&app.ctx, &run, &sent).await.unwrap();
    assert_eq!(receipt.kept.len(), 1, "a second later it is taken");
    let used = app.response_row(started.response).await.burst_used;
    assert!(used > quota::BURST - quota::PER_SECOND && used < quota::BURST);
}

#[apply(on_both_databases!)]
async fn consent_is_what_the_protocol_asks_and_not_what_code_says(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, study, child).await;
    let is_consented = async || {
        let row = app.response_row(started.response).await;
        row.is_consent_completed
    };
    let claim = EntryContent::Frame {
        frame_id: "0-one".into(),
        position: 0,
        next: 1,
        data: serde_json::Map::new(),
        completes: false,
        consents: true,
    };
    responses::append(&app.ctx, &run, &[entry(1, claim)])
        .await
        .unwrap();
    assert!(!is_consented().await, "the study's code says so");
    app.change_response(started.response, |row| {
        row.consent_frames = Set("0-one\n2-consent".into());
    })
    .await;
    for (number, id, data, expected) in [
        (2, "2-consent-x", json!({}), false),
        (3, "2-consent", json!({"notShown": true}), false),
        (4, "2-consent-repeat-1", json!({}), true),
    ] {
        responses::append(&app.ctx, &run, &[frame(number, id, data)])
            .await
            .unwrap();
        assert_eq!(is_consented().await, expected, "{id}");
    }
}

#[apply(on_both_databases!)]
async fn a_long_run_comes_back_in_parts_and_whole(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, study, child).await;
    let all: Vec<Entry> = (1..=7)
        .map(|number| {
            let data = json!({"n": number, "x": "y".repeat(400 << 10)});
            frame(number, &format!("{number}-f"), data)
        })
        .collect();
    responses::append(&app.ctx, &run, &all).await.unwrap();
    assert_eq!(app.document(&run).await.entries, all);
    let pieces = responses::document(&app.ctx, &run).await.unwrap();
    let pieces: Vec<usize> = pieces.map(|piece| piece.unwrap().len()).collect().await;
    assert!(pieces.iter().all(|bytes| *bytes < 2 << 20), "{pieces:?}");
}

#[apply(on_both_databases!)]
async fn researchers_learn_that_an_entry_was_too_large(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, study, child).await;
    let film = [frame(
        1,
        "0-film",
        json!({"x": "y".repeat(Entry::LARGEST_BYTES)}),
    )];
    for _ in 0..2 {
        let receipt = responses::append(&app.ctx, &run, &film).await;
        let refused = receipt.unwrap().refused;
        assert_eq!(refused[0].entry, Some(film[0].id.to_string()));
    }
    let entries = app.document(&run).await.entries;
    let [told] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    let EntryContent::Event { event, .. } = &told.content else {
        panic!("{told:?}")
    };
    assert_eq!((told.number, &event["frameId"]), (1, &json!("0-film")));
    assert_eq!(event["bytes"], Entry::LARGEST_BYTES + 8);
}

#[apply(on_both_databases!)]
async fn a_run_asks_the_database_little(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, study, child).await;
    let before = app.ctx.statements();
    responses::append(&app.ctx, &run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();
    let appended = app.ctx.statements() - before;
    app.document(&run).await;
    let read = app.ctx.statements() - before - appended;
    assert_eq!(appended, 0, "the key is asked for inside the change");
    assert!(read <= 5, "the document: {read}");
}
