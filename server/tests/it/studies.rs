//! Writing studies and bringing them to families.

use domain::studies::StudyState;
use entities::study;
use http::StatusCode;
use macro_rules_attribute::apply;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{Answer, TestSite, after, between, on_a_site};

/// Posts the form for a new jsPsych study.
async fn create(site: &TestSite, researcher: &str, name: &str) -> Answer {
    let page = site.get("/exp/studies/create", researcher).await.body;
    let mut options = page
        .split("<option value=\"")
        .map(|rest| rest.split('"').next().unwrap());
    let lab = options.find(|value| value.len() == 36).unwrap();
    let form = [("name", name), ("lab", lab), ("kind", "jspsych")];
    site.post("/exp/studies/create", researcher, &form).await
}

/// Path of a new study called "Owls".
async fn owls(site: &TestSite, researcher: &str) -> String {
    let made = create(site, researcher, "Owls").await;
    made.location().split('?').next().unwrap().to_owned()
}

#[apply(on_a_site!)]
async fn a_study_needs_a_name(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let refused = create(&site, &researcher, " ").await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY
            && refused.body.contains("Please fill in")
    );
    let path = owls(&site, &researcher).await;
    assert!(path.starts_with("/exp/studies/"), "{path}");
}

#[apply(on_a_site!)]
async fn a_refused_ad_or_design_keeps_what_was_typed(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let path = owls(&site, &researcher).await;
    let bad = [
        ("name", "Owls & co"),
        ("criteria_expression", "speaks_en AND deef"),
        ("min_age_years", "4"),
        ("max_age_years", "3"),
        ("purpose", "Because </textarea><b>owls"),
    ];
    let refused = site.post(&format!("{path}/edit"), &researcher, &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = between(&refused.body, "name=\"purpose\"", "</textarea>");
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
    // An experiment of five megabytes is refused by name, and sent back whole.
    let large = "x".repeat(5_000_000);
    let form = [("experiment", large.as_str())];
    let refused = site
        .post(&format!("{path}/design"), &researcher, &form)
        .await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY
            && refused.body.contains("The experiment has 5000000 bytes")
            && refused.body.len() > 5_000_000
    );
}

#[apply(on_a_site!)]
async fn what_is_written_is_saved_as_it_was_typed(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let path = owls(&site, &researcher).await;
    let form = [
        ("base", "1"),
        ("name", "</title></script><b>Owls</b>"),
        ("priority", "1"),
    ];
    let renamed = site.post(&format!("{path}/edit"), &researcher, &form).await;
    assert!(
        renamed.location().ends_with("done=saved"),
        "{}",
        renamed.location()
    );
    assert!(
        !site.get(&path, &researcher).await.body.contains("<b>Owls"),
        "a name stays a name, in the title too"
    );
    let design = format!("{path}/design");
    let form = [("base", "2"), ("experiment", "\nvar a = 1 < 2;")];
    let saved = site.post(&design, &researcher, &form).await;
    assert!(
        saved.location().ends_with("done=saved"),
        "{}",
        saved.location()
    );
    let page = site.get(&design, &researcher).await.body;
    assert!(
        page.contains(">\n\nvar a = 1 &lt; 2;</textarea>"),
        "not even the first line break is lost"
    );
    let form = [("base", "2"), ("experiment", "mine")];
    let conflict = site.post(&design, &researcher, &form).await;
    assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        conflict.body.contains("saved version 3 in the meantime")
            && conflict.body.contains(">\nmine</textarea>")
            && conflict
                .body
                .contains("name=\"base\" id=\"base\" value=\"3\"")
    );
}

#[apply(on_a_site!)]
async fn the_design_page_alone_may_show_the_preview_in_a_frame(site: TestSite) {
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

#[apply(on_a_site!)]
async fn nobody_starts_a_study_past_its_state(site: TestSite) {
    let id = site.study("Animals, real and invented").await.id;
    study::ActiveModel {
        id: Set(id),
        state: Set(StudyState::Created),
        ..Default::default()
    }
    .update(&site.db)
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
    let row = site.study("Animals, real and invented").await;
    assert_eq!(row.state, StudyState::Created);
}

#[apply(on_a_site!)]
async fn a_broken_protocol_is_shown_with_the_path_of_its_fault(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let moon = site.study_path("The cat who wanted the moon").await;
    let id = site.study("The cat who wanted the moon").await.id;
    // In studies from before versioning, the text of one that collects can be anything.
    let set = async |protocol: &str| {
        site.change_study(id, |_, content| {
            content.design.protocol = protocol.to_owned();
            content.ad.criteria_expression = "speaks_eo".to_owned();
        })
        .await;
        site.get(&format!("/exp{moon}"), &researcher).await.body
    };
    let page = set("{\n \"frames\": {},\n \"sequence\": [,]\n}").await;
    assert!(
        page.contains("line 3, column 15") && page.contains("Families can"),
        "{page}"
    );
    assert!(page.contains("speaks_eo") && page.contains("at character 1"));
    let page = set(
        r#"{"frames": {"a": {"kind": "group", "frameList": [{"kind": "text"}]}},
            "sequence": ["a"]}"#,
    )
    .await;
    assert!(page.contains("frames.a.frameList[0].kind"));
    let family = site.sign_in(FAMILY).await;
    let shown = site.get(&moon, &family).await.body;
    let started = site
        .post(
            &format!("{moon}/start"),
            &family,
            &[("child", after(&shown, "name=\"child\" value=\""))],
        )
        .await;
    assert_eq!(started.status, StatusCode::CONFLICT);
    assert!(started.body.contains("broken"));
}
