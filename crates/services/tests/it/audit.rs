use domain::audit::{Anchor, AuditRecord, ChainFault, GENESIS};
use domain::labs::LabRole;
use domain::studies::StudyRole;
use entities::{audit_entry, audit_head};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
};
use services::accounts::{self, Client, TokenForm};
use services::audit::{self, Chain};
use services::paging::Paging;
use services::studies::people;
use services::{Error, labs, studies};

use crate::support::{TestApp, on_both_databases};

const PAGE: Paging = Paging { page: 1, size: 50 };

#[apply(on_both_databases!)]
async fn entries_follow_each_other_and_a_change_is_found(app: TestApp) {
    for number in 0..5 {
        app.family(&format!("f{number}@example.org")).await;
    }
    assert_eq!(audit::verify(&app.ctx, &[]).await.unwrap(), Chain::Whole(5));
    let tamper = async |sql: &str| app.db.execute_unprepared(sql).await;
    assert!(
        tamper("update audit_entry set detail = 'x'").await.is_err(),
        "the database refuses"
    );
    assert!(
        tamper("delete from audit_entry where number = 3")
            .await
            .is_err()
    );
    let off = match app.db.get_database_backend() {
        DbBackend::Postgres => "alter table audit_entry disable trigger all",
        _ => "drop trigger audit_entry_no_update",
    };
    tamper(off).await.unwrap();
    tamper("update audit_entry set detail = 'x' where number = 3")
        .await
        .unwrap();
    assert_eq!(
        audit::verify(&app.ctx, &[]).await.unwrap(),
        Chain::Broken {
            number: 3,
            fault: ChainFault::Changed
        }
    );
    tamper("update audit_entry set detail = 'family' where number = 3")
        .await
        .unwrap();
    assert_eq!(audit::verify(&app.ctx, &[]).await.unwrap(), Chain::Whole(5));
    if app.db.get_database_backend() != DbBackend::Postgres {
        tamper("drop trigger audit_entry_no_delete").await.unwrap();
    }
    tamper("delete from audit_entry where number = 5")
        .await
        .unwrap();
    assert!(
        matches!(
            audit::verify(&app.ctx, &[]).await.unwrap(),
            Chain::Broken {
                number: 5,
                fault: ChainFault::CutOff
            }
        ),
        "a missing end is noticed too"
    );
}

/// Switches off what keeps the audit from being changed, as somebody could who owns the database.
async fn unguard(app: &TestApp) {
    let off: &[&str] = match app.db.get_database_backend() {
        DbBackend::Postgres => &["alter table audit_entry disable trigger all"],
        _ => &[
            "drop trigger audit_entry_no_update",
            "drop trigger audit_entry_no_delete",
        ],
    };
    for sql in off {
        app.db.execute_unprepared(sql).await.unwrap();
    }
}

/// Changes an entry and gives it and all that follow plain hashes that fit, as anybody can.
async fn write_anew(app: &TestApp, from: i64) {
    let rows = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Number);
    let mut previous = GENESIS.to_owned();
    for row in rows.all(&app.db).await.unwrap() {
        let mut record = record(&row);
        if row.number < from {
            previous = row.hash;
            continue;
        }
        record.detail = "nothing happened".into();
        let hash = record.plain_hash(&previous);
        let changed = audit_entry::ActiveModel {
            id: Set(row.id),
            detail: Set(record.detail),
            previous_hash: Set(previous),
            hash: Set(hash.clone()),
            ..Default::default()
        };
        changed.update(&app.db).await.unwrap();
        previous = hash;
    }
    set_head(app, None, &previous).await;
}

fn record(row: &audit_entry::Model) -> AuditRecord {
    AuditRecord {
        number: row.number,
        at: row.at,
        actor: row.actor_id,
        action: row.action,
        account: row.account_id,
        lab: row.lab_id,
        study: row.study_id,
        detail: row.detail.clone(),
        address: row.address.clone(),
    }
}

async fn set_head(app: &TestApp, number: Option<i64>, hash: &str) {
    let mut head = audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Hash, Expr::value(hash.to_owned()));
    if let Some(number) = number {
        head = head.col_expr(audit_head::Column::Number, Expr::value(number));
    }
    head.exec(&app.db).await.unwrap();
}

#[apply(on_both_databases!)]
async fn who_does_not_know_the_secret_can_not_write_the_chain_anew(app: TestApp) {
    for number in 0..4 {
        app.family(&format!("f{number}@example.org")).await;
    }
    unguard(&app).await;
    write_anew(&app, 3).await;
    assert_eq!(
        audit::verify(&app.ctx, &[]).await.unwrap(),
        Chain::Broken {
            number: 3,
            fault: ChainFault::Unkeyed
        }
    );
    write_anew(&app, 1).await;
    assert_eq!(
        audit::verify(&app.ctx, &[]).await.unwrap(),
        Chain::Unkeyed(4)
    );
    app.family("later@example.org").await;
    assert_eq!(
        audit::verify(&app.ctx, &[]).await.unwrap(),
        Chain::Whole(5),
        "as on a site from before hashes were keyed"
    );
    write_anew(&app, 1).await;
    assert_eq!(
        audit::verify(&app.ctx, &[]).await.unwrap(),
        Chain::Unkeyed(5)
    );
}

/// Cuts off every entry after a number, and moves the remembered end there.
async fn cut_after(app: &TestApp, number: i64) {
    audit_entry::Entity::delete_many()
        .filter(audit_entry::Column::Number.gt(number))
        .exec(&app.db)
        .await
        .unwrap();
    let last = audit_entry::Entity::find().filter(audit_entry::Column::Number.eq(number));
    let hash = last.one(&app.db).await.unwrap().unwrap().hash;
    set_head(app, Some(number), &hash).await;
}

#[apply(on_both_databases!)]
async fn an_anchor_holds_the_end(app: TestApp) {
    for number in 0..4 {
        app.family(&format!("f{number}@example.org")).await;
    }
    let end = audit::head(&app.ctx).await.unwrap().unwrap();
    assert_eq!(end.number, 4);
    let verify = async |anchor: &Anchor| {
        audit::verify(&app.ctx, std::slice::from_ref(anchor))
            .await
            .unwrap()
    };
    app.family("later@example.org").await;
    assert_eq!(verify(&end).await, Chain::Whole(5));
    unguard(&app).await;
    cut_after(&app, 2).await;
    assert_eq!(audit::verify(&app.ctx, &[]).await.unwrap(), Chain::Whole(2));
    let broken = |number, fault| Chain::Broken { number, fault };
    assert_eq!(verify(&end).await, broken(3, ChainFault::CutOff));
    for number in 0..3 {
        app.family(&format!("again{number}@example.org")).await;
    }
    assert_eq!(audit::verify(&app.ctx, &[]).await.unwrap(), Chain::Whole(5));
    assert_eq!(verify(&end).await, broken(4, ChainFault::NotAnchored));
}

#[apply(on_both_databases!)]
async fn many_at_once_make_one_chain(app: TestApp) {
    let lab = app.lab("Lab").await;
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    let mut asking = Vec::new();
    for number in 0..8 {
        asking.push(
            app.person(
                &format!("r{number}@example.org"),
                domain::accounts::Powers {
                    is_researcher: true,
                    ..Default::default()
                },
            )
            .await,
        );
    }
    let done = futures::future::join_all(
        asking
            .iter()
            .map(|actor| labs::request_join(&app.ctx, actor, lab)),
    )
    .await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert!(admin.person().is_some());
    assert_eq!(
        audit::verify(&app.ctx, &[]).await.unwrap(),
        Chain::Whole(9 + 8)
    );
}

#[apply(on_both_databases!)]
async fn a_studys_admins_see_theirs_and_staff_see_all(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let boss = app
        .researcher("boss@example.org", lab, LabRole::Guest)
        .await;
    app.study_role(&boss, study, StudyRole::Admin).await;
    let analyst = app.researcher("an@example.org", lab, LabRole::Guest).await;
    let id = analyst.person().unwrap().account;
    people::add(&app.ctx, &boss, study, id, StudyRole::Analysis)
        .await
        .unwrap();
    let seen = audit::of_study(&app.ctx, &boss, study, PAGE).await.unwrap();
    assert_eq!(
        (
            seen.total,
            seen.entries[0].actor.as_str(),
            seen.entries[0].account.as_str(),
            seen.entries[0].detail.as_str()
        ),
        (1, "boss Person", "an Person", "analysis")
    );
    assert!(matches!(
        audit::of_study(&app.ctx, &analyst, study, PAGE).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        audit::all(&app.ctx, &boss, None, PAGE).await,
        Err(Error::Denied)
    ));
    let staff = app.staff().await;
    assert!(
        audit::all(&app.ctx, &staff, None, PAGE)
            .await
            .unwrap()
            .total
            >= 4
    );
    let one = audit::all(
        &app.ctx,
        &staff,
        Some(analyst.person().unwrap().account),
        PAGE,
    )
    .await
    .unwrap();
    assert_eq!(one.total, 2, "made, and added");
}

#[apply(on_both_databases!)]
async fn a_program_reads_no_audit_whatever_its_owner_may(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Study", |_| ()).await;
    let boss = app
        .researcher("boss@example.org", lab, LabRole::Guest)
        .await;
    app.study_role(&boss, study, StudyRole::Admin).await;
    let form = TokenForm {
        name: "laptop".into(),
        scopes: vec!["read_studies".into()],
        days: "30".into(),
    };
    let token = accounts::create_token(&app.ctx, &boss, &form)
        .await
        .unwrap();
    let program = accounts::recognise_token(&app.ctx, &token, &Client::default())
        .await
        .unwrap();
    studies::find_of_lab(&app.ctx, &program, study)
        .await
        .unwrap();
    assert!(matches!(
        audit::of_study(&app.ctx, &program, study, PAGE).await,
        Err(Error::Denied)
    ));
}
