use http::StatusCode;
use macro_rules_attribute::apply;
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{after, on_a_site};

#[apply(on_a_site!)]
async fn a_family_that_consented_is_shown_without_its_other_children(site: TestSite) {
    use entities::{account, child, response, study};
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
    let researcher = site.sign_in(RESEARCHER).await;
    let db = &site.db;
    let family = account::Entity::find()
        .filter(account::Column::Email.eq(FAMILY.email))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let robin = child::Entity::find()
        .filter(child::Column::GivenName.eq("Robin"))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let moon = study::Entity::find()
        .filter(study::Column::Name.eq("The cat who wanted the moon"))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let row = response::ActiveModel {
        id: Set(site
            .ctx
            .id(domain::responses::ResponseId::from_parts)
            .unwrap()),
        study_id: Set(moon.id),
        child_id: Set(robin.id),
        account_id: Set(family.id),
        study_kind: Set(moon.kind),
        is_consent_completed: Set(true),
        consent_ruling: Set(domain::responses::ConsentRuling::Accepted),
        created_at: Set(site.ctx.now()),
        updated_at: Set(site.ctx.now()),
        ..Default::default()
    };
    row.insert(db).await.unwrap();
    let list = site.get("/exp/participants", &researcher).await.body;
    assert!(list.contains("Demo family"));
    let page = site
        .get(&format!("/exp/participants/{}", family.id), &researcher)
        .await;
    assert!(
        page.body.contains("Robin")
            && !page.body.contains("Juno")
            && !page.body.contains(FAMILY.email),
        "{}",
        page.body
    );
    for shown in [
        "The cat who wanted the moon",
        "United States of America",
        "Massachusetts",
        "Gestational age",
    ] {
        assert!(page.body.contains(shown), "{shown}");
    }
}

#[apply(on_a_site!)]
async fn a_family_goes_from_sign_up_to_a_run_without_scripts(site: TestSite) {
    let moon = site.study_path("The cat who wanted the moon").await;
    let wanted = site.get(&moon, "").await.body;
    assert!(wanted.contains("/signup?next="));
    let signed_up = site
        .sign_up(
            "/signup",
            &[
                ("email", "new@example.org"),
                ("nickname", "New"),
                ("password", "three odd socks dancing"),
                ("password_again", "three odd socks dancing"),
                ("next", &moon),
            ],
        )
        .await;
    assert_eq!(signed_up.status, StatusCode::SEE_OTHER);
    let cookie = signed_up.cookie();
    assert!(
        site.get(signed_up.location(), &cookie)
            .await
            .body
            .contains("Add a child")
    );
    let added = site
        .post(
            "/account/children/add",
            &cookie,
            &[
                ("given_name", "Kim"),
                ("birthday", "2023-01-01"),
                ("gender", "na"),
                ("next", &moon),
            ],
        )
        .await;
    assert_eq!(added.location(), moon);
    let page = site.get(&moon, &cookie).await.body;
    assert!(page.contains("This study fits Kim."));
    let child = after(&page, "name=\"child\" value=\"");
    let asked = site
        .post(&format!("{moon}/start"), &cookie, &[("child", child)])
        .await;
    assert!(
        asked.location().starts_with("/account/demographics?next="),
        "{}",
        asked.location()
    );
    let saved = site
        .post(
            "/account/demographics",
            &cookie,
            &[("country", "CA"), ("next", &moon)],
        )
        .await;
    assert_eq!(saved.location(), moon);
    let started = site
        .post(&format!("{moon}/start"), &cookie, &[("child", child)])
        .await;
    assert!(
        started
            .location()
            .starts_with("http://run.localhost:8080/run/"),
        "{}",
        started.location()
    );
    let nobody = site.post(&format!("{moon}/start"), &cookie, &[]).await;
    assert!(
        nobody
            .body
            .contains("Please choose which child takes part.")
    );
}

#[apply(on_a_site!)]
async fn a_refused_form_keeps_what_was_typed_and_points_at_the_faults(site: TestSite) {
    let answer = site
        .post(
            "/signup",
            "",
            &[
                ("email", "nobody\"><script>alert(1)</script>"),
                ("nickname", "Ada & Co"),
                ("password", "secret pass"),
                ("password_again", "other"),
            ],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Ada &amp; Co") && answer.body.contains("aria-invalid=\"true\""));
    assert!(
        !answer.body.contains("<script>alert") && !answer.body.contains("secret pass"),
        "nothing typed becomes markup, and passwords are not sent back"
    );
    assert!(answer.body.contains("href=\"#email\"") && answer.body.contains("id=\"email-error\""));

    let family = site.sign_in(FAMILY).await;
    let answer = site
        .post(
            "/account/children/add",
            &family,
            &[
                ("given_name", ""),
                ("birthday", "2030-01-01"),
                ("gender", "o"),
                ("gender_self_describe", "words"),
                ("languages", "en"),
                ("languages", "fr"),
                ("additional_information", "long \u{1f431} text"),
            ],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [
        "value=\"2030-01-01\"",
        "value=\"words\"",
        "long \u{1f431} text",
        "in the future",
    ] {
        assert!(answer.body.contains(kept), "{kept}");
    }
    assert_eq!(answer.body.matches(" checked").count(), 3);
    let list = site.get("/account/children", &family).await.body;
    assert_eq!(
        list.matches("class=\"card child\"").count(),
        2,
        "nothing was written"
    );
}
