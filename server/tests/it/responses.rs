//! Responses that are given on other sites, and the file in which researchers take all of them
//! away.

use axum::body::Body;
use domain::studies::{StudyId, StudyKind};
use entities::response;
use http::header::{AUTHORIZATION, HOST};
use http::{Request, StatusCode};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{Answer, SITE, TestSite, after, between, on_a_site};

const NAME: &str = "Animals, real and invented";

/// A demo study that is on another site.
pub async fn external_study(site: &TestSite, url: &str) -> StudyId {
    let id = site.study(NAME).await.id;
    site.change_study(id, |study, content| {
        study.kind = Set(StudyKind::External);
        url.clone_into(&mut content.design.external.url);
    })
    .await;
    id
}

/// Begins it for the first child of a family.
pub async fn start(site: &TestSite, study: StudyId, family: &str) -> Answer {
    let page = site.get(&format!("/studies/{study}"), family).await.body;
    let (_, field) = page.split_once("name=\"child\"").unwrap();
    let form = [("child", after(field, "value=\""))];
    site.post(&format!("/studies/{study}/start"), family, &form)
        .await
}

pub async fn only_response(site: &TestSite) -> response::Model {
    response::Entity::find()
        .one(&site.db)
        .await
        .unwrap()
        .unwrap()
}

#[apply(on_a_site!)]
async fn an_external_study_leads_away_and_back(site: TestSite) {
    let id = external_study(&site, "https://survey.example/form?q=1").await;
    let family = site.sign_in(FAMILY).await;
    let away = start(&site, id, &family).await;
    assert_eq!(away.status, StatusCode::OK);
    assert!(
        away.body
            .contains("https://survey.example/form?q=1&amp;child=")
            && away.body.contains("On to the study")
    );
    assert_eq!(
        site.get("/studies/leave", &family).await.status,
        StatusCode::NOT_FOUND,
        "nobody else's address can be put there"
    );
    let link = between(&away.body, "lookit_return=", "\"")
        .split('&')
        .next()
        .unwrap()
        .replace("%3A", ":")
        .replace("%2F", "/");
    let (_, path) = link.split_once(SITE).unwrap();
    let back = site.get(path, "").await;
    assert_eq!(
        (back.status, back.location()),
        (StatusCode::SEE_OTHER, "/studies/history?done=external")
    );
    assert!(only_response(&site).await.is_completed);
    assert_eq!(
        site.get("/studies/return/nonsense", "").await.location(),
        "/studies/history"
    );
    assert!(
        site.get("/studies/history", &family)
            .await
            .body
            .contains(NAME)
    );
}

#[apply(on_a_site!)]
async fn another_sites_server_may_report(site: TestSite) {
    let id = external_study(&site, "https://survey.example/").await;
    let family = site.sign_in(FAMILY).await;
    start(&site, id, &family).await;
    let response = only_response(&site).await.id;
    let body = format!("{{\"response\": \"{response}\"}}");
    let time = site.ctx.now().timestamp();
    let secret = services::responses::webhook_secret(&site.ctx, id)
        .await
        .unwrap();
    let mac = adapters::keys::hmac_hex(&secret, &format!("{time}.{body}")).unwrap();
    let report = async |body: String| {
        let request = Request::post(format!("/hooks/external/{id}"))
            .header(HOST, SITE)
            .header("x-lookit-signature", format!("t={time},v1={mac}"));
        site.send(request.body(Body::from(body)).unwrap()).await
    };
    let changed = report(body.replace('{', "{ ")).await;
    assert_eq!(
        changed.status,
        StatusCode::UNAUTHORIZED,
        "a changed message"
    );
    assert!(
        changed.body.contains("\"error\":\"signature\""),
        "{}",
        changed.body
    );
    for _ in 0..2 {
        let told = report(body.clone()).await;
        assert_eq!(told.status, StatusCode::NO_CONTENT, "told twice, done once");
    }
    assert!(only_response(&site).await.is_completed);
    let researcher = site.sign_in(RESEARCHER).await;
    let design = site
        .get(&format!("/exp/studies/{id}/design"), &researcher)
        .await
        .body;
    assert!(design.contains(&secret) && design.contains(&format!("/hooks/external/{id}")));
}

#[apply(on_a_site!)]
async fn another_sites_page_may_not_change_anything(site: TestSite) {
    let id = site.study(NAME).await.id;
    let family = site.sign_in(FAMILY).await;
    let foreign = Request::post(format!("/exp/studies/{id}/state"))
        .header(HOST, SITE)
        .header("cookie", &family)
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("transition=archive"))
        .unwrap();
    assert_eq!(site.send(foreign).await.status, StatusCode::FORBIDDEN);
}

#[apply(on_a_site!)]
async fn a_program_downloads_with_a_token_and_opens_no_page(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let study = site.study_path("The cat who wanted the moon").await;
    let made = site
        .post(
            "/account/tokens",
            &researcher,
            &[
                ("name", "laptop"),
                ("scopes", "read_responses"),
                ("days", "7"),
            ],
        )
        .await;
    let (_, shown) = made.body.split_once("id=\"new-token\"").unwrap();
    let token = between(shown, ">", "<").to_owned();
    assert!(
        !site
            .get("/account/tokens", &researcher)
            .await
            .body
            .contains(&token),
        "shown once"
    );
    let ask = async |path: &str, token: &str| {
        let request = Request::get(path)
            .header(HOST, SITE)
            .header(AUTHORIZATION, format!("Bearer {token}"));
        site.send(request.body(Body::empty()).unwrap()).await
    };
    let file = ask(&format!("/exp{study}/responses.json"), &token).await;
    assert_eq!(
        (file.status, file.body.as_str()),
        (StatusCode::OK, "[\n]\n")
    );
    assert_eq!(
        ask(&format!("/exp{study}/responses.json"), "wrong")
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    for page in [
        "/account",
        "/account/tokens",
        "/exp/labs",
        "/exp/studies",
        "/exp/participants",
    ] {
        assert_eq!(
            ask(page, &token).await.status,
            StatusCode::FORBIDDEN,
            "{page}"
        );
    }
}
