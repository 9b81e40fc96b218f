use chrono::Duration;
use domain::responses::EntryContent;
use entities::{account, child};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::json;
use services::responses::{self, RunKey, StartRun};
use services::{Actor, Error, families};

use super::entry;
use crate::support::{TestApp, frame, on_both_databases, started};

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
        let (started, run) = app.run(&family, study, sam).await;
        let conditions = json!({"0-t": {"conditionNum": number}})
            .as_object()
            .unwrap()
            .clone();
        app.change_response(started.response, |row| {
            row.consent_frames = Set("0-consent".into());
        })
        .await;
        let consent = frame(1, "0-consent", json!({})).content;
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
    let past = app.document(&run).await.past_sessions;
    assert_eq!(
        past.iter()
            .map(|session| session.conditions["0-t"]["conditionNum"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [1, 0],
        "newest first"
    );
    assert!(past.iter().all(|session| session.completed_consent_frame));
}

/// A run that was entered, and what it was entered with.
async fn entered(app: &TestApp) -> (Actor, child::Model, RunKey) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, sam) = app.family_with_child("ada@example.org", "2024-01-01").await;
    let input = StartRun {
        study,
        child: sam,
        starts_over: false,
    };
    let begun = responses::start(&app.ctx, &family, input).await.unwrap();
    let key = responses::enter(&app.ctx, &started(begun).ticket).await;
    let row = child::Entity::find_by_id(sam).one(&app.db).await;
    (family, row.unwrap().unwrap(), key.unwrap())
}

/// Whether the two keys of a run still add an entry.
async fn keys_work(app: &TestApp, key: &RunKey, number: u32) -> (bool, bool) {
    let send = async |run: Actor, number| {
        let sent = [frame(number, "0-one", json!({}))];
        match responses::append(&app.ctx, &run, &sent).await {
            Ok(receipt) => receipt.kept.len() == 1,
            Err(Error::SignIn) => false,
            Err(error) => panic!("{error}"),
        }
    };
    (
        send(Actor::playing(key.session, &key.token), number).await,
        send(Actor::appending(key.session, &key.append), number + 1).await,
    )
}

#[apply(on_both_databases!)]
async fn what_was_left_behind_is_added_for_four_weeks_and_read_never(app: TestApp) {
    let (_, _, key) = entered(&app).await;
    assert_eq!(keys_work(&app, &key, 1).await, (true, true));
    let leftovers = Actor::appending(key.session, &key.append);
    assert!(
        matches!(app.try_document(&leftovers).await, Err(Error::SignIn)),
        "the key that adds reads nothing"
    );
    let swapped = Actor::appending(key.session, &key.token);
    let sent = [frame(9, "0-one", json!({}))];
    let refused = responses::append(&app.ctx, &swapped, &sent).await;
    assert!(matches!(refused, Err(Error::SignIn)), "each is its own");
    app.clock.advance(Duration::hours(25));
    assert_eq!(keys_work(&app, &key, 11).await, (false, true));
    app.clock.advance(Duration::days(28));
    assert_eq!(keys_work(&app, &key, 21).await, (false, false));
}

#[apply(on_both_databases!)]
async fn keys_die_with_the_account_and_with_the_child(app: TestApp) {
    let (family, sam, key) = entered(&app).await;
    let changed = async |is_active, is_spam, deleted| {
        account::ActiveModel {
            id: Set(sam.account_id),
            is_active: Set(is_active),
            is_spam: Set(is_spam),
            deleted_at: Set(deleted),
            ..Default::default()
        }
        .update(&app.db)
        .await
        .unwrap();
    };
    let now = Some(app.ctx.now());
    for (is_active, is_spam, deleted) in
        [(false, false, None), (true, true, None), (true, false, now)]
    {
        changed(is_active, is_spam, deleted).await;
        assert_eq!(keys_work(&app, &key, 1).await, (false, false));
    }
    changed(true, false, None).await;
    assert_eq!(keys_work(&app, &key, 1).await, (true, true));
    families::delete_child(&app.ctx, &family, sam.id)
        .await
        .unwrap();
    assert_eq!(keys_work(&app, &key, 11).await, (false, false));
}
