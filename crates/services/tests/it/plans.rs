//! Pages look at their own rows and no others, however many there are: PostgreSQL tells how it
//! found them.

use chrono::Duration;
use domain::labs::LabRole;
use domain::responses::ResponseId;
use domain::studies::{StudyId, StudyRole};
use entities::{child, response, study_count};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;
use services::paging::Paging;
use services::responses::{self, ResponseFilter, Sort};
use services::{Actor, studies};

use crate::support::plans::visits;
use crate::support::{TestApp, frame, on_postgres};

const RESPONSES: u32 = 4000;
const PAGE: Paging = Paging { page: 1, size: 20 };
/// Most rows of a large table that one statement may look at.
const MOST: f64 = 200.0;
/// Tables that grow with the families.
const LARGE: [&str; 5] = [
    "account",
    "audit_entry",
    "child",
    "response",
    "response_frame",
];

struct Site {
    study: StudyId,
    one: ResponseId,
    reader: Actor,
    family: Actor,
}

/// A study with thousands of responses, all copies of one.
async fn site(app: &TestApp) -> Site {
    let lab = app.lab("Lab").await;
    let study = app.study(lab, "Cats", |_| ()).await;
    let reader = app.researcher("r@example.org", lab, LabRole::Admin).await;
    app.study_role(&reader, study, StudyRole::Admin).await;
    let (family, child) = app.family_with_child("a@example.org", "2024-01-01").await;
    let (begun, run) = app.run(&family, study, child).await;
    let entry = frame(1, "0-one", json!({}));
    responses::append(&app.ctx, &run, &[entry]).await.unwrap();
    copy(app, begun.response).await;
    Site {
        study,
        one: begun.response,
        reader,
        family,
    }
}

/// Copies a response again and again, each of a child of an account that has nothing else.
async fn copy(app: &TestApp, id: ResponseId) {
    let db = &app.db;
    let row = response::Entity::find_by_id(id)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let of = child::Entity::find_by_id(row.child_id)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let (elsewhere, _) = app.family_with_child("b@example.org", "2024-01-01").await;
    let account = elsewhere.person().unwrap().account;
    let (mut children, mut responses) = (Vec::new(), Vec::new());
    for number in 0..RESPONSES {
        let mut one = of.clone().into_active_model().reset_all();
        one.id = Set(domain::families::ChildId(app.ctx.uuid().unwrap()));
        one.account_id = Set(account);
        let mut copy = row.clone().into_active_model().reset_all();
        copy.id = Set(ResponseId(app.ctx.uuid().unwrap()));
        copy.child_id = one.id.clone();
        copy.account_id = Set(account);
        copy.created_at = Set(row.created_at - Duration::minutes(i64::from(number) + 1));
        copy.frame_count = Set(i32::try_from(number % 50).unwrap());
        copy.is_completed = Set(number % 3 == 0);
        children.push(one);
        responses.push(copy);
    }
    for part in children.chunks(500) {
        let insert = child::Entity::insert_many(part.to_vec());
        insert.exec_without_returning(db).await.unwrap();
    }
    for part in responses.chunks(500) {
        let insert = response::Entity::insert_many(part.to_vec());
        insert.exec_without_returning(db).await.unwrap();
    }
    let all = i32::try_from(RESPONSES + 1).unwrap();
    study_count::Entity::update_many()
        .col_expr(study_count::Column::Responses, Expr::value(all))
        .filter(study_count::Column::StudyId.eq(row.study_id))
        .exec(db)
        .await
        .unwrap();
    db.execute_unprepared("vacuum analyze").await.unwrap();
}

/// Fails where a page looks at more of a large table than it shows.
async fn stays_small(app: &TestApp, page: &str, work: impl Future<Output = ()>) {
    let statements = app.asked.during(work).await;
    assert!(!statements.is_empty(), "{page} asks nothing");
    for statement in statements {
        let sql = statement.sql.trim_start().to_lowercase();
        if !sql.starts_with("select") || sql.contains(" for ") {
            continue;
        }
        for visit in visits(&app.db, &statement).await {
            let is_large = LARGE.contains(&visit.table.as_str());
            assert!(
                !is_large || visit.rows <= MOST,
                "{page}: {} {} in {}: {}",
                visit.by,
                visit.rows,
                visit.table,
                statement.sql
            );
        }
    }
}

#[apply(on_postgres!)]
async fn pages_look_at_few_rows(app: TestApp) {
    let site = site(&app).await;
    let (ctx, reader, study) = (&app.ctx, &site.reader, site.study);
    for sort in [
        Sort::Newest,
        Sort::Oldest,
        Sort::MostFrames,
        Sort::FewestFrames,
    ] {
        for is_completed in [None, Some(true), Some(false)] {
            // Two conditions and an order by a third column: there is no index for each of these.
            if is_completed.is_some() && matches!(sort, Sort::MostFrames | Sort::FewestFrames) {
                continue;
            }
            let filter = ResponseFilter {
                sort,
                is_completed,
                ..ResponseFilter::default()
            };
            let list = async {
                let found = responses::list(ctx, reader, study, &filter, PAGE).await;
                assert_eq!(found.unwrap().1.entries.len(), 20);
            };
            stays_small(&app, &format!("responses, {filter:?}"), list).await;
        }
    }
    let one = async {
        responses::find(ctx, reader, site.one, PAGE).await.unwrap();
    };
    Box::pin(stays_small(&app, "one response", one)).await;
    let past = async {
        responses::past(ctx, &site.family, PAGE).await.unwrap();
    };
    stays_small(&app, "past studies", past).await;
    let list = async {
        studies::list(ctx, &site.family, &studies::StudyFilter::default())
            .await
            .unwrap();
        studies::find(ctx, &site.family, study).await.unwrap();
    };
    stays_small(&app, "what families find", list).await;
    let desk = async {
        studies::find_of_lab(ctx, reader, study).await.unwrap();
        studies::design(ctx, reader, study).await.unwrap();
        studies::review(ctx, reader, study).await.unwrap();
    };
    Box::pin(stays_small(&app, "a study's pages", desk)).await;
}
