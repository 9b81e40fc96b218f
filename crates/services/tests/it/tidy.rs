use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use domain::labs::LabRole;
use entities::throttle;
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::json;
use services::accounts::{self, Client};
use services::{Actor, jobs, labs, tidy};

use crate::support::{TestApp, on_both_databases};

/// Tables with a time at which something ends that stay for ever, and why.
const STAYING: &[(&str, &str)] = &[
    ("response", "what children did is what the site is for"),
    // apalis' own, of which `jobs` takes care.
    ("Workers", "a row for each process"),
];

/// Names of columns that say when something ends.
const ENDS: &[&str] = &[
    "expires_at",
    "ended_at",
    "revoked_at",
    "failed_at",
    "due_at",
    "window_started_at",
    "until",
];

/// Every table of ours with the columns that say when something in it ends.
async fn ending_tables(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let backend = app.db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "select table_name as t, column_name as c from information_schema.columns \
             where table_schema = 'public'"
        }
        _ => {
            "select m.name as t, p.name as c from sqlite_master m, pragma_table_info(m.name) p \
             where m.type = 'table'"
        }
    };
    let rows = app.db.query_all_raw(Statement::from_string(backend, sql));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows.await.unwrap() {
        let (table, column): (String, String) =
            (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap());
        if ENDS.iter().any(|end| column.ends_with(end)) {
            found.entry(table).or_default().push(column);
        }
    }
    found
}

#[apply(on_both_databases!)]
async fn every_table_with_an_end_is_tidied(app: TestApp) {
    let tidied: BTreeSet<&str> = tidy(&app.ctx)
        .await
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    let ending = ending_tables(&app).await;
    assert!(ending.len() > 8, "{ending:?}");
    for (table, columns) in ending {
        let stays = STAYING.iter().any(|(name, _)| *name == table);
        assert!(
            stays || tidied.contains(table.as_str()),
            "{table} says when something ends ({columns:?}), and nothing removes it then"
        );
    }
}

/// Makes one row that ends in most of the tables that have an end.
async fn things_that_end(app: &TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("ada@example.org", "2024-01-01").await;
    app.run(&family, study, child).await;
    let admin = app
        .researcher("boss@example.org", lab, LabRole::Admin)
        .await;
    labs::invite(&app.ctx, &admin, lab, "new@example.org", LabRole::Guest)
        .await
        .unwrap();
    let (visitor, client) = (Actor::Visitor, Client::default());
    let wrong = accounts::sign_in(
        &app.ctx,
        &visitor,
        "ada@example.org",
        "wrong".to_owned().into(),
        &client,
    );
    assert!(wrong.await.is_err());
    jobs::handle(&app.ctx, json!("nonsense"), 0).await.unwrap();
    jobs::drain(&app.ctx).await.unwrap();
}

#[apply(on_both_databases!)]
async fn what_is_over_goes_and_nothing_before(app: TestApp) {
    app.expect_dead_jobs();
    things_that_end(&app).await;
    let gone: u64 = tidy(&app.ctx).await.into_iter().map(|(_, gone)| gone).sum();
    assert_eq!(gone, 0, "nothing is over yet");
    app.clock.advance(Duration::days(15));
    let tidied: BTreeMap<_, _> = tidy(&app.ctx).await.into_iter().collect();
    assert!(
        tidied["session"] >= 2 && tidied["throttle"] >= 1,
        "{tidied:?}"
    );
    assert_eq!(
        (tidied["email"], tidied["run_session"], tidied["dead_job"]),
        (0, 0, 0)
    );
    app.clock.advance(Duration::days(16));
    let tidied: BTreeMap<_, _> = tidy(&app.ctx).await.into_iter().collect();
    assert!(
        tidied["email"] >= 2 && tidied["run_session"] == 1,
        "{tidied:?}"
    );
    assert_eq!((tidied["lab_invitation"], tidied["dead_job"]), (0, 0));
    app.clock.advance(Duration::days(90));
    let mut tidied = tidy(&app.ctx).await;
    tidied.retain(|(_, gone)| *gone > 0);
    assert_eq!(tidied, [("lab_invitation", 1), ("dead_job", 1)]);
}

#[apply(on_both_databases!)]
async fn many_rows_go_in_batches(app: TestApp) {
    let row = |number: u128| throttle::ActiveModel {
        id: Set(uuid::Uuid::from_u128(number)),
        subject: Set(number.to_string()),
        failures: Set(1),
        window_started_at: Set(app.ctx.now()),
    };
    throttle::Entity::insert_many((1..=2500).map(row))
        .exec_without_returning(&app.db)
        .await
        .unwrap();
    app.clock.advance(Duration::days(2));
    assert!(tidy(&app.ctx).await.contains(&("throttle", 2500)));
}

#[apply(on_both_databases!)]
async fn one_failure_does_not_keep_the_rest(app: TestApp) {
    app.family("ada@example.org").await;
    jobs::drain(&app.ctx).await.unwrap();
    app.clock.advance(Duration::days(31));
    let away = "alter table session rename to session_away";
    app.db.execute_unprepared(away).await.unwrap();
    let tidied = tidy(&app.ctx).await;
    assert!(
        tidied.contains(&("session", 0)) && tidied.contains(&("email", 1)),
        "{tidied:?}"
    );
}
