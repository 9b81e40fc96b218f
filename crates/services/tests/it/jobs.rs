use adapters::queue::{self, Due, NewJob};
use chrono::Duration;
use domain::messages::EmailState;
use entities::{dead_job, email};
use macro_rules_attribute::apply;
use sea_orm::EntityTrait;
use serde_json::json;
use services::accounts::NewAccount;
use services::{Actor, accounts, jobs};

use crate::support::{PASSWORD, TestApp, on_both_databases};

/// Makes an account and writes an email to it: one job.
async fn write_email(app: &TestApp, to: &str) {
    let (password, new) = (PASSWORD.to_owned().into(), NewAccount::default());
    accounts::create(&app.ctx, &Actor::System, to, password, new)
        .await
        .unwrap();
    accounts::reset_factors(&app.ctx, &Actor::System, to)
        .await
        .unwrap();
}

#[apply(on_both_databases!)]
async fn a_job_commits_or_vanishes_with_what_caused_it(app: TestApp) {
    app.expect_dead_jobs();
    let tx = app.transaction().await;
    queue::insert(
        &tx,
        NewJob {
            queue: "mail",
            payload: json!({"name": "nothing", "attempt": 1, "job": {}}),
            due: Due::Now(app.ctx.now()),
            key: None,
        },
    )
    .await
    .unwrap();
    drop(tx);
    assert_eq!(queue::waiting(&app.db, "mail").await.unwrap(), 0);
    for _ in 0..2 {
        queue::insert(
            &app.db,
            NewJob {
                queue: "mail",
                payload: json!({"name": "nothing", "attempt": 1, "job": {}}),
                due: Due::Now(app.ctx.now()),
                key: Some("once".into()),
            },
        )
        .await
        .unwrap();
    }
    assert_eq!(
        queue::waiting(&app.db, "mail").await.unwrap(),
        1,
        "the same key is the same job"
    );
    jobs::drain(&app.ctx).await.unwrap();
    let dead = dead_job::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(
        (dead.len(), dead[0].name.as_str(), dead[0].reason.as_str()),
        (1, "nothing", "no job is called nothing")
    );
}

#[apply(on_both_databases!)]
async fn a_letter_that_can_never_go_is_kept_with_its_reason(app: TestApp) {
    app.expect_dead_jobs();
    let mut ctx = app.ctx.clone();
    ctx.mail = adapters::Mailer::open("smtp://127.0.0.1:9", "lookit@example.org").unwrap();
    write_email(&app, "ada@example.org").await;
    // The mail server is away: later, with growing pauses, and in the end given up.
    let mut tries = 0;
    for _ in 0..40 {
        tries += jobs::drain(&ctx).await.unwrap();
        app.clock.advance(Duration::hours(7));
    }
    assert_eq!(tries, 12);
    let kept = email::Entity::find().one(&app.db).await.unwrap().unwrap();
    assert_eq!(kept.state, EmailState::Failed);
    assert!(!kept.failure.is_empty());
    assert_eq!(
        dead_job::Entity::find().all(&app.db).await.unwrap()[0].attempts,
        12
    );
}

#[apply(on_both_databases!)]
async fn a_letter_goes_out_once_however_often_its_job_runs(app: TestApp) {
    write_email(&app, "ada@example.org").await;
    let payloads = queue::take(&app.db, "mail", app.ctx.now()).await.unwrap();
    for _ in 0..3 {
        jobs::handle(&app.ctx, payloads[0].clone(), 0)
            .await
            .unwrap();
    }
    let sent = app.ctx.mail.kept();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].message_id.ends_with("@lookit.test"));
}

#[apply(on_both_databases!)]
async fn a_job_that_kills_its_workers_is_put_aside_and_whoever_waits_is_told(app: TestApp) {
    app.expect_dead_jobs();
    write_email(&app, "ada@example.org").await;
    let payloads = queue::take(&app.db, "mail", app.ctx.now()).await.unwrap();
    jobs::handle(&app.ctx, payloads[0].clone(), 5)
        .await
        .unwrap();
    assert!(app.ctx.mail.kept().is_empty());
    let kept = email::Entity::find().one(&app.db).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.failure.as_str()),
        (EmailState::Failed, "its workers died again and again")
    );
    let dead = dead_job::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(
        (dead.len(), dead[0].queue.as_str(), dead[0].name.as_str()),
        (1, "mail", "send_email")
    );
    jobs::handle(&app.ctx, json!("nonsense"), 0).await.unwrap();
    assert_eq!(
        dead_job::Entity::find().all(&app.db).await.unwrap().len(),
        2
    );
}

#[apply(on_both_databases!)]
async fn a_job_whose_farewell_fails_is_put_aside_all_the_same(app: TestApp) {
    app.expect_dead_jobs();
    let nobody = domain::messages::EmailId(uuid::Uuid::from_u128(1));
    let payload = json!({"name": "send_email", "attempt": 1, "job": {"email": nobody}});
    jobs::handle(&app.ctx, payload, 5).await.unwrap();
    let dead = dead_job::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(
        dead[0]
            .reason
            .starts_with("its workers died again and again; and whoever"),
        "{}",
        dead[0].reason
    );
}

#[apply(on_both_databases!)]
async fn workers_do_what_lies_in_the_queue_and_stop_when_asked(app: TestApp) {
    for number in 0..20 {
        write_email(&app, &format!("f{number}@example.org")).await;
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let work = jobs::work(
        &app.ctx,
        "test".into(),
        std::time::Duration::from_secs(1),
        async {
            let _ = stopped.await;
        },
    );
    let watch = async {
        for _ in 0..200 {
            if app.ctx.mail.kept().len() >= 20 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        stop.send(()).unwrap();
    };
    let (worked, ()) = futures::join!(work, watch);
    worked.unwrap();
    assert_eq!(app.ctx.mail.kept().len(), 20);
}
