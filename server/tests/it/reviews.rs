use domain::studies::StudyState;
use entities::study;
use http::StatusCode;
use macro_rules_attribute::apply;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::demo::{RESEARCHER, STAFF};

use crate::support::{after, on_a_site};

#[apply(on_a_site!)]
async fn the_second_page_of_a_filtered_queue_is_filtered_too(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let page = site.get("/exp/studies/create", &researcher).await;
    let lab = page
        .body
        .split("<option value=\"")
        .map(|rest| rest.split('"').next().unwrap())
        .find(|value| value.len() == 36)
        .unwrap()
        .to_owned();
    let names = (1..=26).map(|number| (format!("Owl {number}"), "jspsych"));
    let names = names.chain([
        ("Owl of another kind".to_owned(), "frame_player"),
        ("Badger".to_owned(), "jspsych"),
    ]);
    for (name, kind) in names {
        let form = [("name", name.as_str()), ("lab", &lab), ("kind", kind)];
        let made = site.post("/exp/studies/create", &researcher, &form).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{name}");
    }
    study::Entity::update_many()
        .col_expr(study::Column::State, Expr::value(StudyState::Submitted))
        .filter(study::Column::State.eq(StudyState::Created))
        .exec(&site.db)
        .await
        .unwrap();
    let staff = site.sign_in(STAFF).await;
    let link = |page: &str, rel: &str| {
        after(page, &format!("rel=\"{rel}\" href=\"")).replace("&amp;", "&")
    };
    let count = |page: &str| {
        let owls = page.matches(">Owl ").count();
        assert!(!page.contains("Badger") && !page.contains("another kind"));
        owls
    };
    let query = "search=owl&kind=jspsych&declared=no";
    let first = site
        .get(&format!("/staff/studies?{query}"), &staff)
        .await
        .body;
    assert_eq!(count(&first), 25);
    assert_eq!(
        link(&first, "next"),
        format!("/staff/studies?{query}&page=2")
    );
    let second = site.get(&link(&first, "next"), &staff).await.body;
    assert_eq!(count(&second), 1);
    assert!(second.contains("Page 2 of 2, 26 in total"));
    assert_eq!(
        link(&second, "prev"),
        format!("/staff/studies?{query}&page=1")
    );
}
