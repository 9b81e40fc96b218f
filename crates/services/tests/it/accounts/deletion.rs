use adapters::{Token, queue};
use chrono::Duration;
use domain::accounts::{DELETION_WAIT, LinkPurpose};
use domain::audit::AuditAction;
use domain::families::child::ChildId;
use domain::families::demographics::DemographicsForm;
use domain::labs::LabRole;
use domain::responses::ResponseId;
use entities::{account, child, demographic_snapshot, response, response_frame};
use macro_rules_attribute::apply;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::json;
use services::accounts::{self, Client};
use services::{Actor, Error, families, jobs, labs, responses};

use super::{secret, sign_in};
use crate::support::{self, PASSWORD, TestApp, frame, on_both_databases};

/// A family of two children, of whom Sam took part in a study.
async fn family_that_took_part(app: &TestApp) -> (Actor, ChildId, ResponseId) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (actor, sam) = app.family_with_child("ada@example.org", "2024-01-17").await;
    let kim = support::child("Kim", "2023-01-01");
    families::add_child(&app.ctx, &actor, &kim).await.unwrap();
    let household = DemographicsForm {
        number_of_children: "2".into(),
        child_birthdays: "2024-01-17\n2021-05-06".into(),
        ..DemographicsForm::default()
    };
    families::save_demographics(&app.ctx, &actor, &household)
        .await
        .unwrap();
    let (started, run) = app.run(&actor, study, sam).await;
    let entry = frame(1, "0-one", serde_json::json!({"a": 1}));
    responses::append(&app.ctx, &run, &[entry]).await.unwrap();
    (actor, sam, started.response)
}

async fn request(app: &TestApp, actor: &Actor, password: &str) -> Result<(), Error> {
    accounts::request_deletion(&app.ctx, actor, secret(password)).await
}

#[apply(on_both_databases!)]
async fn an_account_is_deleted_after_a_while_or_kept(app: TestApp) {
    let (actor, sam, response) = family_that_took_part(&app).await;
    keep_by_link(&app, &actor).await;
    let token = delete(&app).await;
    assert_eq!(app.actor(&token).await, Actor::Visitor);
    assert!(
        sign_in(&app, "ada@example.org", PASSWORD, "home")
            .await
            .is_err()
    );
    let children = child::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(
        children
            .iter()
            .map(|child| (child.id, child.given_name.as_str()))
            .collect::<Vec<_>>(),
        [(sam, "")],
        "who answered stays without a name, the other goes"
    );
    let kept = response::Entity::find_by_id(response).one(&app.db).await;
    assert!(kept.unwrap().is_some());
    assert!(
        app.emails()
            .await
            .iter()
            .any(|(to, subject)| to == "ada@example.org" && subject == "Your account is deleted")
    );
    app.family("ada@example.org").await;
    assert_eq!(app.audited(AuditAction::AccountDeleted).await, 1);
}

async fn keep_by_link(app: &TestApp, actor: &Actor) {
    assert!(matches!(
        request(app, actor, "wrong").await,
        Err(Error::Invalid(_))
    ));
    request(app, actor, PASSWORD).await.unwrap();
    let keep = app.link("ada@example.org").await;
    assert_eq!(keep.purpose, LinkPurpose::KeepAccount);
    let (visitor, client) = (Actor::Visitor, Client::default());
    accounts::confirm(&app.ctx, &visitor, &keep, secret(""), &client)
        .await
        .unwrap();
    app.clock.advance(Duration::days(20));
    jobs::drain(&app.ctx).await.unwrap();
    let actor = app.actor(&app.sign_in("ada@example.org").await).await;
    let children = families::children(&app.ctx, &actor).await.unwrap();
    assert_eq!(children.len(), 2, "kept");
}

/// Returns the token of a session that asked for it.
async fn delete(app: &TestApp) -> Token {
    let token = app.sign_in("ada@example.org").await;
    let actor = app.actor(&token).await;
    request(app, &actor, PASSWORD).await.unwrap();
    accounts::cancel_deletion(&app.ctx, &actor, &Client::default())
        .await
        .unwrap();
    request(app, &actor, PASSWORD).await.unwrap();
    app.clock.advance(Duration::days(13));
    jobs::drain(&app.ctx).await.unwrap();
    let still = app.actor(&app.sign_in("ada@example.org").await).await;
    assert!(still.person().unwrap().deletion_due_at.is_some());
    app.clock.advance(Duration::days(2));
    jobs::drain(&app.ctx).await.unwrap();
    token
}

/// Asks for deletion a moment before a whole second, which is all that SQLite's queue keeps.
async fn due_within_a_second(app: &TestApp) -> Actor {
    app.clock.advance(Duration::microseconds(999_999));
    let actor = app.family("ada@example.org").await;
    request(app, &actor, PASSWORD).await.unwrap();
    app.clock
        .advance(DELETION_WAIT - Duration::microseconds(999_999));
    actor
}

async fn is_deleted(app: &TestApp, actor: &Actor) -> bool {
    let id = actor.person().unwrap().account;
    let row = account::Entity::find_by_id(id).one(&app.db).await;
    row.unwrap().unwrap().deleted_at.is_some()
}

#[apply(on_both_databases!)]
async fn a_deletion_is_not_lost_to_a_fraction_of_a_second(app: TestApp) {
    let actor = due_within_a_second(&app).await;
    jobs::drain(&app.ctx).await.unwrap();
    assert!(!is_deleted(&app, &actor).await, "its time has not come");
    app.clock.advance(Duration::seconds(1));
    jobs::drain(&app.ctx).await.unwrap();
    assert!(is_deleted(&app, &actor).await);
}

#[apply(on_both_databases!)]
async fn a_deletion_that_comes_early_comes_again(app: TestApp) {
    let actor = due_within_a_second(&app).await;
    let id = actor.person().unwrap().account;
    let early = json!({"name": "delete_account", "attempt": 1, "job": {"account": id}});
    // What a queue that rounds down hands out, and nothing else.
    app.clock.advance(Duration::seconds(1));
    assert_eq!(
        queue::take(&app.db, "people", app.ctx.now())
            .await
            .unwrap()
            .len(),
        1
    );
    app.clock.advance(Duration::seconds(-1));
    jobs::handle(&app.ctx, early, 0).await.unwrap();
    assert!(!is_deleted(&app, &actor).await);
    app.clock.advance(Duration::seconds(1));
    jobs::drain(&app.ctx).await.unwrap();
    assert!(is_deleted(&app, &actor).await);
}

#[apply(on_both_databases!)]
async fn a_deletion_whose_job_was_lost_happens_all_the_same(app: TestApp) {
    let actor = due_within_a_second(&app).await;
    services::tidy(&app.ctx).await;
    assert!(!is_deleted(&app, &actor).await);
    app.clock.advance(Duration::seconds(1));
    let lost = queue::take(&app.db, "people", app.ctx.now()).await.unwrap();
    assert_eq!(lost.len(), 1);
    let tidied = services::tidy(&app.ctx).await;
    assert!(tidied.contains(&("account", 1)), "{tidied:?}");
    assert!(is_deleted(&app, &actor).await);
    assert!(services::tidy(&app.ctx).await.contains(&("account", 0)));
}

/// Every place in the database that has a text: its table and column.
async fn places_of(app: &TestApp, text: &str) -> Vec<String> {
    let backend = app.db.get_database_backend();
    let columns = match backend {
        DbBackend::Postgres => {
            "select quote_ident(table_schema) || '.' || quote_ident(table_name) as t, \
             quote_ident(column_name) as c, data_type = 'bytea' as b \
             from information_schema.columns where table_schema in ('public', 'apalis') \
             and data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea', 'date')"
        }
        _ => {
            "select m.name as t, p.name as c, p.type = 'BLOB' as b \
             from sqlite_master m, pragma_table_info(m.name) p where m.type = 'table'"
        }
    };
    let rows = app
        .db
        .query_all_raw(Statement::from_string(backend, columns));
    let mut found = Vec::new();
    for row in rows.await.unwrap() {
        let (table, column): (String, String) =
            (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap());
        let is_bytes: bool = row.try_get("", "b").unwrap();
        let words = match backend {
            DbBackend::Postgres if is_bytes => format!("encode({column}, 'escape')"),
            DbBackend::Postgres => format!("{column}::text"),
            _ => format!("cast(\"{column}\" as text)"),
        };
        let sql = format!("select 1 as one from {table} where {words} like '%{text}%' limit 1");
        let hit = app
            .db
            .query_one_raw(Statement::from_string(backend, sql))
            .await;
        if hit.unwrap().is_some() {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

/// A family that left its address wherever it can.
async fn family_that_is_known_everywhere(app: &TestApp) -> Actor {
    let lab = app.lab("Inviting").await;
    let boss = app
        .researcher("boss@example.org", lab, LabRole::Admin)
        .await;
    labs::invite(&app.ctx, &boss, lab, "ada@example.org", LabRole::Guest)
        .await
        .unwrap();
    let (actor, ..) = family_that_took_part(app).await;
    accounts::request_reset(&app.ctx, "ada@example.org", &Client::default())
        .await
        .unwrap();
    let again = accounts::request_email_change(
        &app.ctx,
        &actor,
        "ada.lovelace@example.org",
        secret(PASSWORD),
    );
    again.await.unwrap();
    jobs::drain(&app.ctx).await.unwrap();
    actor
}

#[apply(on_both_databases!)]
async fn no_address_no_name_and_no_birthday_is_left_of_an_account_that_ended(app: TestApp) {
    let actor = family_that_is_known_everywhere(&app).await;
    assert!(
        places_of(&app, "ada@example").await.len() > 2,
        "the search finds what is there"
    );
    assert_ne!(places_of(&app, "ada.lovelace@").await, [""; 0]);
    for there in ["Sam", "2024-01-17", "2021-05-06"] {
        assert_ne!(places_of(&app, there).await, [""; 0], "{there}");
    }
    request(&app, &actor, PASSWORD).await.unwrap();
    app.clock.advance(DELETION_WAIT);
    jobs::drain(&app.ctx).await.unwrap();
    let farewell: Vec<String> = places_of(&app, "ada@example").await;
    assert_eq!(
        farewell.len(),
        1,
        "only the email that says so: {farewell:?}"
    );
    assert!(farewell[0].ends_with("email.email"));
    for gone in ["ada.lovelace@", "Sam", "Kim", "2024-01-17", "2021-05-06"] {
        assert_eq!(places_of(&app, gone).await, [""; 0], "{gone}");
    }
    app.clock.advance(Duration::days(31));
    services::tidy(&app.ctx).await;
    assert_eq!(places_of(&app, "ada@example").await, [""; 0]);
}

#[apply(on_both_databases!)]
async fn no_exact_birthday_outlives_an_account(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let (actor, sam) = app.family_with_child("ada@example.org", "2024-03-05").await;
    let household = DemographicsForm {
        number_of_children: "1".into(),
        child_birthdays: "2024-03-05, 2021-07-09".into(),
        ..DemographicsForm::default()
    };
    app.clock.advance(Duration::minutes(1));
    families::save_demographics(&app.ctx, &actor, &household)
        .await
        .unwrap();
    let (started, run) = app.run(&actor, study, sam).await;
    let exit = serde_json::json!({"frameType": "EXIT", "birthDate": "2024-03-06T00:00:00Z"});
    responses::append(&app.ctx, &run, &[frame(1, "0-one", exit)])
        .await
        .unwrap();
    let age = app.response_row(started.response).await.age_rounded;
    request(&app, &actor, PASSWORD).await.unwrap();
    app.clock.advance(Duration::days(15));
    jobs::drain(&app.ctx).await.unwrap();
    let child = child::Entity::find_by_id(sam).one(&app.db).await.unwrap();
    assert_eq!(child.unwrap().birthday.to_string(), "2024-01-01");
    let rows = demographic_snapshot::Entity::find().all(&app.db).await;
    let rows = rows.unwrap();
    assert_eq!(rows.len(), 1, "the one that the response points at");
    assert!(rows[0].answers.contains(r#"["2024-01-01","2021-01-01"]"#));
    let stored = response_frame::Entity::find().all(&app.db).await.unwrap();
    assert!(!stored[0].data.contains("2024"));
    let kept = app.response_row(started.response).await.age_rounded;
    assert_eq!((kept, age), (990, 990));
}
