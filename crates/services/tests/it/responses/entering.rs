use chrono::Duration;
use domain::responses::EntryContent;
use macro_rules_attribute::apply;
use serde_json::{Map, json};
use services::responses::{self, StartRun};
use services::{Actor, Error};

use super::entry;
use crate::support::{on_both_databases, started};

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
        "the ticket is not a key"
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
