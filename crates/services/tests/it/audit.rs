use domain::labs::LabRole;
use domain::studies::StudyRole;
use macro_rules_attribute::apply;
use sea_orm::{ConnectionTrait, DbBackend};
use services::audit::{self, Chain};
use services::paging::Paging;
use services::studies::people;
use services::{Error, labs};

use crate::support::on_both_databases;

const PAGE: Paging = Paging { page: 1, size: 50 };

#[apply(on_both_databases!)]
async fn entries_follow_each_other_and_a_change_is_found(app: TestApp) {
    for number in 0..5 {
        app.family(&format!("f{number}@example.org")).await;
    }
    assert_eq!(audit::verify(&app.ctx).await.unwrap(), Chain::Whole(5));
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
        audit::verify(&app.ctx).await.unwrap(),
        Chain::Broken {
            number: 3,
            reason: "it was changed".into()
        }
    );
    tamper("update audit_entry set detail = 'family' where number = 3")
        .await
        .unwrap();
    assert_eq!(audit::verify(&app.ctx).await.unwrap(), Chain::Whole(5));
    if app.db.get_database_backend() != DbBackend::Postgres {
        tamper("drop trigger audit_entry_no_delete").await.unwrap();
    }
    tamper("delete from audit_entry where number = 5")
        .await
        .unwrap();
    assert!(
        matches!(
            audit::verify(&app.ctx).await.unwrap(),
            Chain::Broken { number: 5, .. }
        ),
        "a missing end is noticed too"
    );
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
    assert_eq!(audit::verify(&app.ctx).await.unwrap(), Chain::Whole(9 + 8));
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
