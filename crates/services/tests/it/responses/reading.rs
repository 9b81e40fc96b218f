use chrono::Duration;
use domain::audit::AuditAction;
use domain::labs::LabRole;
use domain::responses::{Entry, EntryContent, ResponseId};
use domain::studies::{StudyId, StudyRole};
use entities::response_frame;
use futures::StreamExt;
use macro_rules_attribute::apply;
use sea_orm::EntityTrait;
use serde_json::{Map, Value, json};
use services::paging::Paging;
use services::responses::{self, ResponseFilter, Sort};
use services::{Actor, Error, families};
use uuid::Uuid;

use super::{PAGE, submitted};
use crate::support::{TestApp, child, frame, on_both_databases};

/// Two children of one family took part in a study of a lab, the second a minute later.
struct TwoResponses {
    study: StudyId,
    /// Complete, with two frames.
    first: ResponseId,
    family: Actor,
    /// May analyse the study.
    analyst: Actor,
    /// May read in the lab, but not this.
    reader: Actor,
    /// Works in another lab.
    stranger: Actor,
}

async fn two_responses(app: &TestApp) -> TwoResponses {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, study, sam).await;
    let sent = [
        frame(1, "0-one", json!({"frameDuration": 1.5})),
        submitted(2),
        submitted(2),
    ];
    responses::append(&app.ctx, &run, &sent).await.unwrap();
    app.clock.advance(Duration::minutes(1));
    let second = families::add_child(&app.ctx, &family, &child("Kim", "2023-01-01"))
        .await
        .unwrap();
    let (_, second_run) = app.run(&family, study, second).await;
    responses::append(&app.ctx, &second_run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();
    let analyst = app.researcher("m@example.org", lab, LabRole::Member).await;
    app.study_role(&analyst, study, StudyRole::Analysis).await;
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    let stranger = app.researcher("s@example.org", other, LabRole::Admin).await;
    TwoResponses {
        study,
        first: started.response,
        family,
        analyst,
        reader,
        stranger,
    }
}

#[apply(on_both_databases!)]
async fn researchers_list_what_their_lab_was_given(app: TestApp) {
    let given = two_responses(&app).await;
    let list = async |filter: ResponseFilter, paging| {
        let found = responses::list(&app.ctx, &given.analyst, given.study, &filter, paging);
        found.await.unwrap().1
    };
    let page = list(ResponseFilter::default(), PAGE).await;
    let completed: Vec<bool> = page.entries.iter().map(|row| row.is_completed).collect();
    assert_eq!((page.total, completed), (2, vec![false, true]));
    let filter = ResponseFilter {
        child: Some(page.entries[1].child.clone()),
        is_completed: Some(true),
        sort: Sort::Oldest,
        is_preview: false,
    };
    assert_eq!(list(filter.clone(), PAGE).await.total, 1);
    let of_nobody = ResponseFilter {
        child: Some("nobody".into()),
        ..filter
    };
    assert_eq!(list(of_nobody, PAGE).await.total, 0);
    let most = ResponseFilter {
        sort: Sort::MostFrames,
        ..ResponseFilter::default()
    };
    let page = list(most, Paging { page: 1, size: 1 }).await;
    assert_eq!(page.entries[0].frames, 2);
}

#[apply(on_both_databases!)]
async fn researchers_read_what_their_lab_was_given(app: TestApp) {
    let given = two_responses(&app).await;
    let found = responses::find(&app.ctx, &given.analyst, given.first, PAGE)
        .await
        .unwrap();
    let frames: Vec<&str> = found
        .frames
        .entries
        .iter()
        .map(|frame| frame.frame_id.as_str())
        .collect();
    assert_eq!(frames, ["0-one", "1-bye"]);
    let saves: Vec<u32> = found.frames.entries.iter().map(|one| one.saves).collect();
    assert_eq!(saves, [1, 1]);
    let second = Paging { page: 2, size: 1 };
    let page = responses::find(&app.ctx, &given.analyst, given.first, second)
        .await
        .unwrap();
    assert_eq!(
        (page.frames.total, page.frames.entries[0].frame_id.as_str()),
        (2, "1-bye")
    );
    let (_, child, text) = responses::record(&app.ctx, &given.analyst, given.first)
        .await
        .unwrap();
    let raw: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(raw["sequence"], json!(["0-one", "1-bye"]));
    assert_eq!(raw["exp_data"]["0-one"]["frameDuration"], 1.5);
    assert_eq!(raw["hash_child_id"], child);
}

#[apply(on_both_databases!)]
async fn what_is_too_long_for_a_page_is_in_the_file(app: TestApp) {
    let given = two_responses(&app).await;
    let (_, run) = {
        app.clock.advance(Duration::hours(25));
        let child = families::children(&app.ctx, &given.family).await.unwrap();
        app.run(&given.family, given.study, child[0].id).await
    };
    let all: Vec<Entry> = (1..=4)
        .map(|number| {
            let data = json!({"x": "y".repeat(400 << 10)});
            frame(number, &format!("{number}-f"), data)
        })
        .collect();
    responses::append(&app.ctx, &run, &all).await.unwrap();
    let id = app.document(&run).await.response.unwrap();
    let page = responses::find(&app.ctx, &given.analyst, id, PAGE)
        .await
        .unwrap();
    let shown: Vec<bool> = page
        .frames
        .entries
        .iter()
        .map(|one| one.data.is_some())
        .collect();
    assert_eq!(shown, [true, true, false, false]);
    let (_, _, text) = responses::record(&app.ctx, &given.analyst, id)
        .await
        .unwrap();
    assert!(text.len() > 4 * (400 << 10));
}

#[apply(on_both_databases!)]
async fn no_door_shows_the_exit_surveys_birthday(app: TestApp) {
    let given = two_responses(&app).await;
    let page = responses::find(&app.ctx, &given.analyst, given.first, PAGE)
        .await
        .unwrap();
    let (_, _, record) = responses::record(&app.ctx, &given.analyst, given.first)
        .await
        .unwrap();
    let stored = response_frame::Entity::find().all(&app.db).await.unwrap();
    let stored: Vec<&str> = stored.iter().map(|row| row.data.as_str()).collect();
    let shown = format!("{:?}", page.frames);
    for door in [shown, record, stored.join("\n")] {
        assert!(!door.contains("2024-01-03") && !door.contains("\"birthDate\""));
        assert!(door.contains("birthDateDifference"), "{door}");
    }
}

#[apply(on_both_databases!)]
async fn reading_one_response_is_recorded_once_a_day(app: TestApp) {
    let given = two_responses(&app).await;
    let read = async || {
        responses::find(&app.ctx, &given.analyst, given.first, PAGE)
            .await
            .unwrap();
        app.audited(AuditAction::ResponseRead).await
    };
    assert_eq!((read().await, read().await), (1, 1));
    responses::record(&app.ctx, &given.analyst, given.first)
        .await
        .unwrap();
    assert_eq!(read().await, 1, "the file is the same thing");
    app.clock.advance(Duration::days(1));
    assert_eq!(read().await, 2);
    let refused = responses::find(&app.ctx, &given.reader, given.first, PAGE).await;
    assert!(refused.is_err());
    assert_eq!(app.audited(AuditAction::ResponseRead).await, 2);
}

#[apply(on_both_databases!)]
async fn nobody_else_reads_what_a_lab_was_given(app: TestApp) {
    let given = two_responses(&app).await;
    let all = ResponseFilter::default();
    for (actor, expected_denied) in [(&given.reader, true), (&given.stranger, false)] {
        let refused = responses::find(&app.ctx, actor, given.first, PAGE)
            .await
            .unwrap_err();
        assert!(if expected_denied {
            matches!(refused, Error::Denied)
        } else {
            matches!(refused, Error::NotFound(_))
        });
        assert!(
            responses::list(&app.ctx, actor, given.study, &all, PAGE)
                .await
                .is_err()
        );
        assert!(
            responses::download(&app.ctx, actor, given.study)
                .await
                .is_err()
        );
    }
    for actor in [&given.family, &Actor::Visitor] {
        assert!(
            responses::list(&app.ctx, actor, given.study, &all, PAGE)
                .await
                .is_err()
        );
    }
    assert_eq!(app.audited(AuditAction::ResponsesDownloaded).await, 0);
}

#[apply(on_both_databases!)]
async fn a_download_identifies_no_child(app: TestApp) {
    let given = two_responses(&app).await;
    let (_, pieces) = responses::download(&app.ctx, &given.analyst, given.study)
        .await
        .unwrap();
    assert_eq!(app.audited(AuditAction::ResponsesDownloaded).await, 1);
    let text: String = pieces
        .map(Result::unwrap)
        .collect::<Vec<_>>()
        .await
        .concat();
    let file: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(file.len(), 2);
    assert_eq!(file[0]["response"]["birthdate_difference"], 2);
    assert_eq!(file[0]["response"]["parent_feedback"], "Fun!");
    assert_eq!(file[0]["child"]["age_rounded"], "1050");
    assert!(
        !text.contains("\"birthDate\"") && !text.contains("2024-01") && !text.contains("Sam"),
        "nothing that identifies a child"
    );
    assert_eq!(file[1]["response"]["sequence"], json!(["0-one"]));
}

#[apply(on_both_databases!)]
async fn a_download_of_many_responses_is_whole(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    app.study_role(&member, study, StudyRole::Analysis).await;
    let whole = async || {
        let (_, pieces) = responses::download(&app.ctx, &member, study).await.unwrap();
        let pieces: Vec<String> = pieces.map(Result::unwrap).collect().await;
        (
            serde_json::from_str::<Vec<Value>>(&pieces.concat()).unwrap(),
            pieces.len(),
        )
    };
    assert_eq!(whole().await.0.len(), 0);
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    for number in 0..205_u32 {
        // Several in the same microsecond: paging must not lose or repeat one.
        if number % 50 == 0 {
            app.clock.advance(Duration::hours(25));
        }
        let (_, run) = app.run(&family, study, sam).await;
        let ended = Entry {
            id: Uuid::from_u128(u128::from(number) + 1),
            number: 2,
            content: EntryContent::Finish {},
        };
        responses::append(
            &app.ctx,
            &run,
            &[frame(1, "0-one", json!({"n": number})), ended],
        )
        .await
        .unwrap();
    }
    let (records, pieces) = whole().await;
    let mut numbers: Vec<u64> = records
        .iter()
        .map(|record| record["exp_data"]["0-one"]["n"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..205).collect::<Vec<_>>());
    assert_eq!(pieces, 3);
}

#[apply(on_both_databases!)]
async fn families_see_their_own_past(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, study, sam).await;
    assert_eq!(
        responses::past(&app.ctx, &family, PAGE)
            .await
            .unwrap()
            .total,
        0,
        "a response without a frame is not remembered"
    );
    responses::append(
        &app.ctx,
        &run,
        &[frame(1, "0-one", Value::Object(Map::new()))],
    )
    .await
    .unwrap();
    families::delete_child(&app.ctx, &family, sam)
        .await
        .unwrap();
    let past = responses::past(&app.ctx, &family, PAGE).await.unwrap();
    assert_eq!(
        (
            past.total,
            past.entries[0].child_name.as_str(),
            past.entries[0].study.ad.name.as_str()
        ),
        (1, "Sam", "Study")
    );
    let stranger = app.family("eve@example.org").await;
    assert_eq!(
        responses::past(&app.ctx, &stranger, PAGE)
            .await
            .unwrap()
            .total,
        0
    );
}
