use chrono::Duration;
use domain::labs::LabRole;
use domain::responses::{Entry, EntryContent};
use domain::studies::StudyState;
use entities::{response, response_frame};
use futures::StreamExt;
use macro_rules_attribute::apply;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Map, Value, json};
use services::paging::Paging;
use services::responses::{self, ResponseFilter, Sort, StartRun};
use services::{Actor, Error, families};
use uuid::Uuid;

use crate::support::{STRUCTURE, child, frame, on_both_databases, started};

const PAGE: Paging = Paging { page: 1, size: 10 };

fn entry(number: u32, content: EntryContent) -> Entry {
    Entry {
        id: Uuid::from_u128(u128::from(number)),
        number,
        content,
    }
}

fn submitted(number: u32) -> Entry {
    let data = json!({"birthDate": "2024-01-03T00:00:00.000Z", "databraryShare": "no", "useOfMedia": "private", "feedback": "Fun!", "frameType": "EXIT"});
    entry(
        number,
        EntryContent::Frame {
            frame_id: "1-bye".into(),
            position: 1,
            next: 1,
            data: data.as_object().unwrap().clone(),
            completes: true,
            consents: false,
        },
    )
}

#[apply(on_both_databases!)]
async fn starting_records_eligibility_and_the_household(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app
        .study(lab, "Study", |row| {
            row.content.ad.criteria_expression = "deaf".into()
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
    let document = responses::document(&app.ctx, &run).await.unwrap();
    assert_eq!(document.child.given_name, "Sam");
    assert_eq!(document.child.hashed_id.len(), 6);
    assert_eq!(
        serde_json::to_string(&document.study.structure).unwrap(),
        STRUCTURE.replace(' ', ""),
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
    let seed = responses::document(&app.ctx, &run).await.unwrap().seed;
    responses::append(&app.ctx, &run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();
    let (third, run) = app.run(&family, study, child).await;
    assert_eq!(
        first.response, third.response,
        "an unfinished visit goes on"
    );
    assert_eq!(
        responses::document(&app.ctx, &run).await.unwrap().seed,
        seed,
        "and draws the same"
    );
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
        "after a day a new visit begins"
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
            row.content.design.structure = "{\"frames\": {}, \"sequence\": [\"x\"]}".into()
        })
        .await;
    let elsewhere = app
        .study(lab, "Elsewhere", |row| {
            row.kind = domain::studies::StudyKind::External
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
async fn a_ticket_is_good_once_and_not_for_long(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let start = async || {
        started(
            responses::start(
                &app.ctx,
                &family,
                StartRun {
                    study,
                    child,
                    starts_over: false,
                },
            )
            .await
            .unwrap(),
        )
    };
    let started = start().await;
    let entered = responses::enter(&app.ctx, &started.ticket).await.unwrap();
    assert!(matches!(
        responses::enter(&app.ctx, &started.ticket).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        app.recognise(entered.session, entered.token.expose()).await,
        Actor::Run(_)
    ));
    assert_eq!(
        app.recognise(entered.session, started.ticket.expose())
            .await,
        Actor::Visitor,
        "the ticket is no key"
    );
    let other = start().await;
    assert_eq!(
        app.recognise(other.session, entered.token.expose()).await,
        Actor::Visitor,
        "a key opens its own run only"
    );
    app.clock.advance(Duration::minutes(6));
    assert!(matches!(
        responses::enter(&app.ctx, &other.ticket).await,
        Err(Error::NotFound(_))
    ));
    app.clock.advance(Duration::hours(24));
    assert_eq!(
        app.recognise(entered.session, entered.token.expose()).await,
        Actor::Visitor
    );
}

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
        "a family's session is no key to a run"
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
async fn researchers_read_what_their_lab_was_given(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, study, sam).await;
    responses::append(
        &app.ctx,
        &run,
        &[
            frame(1, "0-one", json!({"frameDuration": 1.5})),
            submitted(2),
            submitted(2),
        ],
    )
    .await
    .unwrap();
    app.clock.advance(Duration::minutes(1));
    let second = families::add_child(&app.ctx, &family, &child("Kim", "2023-01-01"))
        .await
        .unwrap();
    let (_, second_run) = app.run(&family, study, second).await;
    responses::append(&app.ctx, &second_run, &[frame(1, "0-one", json!({}))])
        .await
        .unwrap();

    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    app.study_role(&member, study, domain::studies::StudyRole::Analysis)
        .await;
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    let stranger = app.researcher("s@example.org", other, LabRole::Admin).await;
    let (_, page) = responses::list(&app.ctx, &member, study, &ResponseFilter::default(), PAGE)
        .await
        .unwrap();
    assert_eq!(
        (
            page.total,
            page.entries
                .iter()
                .map(|row| row.is_completed)
                .collect::<Vec<_>>()
        ),
        (2, vec![false, true])
    );
    let hashed = page.entries[1].child.clone();
    let filter = ResponseFilter {
        child: Some(hashed),
        is_completed: Some(true),
        sort: Sort::Oldest,
        is_preview: false,
    };
    assert_eq!(
        responses::list(&app.ctx, &member, study, &filter, PAGE)
            .await
            .unwrap()
            .1
            .total,
        1
    );
    assert_eq!(
        responses::list(
            &app.ctx,
            &member,
            study,
            &ResponseFilter {
                child: Some("nobody".into()),
                ..filter
            },
            PAGE
        )
        .await
        .unwrap()
        .1
        .total,
        0
    );
    let most = ResponseFilter {
        sort: Sort::MostFrames,
        ..ResponseFilter::default()
    };
    assert_eq!(
        responses::list(&app.ctx, &member, study, &most, Paging { page: 1, size: 1 })
            .await
            .unwrap()
            .1
            .entries[0]
            .frames,
        2
    );

    let found = responses::find(&app.ctx, &member, started.response)
        .await
        .unwrap();
    assert_eq!(
        found
            .frames
            .iter()
            .map(|frame| frame.frame_id.as_str())
            .collect::<Vec<_>>(),
        ["0-one", "1-bye"]
    );
    assert_eq!(found.raw["sequence"], json!(["0-one", "1-bye"]));
    assert_eq!(found.raw["exp_data"]["0-one"]["frameDuration"], 1.5);
    for (actor, expected_denied) in [(&reader, true), (&stranger, false)] {
        let refused = responses::find(&app.ctx, actor, started.response)
            .await
            .unwrap_err();
        assert!(if expected_denied {
            matches!(refused, Error::Denied)
        } else {
            matches!(refused, Error::NotFound(_))
        });
        assert!(
            responses::list(&app.ctx, actor, study, &ResponseFilter::default(), PAGE)
                .await
                .is_err()
        );
        assert!(responses::download(&app.ctx, actor, study).await.is_err());
    }
    for actor in [&family, &Actor::Visitor] {
        assert!(
            responses::list(&app.ctx, actor, study, &ResponseFilter::default(), PAGE)
                .await
                .is_err()
        );
    }

    let (_, pieces) = responses::download(&app.ctx, &member, study).await.unwrap();
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
        !text.contains("birthDate") && !text.contains("Sam"),
        "nothing that identifies a child"
    );
    assert_eq!(file[1]["response"]["sequence"], json!(["0-one"]));
}

#[apply(on_both_databases!)]
async fn a_download_of_many_responses_is_whole(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    app.study_role(&member, study, domain::studies::StudyRole::Analysis)
        .await;
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
        "a visit without a frame is no memory"
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

#[apply(on_both_databases!)]
async fn a_preview_is_kept_apart_and_has_a_made_up_child(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let study = app
        .study(lab, "Draft", |row| row.state = StudyState::Created)
        .await;
    let shared = app
        .study(lab, "Shared", |row| {
            row.state = StudyState::Created;
            row.content.settings.has_shared_preview = true;
        })
        .await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    let stranger = app.researcher("s@example.org", other, LabRole::Admin).await;
    let family = app.family("ada@example.org").await;
    assert!(matches!(
        responses::preview(&app.ctx, &stranger, study, None).await,
        Err(Error::NotFound(_))
    ));
    assert!(
        responses::preview(&app.ctx, &stranger, shared, None)
            .await
            .is_ok(),
        "a shared preview is for every researcher"
    );
    assert!(matches!(
        responses::preview(&app.ctx, &family, study, None).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        responses::preview(&app.ctx, &family, shared, None).await,
        Err(Error::Denied)
    ));
    let begun = started(
        responses::preview(&app.ctx, &member, study, None)
            .await
            .unwrap(),
    );
    let run = app.enter(&begun).await;
    let document = responses::document(&app.ctx, &run).await.unwrap();
    assert!(document.is_preview);
    assert_eq!(
        document.child.birthday.to_string(),
        "2023-11-25",
        "in the middle of the ages that the study is for"
    );
    responses::append(
        &app.ctx,
        &run,
        &[frame(1, "0-one", json!({})), submitted(2)],
    )
    .await
    .unwrap();
    assert!(
        families::children(&app.ctx, &member)
            .await
            .unwrap()
            .is_empty(),
        "nobody's list shows the child"
    );
    assert_eq!(
        responses::past(&app.ctx, &member, PAGE)
            .await
            .unwrap()
            .total,
        0
    );
    let page = services::studies::find_of_lab(&app.ctx, &member, study)
        .await
        .unwrap();
    assert_eq!((page.responses, page.previews), (0, 1));
    let filter = ResponseFilter {
        is_preview: true,
        ..ResponseFilter::default()
    };
    assert_eq!(
        responses::list(&app.ctx, &member, study, &filter, PAGE)
            .await
            .unwrap()
            .1
            .total,
        1,
        "a member of the lab reads previews"
    );
    assert!(matches!(
        responses::list(&app.ctx, &member, study, &ResponseFilter::default(), PAGE).await,
        Err(Error::Denied)
    ));
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    assert!(matches!(
        services::studies::delete_previews(&app.ctx, &member, study, 9).await,
        Err(Error::Denied)
    ));
    assert!(
        matches!(
            services::studies::delete_previews(&app.ctx, &admin, study, 0).await,
            Err(Error::Conflict(_))
        ),
        "more than were shown"
    );
    assert_eq!(
        services::studies::delete_previews(&app.ctx, &admin, study, 1)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        response::Entity::find().count(&app.db).await.unwrap(),
        1,
        "the other study's preview stays"
    );
    assert_eq!(
        entities::child::Entity::find()
            .count(&app.db)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        services::studies::find_of_lab(&app.ctx, &member, study)
            .await
            .unwrap()
            .previews,
        0
    );
    assert_eq!(app.recognise(begun.session, "x").await, Actor::Visitor);
}

#[apply(on_both_databases!)]
async fn earlier_visits_reach_the_randomizers(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    for number in 0..2_u32 {
        let (_, run) = app.run(&family, study, sam).await;
        let conditions = json!({"0-t": {"conditionNum": number}})
            .as_object()
            .unwrap()
            .clone();
        let consent = EntryContent::Frame {
            frame_id: "0-consent".into(),
            position: 0,
            next: 1,
            data: Map::new(),
            completes: false,
            consents: true,
        };
        let first = u32::from(number == 1) * 10;
        responses::append(
            &app.ctx,
            &run,
            &[
                entry(first + 1, EntryContent::Conditions { conditions }),
                entry(first + 2, consent),
                entry(first + 3, EntryContent::Finish {}),
            ],
        )
        .await
        .unwrap();
        app.clock.advance(Duration::minutes(1));
    }
    let (_, run) = app.run(&family, study, sam).await;
    let past = responses::document(&app.ctx, &run)
        .await
        .unwrap()
        .past_sessions;
    assert_eq!(
        past.iter()
            .map(|session| session.conditions["0-t"]["conditionNum"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [1, 0],
        "newest first"
    );
    assert!(past.iter().all(|session| session.completed_consent_frame));
}
