use domain::responses::{Entry, EntryContent};
use entities::{response, response_frame};
use macro_rules_attribute::apply;
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
    let document = responses::document(&app.ctx, &run).await.unwrap();
    assert_eq!(
        document.entries, all,
        "by number, each once, as they were sent"
    );
    assert_eq!(
        document
            .entries
            .iter()
            .map(|entry| entry.id)
            .collect::<Vec<_>>(),
        expected
    );
    let row = response::Entity::find_by_id(id)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
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
