use chrono::Duration;
use domain::labs::LabRole;
use domain::studies::StudyRole;
use macro_rules_attribute::apply;
use services::paging::Paging;
use services::participants::{self, ParticipantSort};
use services::{Actor, Error, families, responses};

use crate::support::{child, frame, on_both_databases};

const PAGE: Paging = Paging { page: 1, size: 20 };

#[apply(on_both_databases!)]
async fn only_families_with_consent_in_a_readable_study_are_seen(app: TestApp) {
    let lab = app.lab("Lab").await;
    let (ours, theirs) = (
        app.study(lab, "Ours", |_| ()).await,
        app.study(lab, "Theirs", |_| ()).await,
    );
    let reader = app.researcher("r@example.org", lab, LabRole::Admin).await;
    let list = async |actor: &Actor, words: &str| {
        participants::list(&app.ctx, actor, words, ParticipantSort::Nickname, PAGE)
            .await
            .unwrap()
            .entries
    };
    let (ada, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let sibling = families::add_child(&app.ctx, &ada, &child("Hidden", "2023-06-01"))
        .await
        .unwrap();
    let (eve, kim) = app.family_with_child("eve@example.org", "2024-01-01").await;
    let consent = |number| domain::responses::Entry {
        content: domain::responses::EntryContent::Frame {
            frame_id: "0-one".into(),
            position: 0,
            next: 1,
            data: serde_json::Map::new(),
            completes: false,
            consents: true,
        },
        ..frame(number, "0-one", serde_json::json!({}))
    };
    let (_, run) = app.run(&ada, ours, sam).await;
    responses::append(&app.ctx, &run, &[consent(1)])
        .await
        .unwrap();
    app.clock.advance(Duration::minutes(1));
    // A sibling without consent, a family without consent, a family in another study.
    let (_, run) = app.run(&ada, ours, sibling).await;
    responses::append(&app.ctx, &run, &[frame(1, "0-one", serde_json::json!({}))])
        .await
        .unwrap();
    let (_, run) = app.run(&eve, theirs, kim).await;
    responses::append(&app.ctx, &run, &[consent(1)])
        .await
        .unwrap();

    assert!(
        list(&reader, "").await.is_empty(),
        "an admin of the lab reads no answers"
    );
    app.study_role(&reader, ours, StudyRole::Analysis).await;
    let seen = list(&reader, "").await;
    assert_eq!(
        seen.iter().map(|row| row.id).collect::<Vec<_>>(),
        [ada.person().unwrap().account]
    );
    assert_eq!(
        (
            list(&reader, "FAM").await.len(),
            list(&reader, "nobody").await.len(),
            list(&reader, &seen[0].id.to_string()).await.len()
        ),
        (1, 0, 1)
    );
    let page = participants::find(&app.ctx, &reader, seen[0].id, PAGE)
        .await
        .unwrap();
    assert_eq!(
        page.children
            .iter()
            .map(|child| child.details.given_name.as_str())
            .collect::<Vec<_>>(),
        ["Sam"],
        "siblings stay hidden"
    );
    assert_eq!(
        (
            page.visits.total,
            page.visits.entries[0].study_name.as_str()
        ),
        (1, "Ours")
    );
    assert!(matches!(
        participants::find(&app.ctx, &reader, eve.person().unwrap().account, PAGE).await,
        Err(Error::NotFound(_))
    ));
    let staff = app.staff().await;
    assert!(
        list(&staff, "").await.is_empty(),
        "site admins see no families' answers"
    );
    assert!(matches!(
        participants::list(&app.ctx, &ada, "", ParticipantSort::Nickname, PAGE).await,
        Err(Error::Denied)
    ));
}
