//! Signing up, letters, labs and tokens, through the router.

use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use services::demo::{FAMILY, RESEARCHER, STAFF};

use crate::support::{SITE, TestSite, after};

const PASSWORD: &str = "lanterns hum past midnight";

#[tokio::test]
async fn a_researcher_signs_up_and_sets_up_an_app() {
    let site = TestSite::new().await;
    let form = [
        ("email", "new@example.org"),
        ("given_name", "New"),
        ("family_name", "Person"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    let signed_up = site.post("/signup/researcher", "", &form).await;
    assert_eq!(signed_up.location(), "/second-factor?next=%2Fexp%2Flabs");
    let cookie = signed_up.cookie();
    assert_eq!(
        site.get("/exp/labs", &cookie).await.location(),
        "/second-factor?next=%2Fexp%2Flabs"
    );
    assert!(
        site.get(signed_up.location(), &cookie)
            .await
            .body
            .contains("Use an app")
    );
    let begun = site
        .post(
            "/account/security/app/begin",
            &cookie,
            &[("next", "/exp/labs")],
        )
        .await;
    assert_eq!(begun.location(), "/account/security/app?next=%2Fexp%2Flabs");
    let page = site.get(begun.location(), &cookie).await.body;
    assert!(page.contains("<svg"));
    let typed = page
        .split("id=\"totp-secret\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .replace(' ', "");
    let phone = adapters::TotpSecret::from_bytes(
        data_encoding::BASE32_NOPAD
            .decode(typed.as_bytes())
            .unwrap(),
    );
    let wrong = site
        .post(
            "/account/security/app",
            &cookie,
            &[("code", "000000"), ("next", "/exp/labs")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("<svg")
            && !wrong.body.contains("value=\"000000\"")
            && wrong.body.contains("value=\"/exp/labs\""),
        "the same picture, and the way on is kept"
    );
    let done = site
        .post(
            "/account/security/app",
            &cookie,
            &[
                ("code", &phone.code_at(site.ctx.now()).unwrap()),
                ("next", "/exp/labs"),
            ],
        )
        .await;
    assert_eq!(
        (done.status, done.header("cache-control")),
        (StatusCode::OK, "no-store")
    );
    assert!(done.body.contains("Keep these codes") && done.body.contains("href=\"/exp/labs\""));
    assert!(
        site.get("/exp/labs", &cookie)
            .await
            .body
            .contains("Sandbox")
    );
    assert_eq!(
        site.get("/account/security/app", &cookie).await.status,
        StatusCode::CONFLICT,
        "the secret is not shown again"
    );
    assert_eq!(
        site.get("/account/security/recovery-codes", &cookie)
            .await
            .status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn the_way_on_after_a_factor_is_one_of_this_site() {
    let site = TestSite::new().await;
    let half = site
        .post(
            "/login",
            "",
            &[
                ("email", RESEARCHER.email),
                ("password", RESEARCHER.password),
                ("next", "/exp/labs"),
            ],
        )
        .await;
    assert_eq!(half.location(), "/second-factor?next=%2Fexp%2Flabs");
    let cookie = half.cookie();
    let page = site
        .get("/second-factor?next=https%3A%2F%2Fevil.example", &cookie)
        .await
        .body;
    assert!(!page.contains("evil.example"));
    let code = page
        .split("id=\"demo-code\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let done = site
        .post(
            "/second-factor",
            &cookie,
            &[("code", &code), ("next", "//evil.example")],
        )
        .await;
    assert_eq!(done.location(), "/");
    let family = site.sign_in(FAMILY).await;
    assert!(
        !site
            .get("/second-factor", &family)
            .await
            .body
            .contains("demo-code"),
        "who has no factor sees no code"
    );
}

#[tokio::test]
async fn a_letter_leads_to_a_new_password() {
    let site = TestSite::new().await;
    for email in [FAMILY.email, "nobody@example.org"] {
        let asked = site.post("/forgot-password", "", &[("email", email)]).await;
        assert_eq!(
            (asked.status, asked.location()),
            (StatusCode::SEE_OTHER, "/forgot-password?done=sent"),
            "the same for everybody"
        );
    }
    let link = site.link(FAMILY.email).await;
    for _ in 0..2 {
        assert!(
            site.get(&link, "")
                .await
                .body
                .contains("Choose a new password"),
            "looking uses nothing up"
        );
    }
    let words = "several owls read maps";
    let short = site
        .post(
            &link,
            "",
            &[("password", "short"), ("password_again", "short")],
        )
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = site
        .post(&link, "", &[("password", words), ("password_again", words)])
        .await;
    assert_eq!(done.location(), "/login?done=new-password");
    assert_eq!(site.get(&link, "").await.status, StatusCode::CONFLICT);
    assert_eq!(
        site.post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", words)]
        )
        .await
        .status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        site.get("/link/reset.nonsense", "").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn sign_up_says_the_same_for_a_known_address() {
    let site = TestSite::new().await;
    let sign_up = async |email: &str| {
        site.post(
            "/signup",
            "",
            &[
                ("email", email),
                ("nickname", "X"),
                ("password", "three odd socks dancing"),
                ("password_again", "three odd socks dancing"),
            ],
        )
        .await
    };
    let (new, known) = (
        sign_up("new@example.org").await,
        sign_up(FAMILY.email).await,
    );
    assert_eq!(
        (new.status, new.location()),
        (known.status, known.location())
    );
    let (new_page, known_page) = (
        site.get("/account", &new.cookie()).await.body,
        site.get("/account", &known.cookie()).await.body,
    );
    let main = |page: &str, email: &str| {
        page.split("<main")
            .nth(1)
            .unwrap()
            .split("</main>")
            .next()
            .unwrap()
            .replace(email, "X")
    };
    assert_eq!(
        main(&new_page, "new@example.org"),
        main(&known_page, FAMILY.email)
    );
}

#[tokio::test]
async fn the_address_of_a_session_is_confirmed_by_its_letter() {
    let site = TestSite::new().await;
    let cookie = site
        .post(
            "/signup",
            "",
            &[
                ("email", "new@example.org"),
                ("password", "three odd socks dancing"),
                ("password_again", "three odd socks dancing"),
            ],
        )
        .await
        .cookie();
    assert!(
        site.get("/account", &cookie)
            .await
            .body
            .contains("Please confirm your address")
    );
    let link = site.link("new@example.org").await;
    assert!(
        site.post(&link, "", &[])
            .await
            .body
            .contains("Your address is confirmed")
    );
    assert!(
        !site
            .get("/account", &cookie)
            .await
            .body
            .contains("Please confirm your address")
    );
}

#[tokio::test]
async fn a_program_downloads_with_a_token_and_opens_no_page() {
    let site = TestSite::new().await;
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
    let token = made
        .body
        .split("id=\"new-token\"")
        .nth(1)
        .unwrap()
        .split('>')
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    assert!(
        !site
            .get("/account/tokens", &researcher)
            .await
            .body
            .contains(&token),
        "shown once"
    );
    let ask = async |path: &str, token: &str| {
        let request = http::Request::get(path)
            .header(HOST, SITE)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(axum::body::Body::empty())
            .unwrap();
        site.send(request).await
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

#[tokio::test]
async fn a_lab_gets_a_picture_and_a_page_for_families() {
    let site = TestSite::new().await;
    let researcher = site.sign_in(RESEARCHER).await;
    let page = site.get("/studies/demo", "").await;
    assert!(
        page.status == StatusCode::OK
            && page.body.contains("Demo Lab for Small Questions")
            && page.body.contains("The snack machine puzzle")
    );
    assert_eq!(
        site.get("/studies/no-such-lab", "").await.status,
        StatusCode::NOT_FOUND
    );
    let labs = site.get("/exp/labs", &researcher).await.body;
    let lab = labs
        .split("/exp/labs/")
        .filter_map(|rest| rest.split('"').next())
        .find(|id| id.len() == 36 && labs.contains(&format!("{id}\">Demo Lab")))
        .unwrap()
        .to_owned();
    let upload = async |cookie: &str, field: &str, file: &[u8]| {
        let mut body = format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n").into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let request = http::Request::post(format!("/exp/labs/{lab}/pictures/{field}"))
            .header(HOST, SITE)
            .header(COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=x");
        site.send(request.body(body.into()).unwrap()).await
    };
    let png = {
        let mut file = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_luma8(64, 64)
            .write_to(&mut file, image::ImageFormat::Png)
            .unwrap();
        file.into_inner()
    };
    assert!(
        upload(&researcher, "banner", &png)
            .await
            .body
            .contains("at least twice as wide")
    );
    assert!(
        upload(&researcher, "badge", b"<svg/>")
            .await
            .body
            .contains("PNG, JPEG or WebP")
    );
    assert_eq!(
        upload(&researcher, "badge", &vec![0; 6 << 20]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        upload(&researcher, "badge", &png).await.status,
        StatusCode::SEE_OTHER
    );
    let shown = site.get("/studies/demo", "").await.body;
    let picture = site
        .get(
            &format!("/pictures/{}", after(&shown, "src=\"/pictures/")),
            "",
        )
        .await;
    assert_eq!(
        (
            picture.status,
            picture.header("content-type"),
            picture.header("x-content-type-options")
        ),
        (StatusCode::OK, "image/png", "nosniff")
    );
    let family = site.sign_in(FAMILY).await;
    assert_eq!(
        upload(&family, "badge", &png).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn staff_find_an_account_and_the_audit_tells_of_it() {
    let site = TestSite::new().await;
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

#[tokio::test]
async fn the_outbox_is_for_development_and_holds_letters_only() {
    let site = TestSite::new().await;
    site.post(
        "/signup",
        "",
        &[
            ("email", "new@example.org"),
            ("password", "three odd socks dancing"),
            ("password_again", "three odd socks dancing"),
        ],
    )
    .await;
    services::jobs::drain(&site.ctx).await.unwrap();
    let list = site.get("/dev/outbox", "").await.body;
    assert!(list.contains("Please confirm your e-mail address"));
    let letter = site
        .get(
            &format!("/dev/outbox/{}", after(&list, "href=\"/dev/outbox/")),
            "",
        )
        .await
        .body;
    assert!(letter.contains("<a href=\"/link/confirm."), "{letter}");
    for path in [
        "/dev/outbox/..%2ftest.db",
        "/dev/outbox/.hidden.eml",
        "/dev/outbox/x",
    ] {
        assert_eq!(
            site.get(path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_family_that_consented_is_shown_without_its_other_children() {
    use entities::{account, child, response, study};
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
    let site = TestSite::new().await;
    let researcher = site.sign_in(RESEARCHER).await;
    let db = &site.ctx.db;
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
    let visit = response::ActiveModel {
        id: Set(site
            .ctx
            .id(domain::responses::ResponseId::from_parts)
            .unwrap()),
        study_id: Set(moon.id),
        child_id: Set(robin.id),
        account_id: Set(family.id),
        study_kind: Set(moon.kind),
        is_consent_completed: Set(true),
        created_at: Set(site.ctx.now()),
        updated_at: Set(site.ctx.now()),
        ..Default::default()
    };
    visit.insert(db).await.unwrap();
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

#[tokio::test]
async fn half_a_session_sees_no_more_than_a_visitor() {
    use entities::account;
    use sea_orm::sea_query::Expr;
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let site = TestSite::new().await;
    let family = site
        .post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", FAMILY.password)],
        )
        .await
        .cookie();
    let moon = site.study_path("The cat who wanted the moon").await;
    assert!(site.get(&moon, &family).await.body.contains("Robin"));
    // Another browser of the family has added a factor since.
    account::Entity::update_many()
        .col_expr(account::Column::HasSecondFactor, Expr::value(true))
        .filter(account::Column::Email.eq(FAMILY.email))
        .exec(&site.ctx.db)
        .await
        .unwrap();
    for path in ["/", "/studies", "/studies?search=nothing-like-it", &moon] {
        assert!(
            !site.get(path, &family).await.body.contains("Robin"),
            "{path}"
        );
    }
    assert_eq!(
        site.get("/account/children", &family).await.location(),
        "/second-factor?next=%2Faccount%2Fchildren"
    );
}
