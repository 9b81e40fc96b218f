//! Writing and running studies, through the router.

use domain::studies::{StudyKind, StudyState};
use entities::study;
use http::StatusCode;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use services::demo::{FAMILY, RESEARCHER};

use crate::support::TestSite;

async fn studies(site: &TestSite) -> Vec<study::Model> {
    study::Entity::find().all(&site.ctx.db).await.unwrap()
}

#[tokio::test]
async fn a_study_is_made_with_a_name_and_written_with_all_that_was_typed_kept() {
    let site = TestSite::new().await;
    let researcher = site.sign_in(RESEARCHER).await;
    let page = site.get("/exp/studies/create", &researcher).await;
    let lab = page
        .body
        .split("<option value=\"")
        .map(|rest| rest.split('"').next().unwrap())
        .find(|value| value.len() == 36)
        .unwrap()
        .to_owned();
    let refused = site
        .post(
            "/exp/studies/create",
            &researcher,
            &[("name", " "), ("lab", &lab), ("kind", "jspsych")],
        )
        .await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY
            && refused.body.contains("Please fill in")
    );
    let made = site
        .post(
            "/exp/studies/create",
            &researcher,
            &[("name", "Owls"), ("lab", &lab), ("kind", "jspsych")],
        )
        .await;
    let path = made.location().split('?').next().unwrap().to_owned();
    let bad = [
        ("name", "Owls & co"),
        ("criteria_expression", "speaks_en AND deef"),
        ("min_age_years", "4"),
        ("max_age_years", "3"),
        ("purpose", "Because </textarea><b>owls"),
    ];
    let refused = site.post(&format!("{path}/edit"), &researcher, &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = refused
        .body
        .split("name=\"purpose\"")
        .nth(1)
        .unwrap()
        .split("</textarea>")
        .next()
        .unwrap();
    assert!(
        kept.ends_with(">\nBecause &lt;/textarea&gt;&lt;b&gt;owls"),
        "{kept}"
    );
    assert!(
        refused.body.contains("at character 15")
            && refused
                .body
                .contains("The youngest age (1460 days) is above the oldest (1095 days)")
    );
    // A protocol of five megabytes is refused by name, and sent back whole.
    let large = "x".repeat(5_000_000);
    let refused = site
        .post(
            &format!("{path}/design"),
            &researcher,
            &[("experiment", &large)],
        )
        .await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY
            && refused.body.contains("The experiment has 5000000 bytes")
            && refused.body.len() > 5_000_000
    );
    let renamed = site
        .post(
            &format!("{path}/edit"),
            &researcher,
            &[
                ("base", "1"),
                ("name", "</title></script><b>Owls</b>"),
                ("priority", "1"),
            ],
        )
        .await;
    assert!(
        renamed.location().ends_with("done=saved"),
        "{}",
        renamed.location()
    );
    assert!(
        !site.get(&path, &researcher).await.body.contains("<b>Owls"),
        "a name stays a name, in the title too"
    );
    let saved = site
        .post(
            &format!("{path}/design"),
            &researcher,
            &[("base", "2"), ("experiment", "\nvar a = 1 < 2;")],
        )
        .await;
    assert!(
        saved.location().ends_with("done=saved"),
        "{}",
        saved.location()
    );
    let page = site.get(&format!("{path}/design"), &researcher).await.body;
    assert!(
        page.contains(">\n\nvar a = 1 &lt; 2;</textarea>"),
        "not even the first line break is lost"
    );
    let conflict = site
        .post(
            &format!("{path}/design"),
            &researcher,
            &[("base", "2"), ("experiment", "mine")],
        )
        .await;
    assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        conflict.body.contains("saved version 3 meanwhile")
            && conflict.body.contains(">\nmine</textarea>")
            && conflict
                .body
                .contains("name=\"base\" id=\"base\" value=\"3\"")
    );
}

#[tokio::test]
async fn the_design_page_alone_may_show_the_preview_in_a_frame() {
    let site = TestSite::new().await;
    let researcher = site.sign_in(RESEARCHER).await;
    let study = site.study_path("The cat who wanted the moon").await;
    let design = site.get(&format!("/exp{study}/design"), &researcher).await;
    assert!(
        design
            .header("content-security-policy")
            .contains("frame-src http://run.localhost:8080;")
    );
    assert!(
        design.body.contains("exp-lookit-instructions") && design.body.contains("/pkg/editor.js")
    );
    let other = site.get(&format!("/exp{study}"), &researcher).await;
    assert!(
        !other
            .header("content-security-policy")
            .contains("frame-src")
            && !other.body.contains("/pkg/editor.js")
    );
    assert!(
        !site.get("/studies", "").await.body.contains("/pkg/editor"),
        "families load nothing of it"
    );
}

#[tokio::test]
async fn an_external_study_leads_away_and_back() {
    let site = TestSite::new().await;
    let id = studies(&site)
        .await
        .into_iter()
        .find(|row| row.name == "Animals, real and invented")
        .unwrap()
        .id;
    site.change_study(id, |study, content| {
        study.kind = Set(StudyKind::External);
        content.design.external.url = "https://survey.example/form?q=1".into();
    })
    .await;
    let family = site.sign_in(FAMILY).await;
    let page = site.get(&format!("/studies/{id}"), &family).await.body;
    let child = page
        .split("name=\"child\"")
        .nth(1)
        .unwrap()
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let away = site
        .post(
            &format!("/studies/{id}/start"),
            &family,
            &[("child", &child)],
        )
        .await;
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
    let link = away
        .body
        .split("lookit_return=")
        .nth(1)
        .unwrap()
        .split(['"', '&'])
        .next()
        .unwrap()
        .replace("%3A", ":")
        .replace("%2F", "/");
    let path = link.split("localhost:8080").nth(1).unwrap().to_owned();
    let back = site.get(&path, "").await;
    assert_eq!(
        (back.status, back.location()),
        (StatusCode::SEE_OTHER, "/studies/history?done=external")
    );
    let row = entities::response::Entity::find()
        .one(&site.ctx.db)
        .await
        .unwrap()
        .unwrap();
    assert!(row.is_completed);
    assert_eq!(
        site.get("/studies/return/nonsense", "").await.location(),
        "/studies/history"
    );
    assert!(
        site.get("/studies/history", &family)
            .await
            .body
            .contains("Animals, real and invented")
    );
}

#[tokio::test]
async fn nobody_starts_a_study_past_its_state() {
    let site = TestSite::new().await;
    let id = studies(&site)
        .await
        .into_iter()
        .find(|row| row.name == "Animals, real and invented")
        .unwrap()
        .id;
    study::ActiveModel {
        id: Set(id),
        state: Set(StudyState::Created),
        ..Default::default()
    }
    .update(&site.ctx.db)
    .await
    .unwrap();
    let researcher = site.sign_in(RESEARCHER).await;
    for transition in ["approve", "activate", "to_active", "reject", "Approve", ""] {
        let refused = site
            .post(
                &format!("/exp/studies/{id}/state"),
                &researcher,
                &[("transition", transition), ("comment", "x")],
            )
            .await;
        assert!(
            refused.status.is_client_error(),
            "{transition}: {}",
            refused.status
        );
    }
    assert_eq!(
        study::Entity::find_by_id(id)
            .one(&site.ctx.db)
            .await
            .unwrap()
            .unwrap()
            .state,
        StudyState::Created
    );
}

#[tokio::test]
async fn another_sites_server_may_report_and_another_sites_page_may_not() {
    use axum::body::Body;
    use http::Request;
    use http::header::HOST;
    let site = TestSite::new().await;
    let id = studies(&site)
        .await
        .into_iter()
        .find(|row| row.name == "Animals, real and invented")
        .unwrap()
        .id;
    site.change_study(id, |study, content| {
        study.kind = Set(StudyKind::External);
        content.design.external.url = "https://survey.example/".into();
    })
    .await;
    let family = site.sign_in(FAMILY).await;
    let page = site.get(&format!("/studies/{id}"), &family).await.body;
    let child = page
        .split("name=\"child\"")
        .nth(1)
        .unwrap()
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    site.post(
        &format!("/studies/{id}/start"),
        &family,
        &[("child", &child)],
    )
    .await;
    let response = entities::response::Entity::find()
        .one(&site.ctx.db)
        .await
        .unwrap()
        .unwrap()
        .id;
    let body = format!("{{\"response\": \"{response}\"}}");
    let time = site.ctx.now().timestamp();
    let secret = services::responses::webhook_secret(&site.ctx, id).unwrap();
    let signature = format!(
        "t={time},v1={}",
        adapters::keys::hmac_hex(&secret, &format!("{time}.{body}")).unwrap()
    );
    let report = |signature: String, body: String| {
        site.send(
            Request::post(format!("/hooks/external/{id}"))
                .header(HOST, crate::support::SITE)
                .header("x-lookit-signature", signature)
                .body(Body::from(body))
                .unwrap(),
        )
    };
    assert_eq!(
        report(signature.clone(), body.replace('{', "{ "))
            .await
            .status,
        StatusCode::UNAUTHORIZED,
        "a changed message"
    );
    assert_eq!(
        report(signature.clone(), body.clone()).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        report(signature, body).await.status,
        StatusCode::NO_CONTENT,
        "told twice, done once"
    );
    let design = site
        .get(
            &format!("/exp/studies/{id}/design"),
            &site.sign_in(RESEARCHER).await,
        )
        .await
        .body;
    assert!(design.contains(&secret) && design.contains(&format!("/hooks/external/{id}")));
    // A page of another site can't make a browser change anything.
    let foreign = Request::post(format!("/exp/studies/{id}/state"))
        .header(HOST, crate::support::SITE)
        .header("cookie", &family)
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("transition=archive"))
        .unwrap();
    assert_eq!(site.send(foreign).await.status, StatusCode::FORBIDDEN);
}
