use http::StatusCode;
use macro_rules_attribute::apply;
use services::demo::{FAMILY, STAFF};

use crate::support::{after, on_a_site};

#[apply(on_a_site!)]
async fn staff_find_an_account_and_the_audit_tells_of_it(site: TestSite) {
    let staff = site.sign_in(STAFF).await;
    let found = site
        .get("/staff/accounts?search=family%40demo", &staff)
        .await
        .body;
    let account = after(&found, "href=\"/staff/accounts/").to_owned();
    let page = site
        .get(&format!("/staff/accounts/{account}"), &staff)
        .await
        .body;
    assert!(
        page.contains(FAMILY.email) && !page.contains("Robin"),
        "no names of children"
    );
    let family = site.sign_in(FAMILY).await;
    let done = site
        .post(
            &format!("/staff/accounts/{account}"),
            &staff,
            &[("act", "deactivate"), ("reason", "asked for it")],
        )
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(
        site.get("/account", &family).await.status,
        StatusCode::FOUND,
        "signed out at once"
    );
    let audit = site.get("/staff/audit", &staff).await.body;
    assert!(
        audit.contains("deactivated")
            && audit.contains("asked for it")
            && audit.contains("Sam Staff")
    );
}
