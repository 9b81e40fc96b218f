use http::header::{CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{SITE, TestSite, after};

/// What is inside `<main>`, one element a line, without ids that change.
fn content(page: &str) -> String {
    let main = page
        .split("<main")
        .nth(1)
        .and_then(|rest| rest.split_once('>'))
        .map_or(page, |(_, rest)| rest)
        .split("</main>")
        .next()
        .unwrap();
    main.replace("<!>", "")
        .replace("<!---->", "")
        .replace("><", ">\n<")
}

/// Compares a page with its recorded form.
fn record(name: &str, page: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "UUID",
    );
    // The number is a hash of where the island stands in its file.
    settings.add_filter(r"PasswordMeter_\d+", "PasswordMeter_N");
    settings.add_filter(r#"data-hue="\d""#, r#"data-hue="N""#);
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, content(page)));
}

#[tokio::test]
async fn pages_look_as_recorded() {
    let site = TestSite::new().await;
    let family = site.sign_in(FAMILY).await;
    let researcher = site.sign_in(RESEARCHER).await;
    let moon = site.study_path("The cat who wanted the moon").await;
    record("home", &site.get("/", "").await.body);
    record("signup", &site.get("/signup", "").await.body);
    record(
        "children",
        &site.get("/account/children", &family).await.body,
    );
    record("study_visitor", &site.get(&moon, "").await.body);
    record("study_family", &site.get(&moon, &family).await.body);
    record(
        "history_empty",
        &site.get("/studies/history", &family).await.body,
    );
    record(
        "lab_studies",
        &site.get("/exp/studies", &researcher).await.body,
    );
    record(
        "lab_study",
        &site.get(&format!("/exp{moon}"), &researcher).await.body,
    );
    record("not_found", &site.get("/nowhere", "").await.body);
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_points_at_the_faults() {
    let site = TestSite::new().await;
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

#[tokio::test]
async fn oversized_and_broken_bodies_are_refused() {
    let site = TestSite::new().await;
    let family = site.sign_in(FAMILY).await;
    let huge = "x".repeat(600 * 1024);
    assert_eq!(
        site.post(
            "/account/demographics",
            &family,
            &[("additional_comments", &huge)]
        )
        .await
        .status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let long = "x".repeat(20_000);
    let answer = site
        .post(
            "/account/demographics",
            &family,
            &[("additional_comments", &long), ("country", "XX")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("Please shorten") && answer.body.contains(&long),
        "what was typed is still there"
    );
    let request = Request::post("/login")
        .header(HOST, SITE)
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(
        site.send(request.body(vec![0xff, 0xfe, b'=', 0x00].into()).unwrap())
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_family_goes_from_sign_up_to_a_run_without_scripts() {
    let site = TestSite::new().await;
    let moon = site.study_path("The cat who wanted the moon").await;
    let wanted = site.get(&moon, "").await.body;
    assert!(wanted.contains("/signup?next="));
    let signed_up = site
        .post(
            "/signup",
            "",
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

#[tokio::test]
async fn sign_in_leads_back_and_never_away() {
    let site = TestSite::new().await;
    let asked = site.get("/account/children", "").await;
    assert_eq!(
        (asked.status, asked.location()),
        (StatusCode::FOUND, "/login?next=%2Faccount%2Fchildren")
    );
    let credentials = [("email", FAMILY.email), ("password", FAMILY.password)];
    let with = async |next: &str| {
        site.post(
            "/login",
            "",
            &[credentials[0], credentials[1], ("next", next)],
        )
        .await
        .location()
        .to_owned()
    };
    assert_eq!(with("/account/children").await, "/account/children");
    assert_eq!(with("https://evil.example").await, "/studies");
    assert_eq!(with("//evil.example").await, "/studies");
    let wrong = site
        .post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", "wrong")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("don&#x27;t belong together")
            || wrong.body.contains("don't belong together")
    );
    for _ in 0..8 {
        site.post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", "wrong")],
        )
        .await;
    }
    let blocked = site.post("/login", "", &credentials).await;
    assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(blocked.body.contains("15 minutes"));
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let site = TestSite::new().await;
    let (one, two) = (site.sign_in(FAMILY).await, site.sign_in(FAMILY).await);
    assert_eq!(
        site.post("/logout", &one, &[]).await.location(),
        "/login?done=signed-out"
    );
    assert_eq!(site.get("/account", &one).await.status, StatusCode::FOUND);
    assert_eq!(site.get("/account", &two).await.status, StatusCode::OK);
    site.post("/account/sign-out-everywhere", &two, &[]).await;
    assert_eq!(site.get("/account", &two).await.status, StatusCode::FOUND);
}

#[tokio::test]
async fn answers_are_protected() {
    let site = TestSite::new().await;
    let page = site.get("/signup", "").await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("'nonce-")
            && !policy.contains("unsafe-inline")
            && !policy.contains(" 'unsafe-eval'"),
        "{policy}"
    );
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap();
    assert!(page.body.contains(&format!("nonce=\"{nonce}\"")));
    assert_ne!(
        nonce,
        site.get("/signup", "")
            .await
            .header("content-security-policy")
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), value);
    }
    // Leptos writes two lines of bookkeeping into every page; what matters is that nothing is
    // loaded.
    let list = site.get("/studies", "").await.body;
    assert!(
        !list.contains("/pkg/app.js") && !list.contains("<script src") && !list.contains("wasm"),
        "pages without islands load no script"
    );
    let cookie = site
        .post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", FAMILY.password)],
        )
        .await;
    assert!(
        cookie
            .header("set-cookie")
            .contains("HttpOnly; SameSite=Lax")
    );
}

#[tokio::test]
async fn posts_from_other_sites_are_refused() {
    let site = TestSite::new().await;
    let family = site.sign_in(FAMILY).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://run.localhost:8080"),
        ("origin", "https://evil.example"),
    ] {
        let request = Request::post("/account/sign-out-everywhere")
            .header(HOST, SITE)
            .header("cookie", &family)
            .header(name, value);
        assert_eq!(
            site.send(request.body(axum::body::Body::empty()).unwrap())
                .await
                .status,
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    assert_eq!(site.get("/account", &family).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_production_site_uses_host_cookies_and_hides_the_workshop() {
    let secret = "0123456789012345678901234567890123456789";
    let site = TestSite::with(&[
        ("LOOKIT_MODE", "production"),
        ("LOOKIT_SITE_ORIGIN", "https://localhost:8080"),
        ("LOOKIT_RUN_ORIGIN", "https://run.localhost:8080"),
        ("LOOKIT_SECRET", secret),
    ])
    .await;
    for path in ["/dev/style", "/dev/outbox", "/dev/outbox/1@x.eml"] {
        assert_eq!(
            site.get(path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let answer = site
        .post(
            "/signup",
            "",
            &[
                ("email", "new@example.org"),
                ("password", "three odd socks dancing"),
                ("password_again", "three odd socks dancing"),
            ],
        )
        .await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-lookit_session=") && cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(
        answer
            .header("strict-transport-security")
            .contains("31536000")
    );
}

#[tokio::test]
async fn old_links_and_files_are_served() {
    let site = TestSite::new().await;
    let old = site.get("/studies/?child=1", "").await;
    assert_eq!(
        (old.status, old.location()),
        (StatusCode::PERMANENT_REDIRECT, "/studies?child=1")
    );
    assert_eq!(
        site.get("//evil.example/", "").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(site.get("/pkg/app.css", "").await.status, StatusCode::OK);
    assert_eq!(
        site.get("/pkg/../../test.db", "").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        site.get("/pkg/%2e%2e/%2e%2e/test.db", "").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn colours_are_remembered_and_the_way_back_is_kept() {
    let site = TestSite::new().await;
    let request = Request::post("/theme")
        .header(HOST, SITE)
        .header("sec-fetch-site", "same-origin")
        .header("referer", "http://localhost:8080/studies?age=babies")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = site.send(request.body("theme=dark".into()).unwrap()).await;
    assert_eq!(answer.location(), "/studies?age=babies");
    assert!(
        site.get("/", &answer.cookie())
            .await
            .body
            .contains("data-theme=\"dark\"")
    );
    let away = Request::post("/theme")
        .header(HOST, SITE)
        .header("sec-fetch-site", "same-origin")
        .header("referer", "http://localhost:8080//evil.example");
    assert_eq!(
        site.send(away.body("theme=dark".into()).unwrap())
            .await
            .location(),
        "/"
    );
}

#[tokio::test]
async fn a_broken_protocol_is_shown_with_the_path_of_its_fault() {
    let site = TestSite::new().await;
    let researcher = site.sign_in(RESEARCHER).await;
    let moon = site.study_path("The cat who wanted the moon").await;
    let id: domain::studies::StudyId = moon.rsplit('/').next().unwrap().parse().unwrap();
    // In studies from before versioning, the text of one that collects can be anything.
    let set = async |structure: &str| {
        site.change_study(id, |_, content| {
            content.design.structure = structure.to_owned();
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
    let page = set(r#"{"frames": {"a": {"kind": "group", "frameList": [{"kind": "text"}]}}, "sequence": ["a"]}"#).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_head_is_whole_when_many_ask_at_once() {
    let site = TestSite::new().await;
    for _ in 0..10 {
        let pages = futures::future::join_all((0..16).map(|_| site.get("/studies", ""))).await;
        for page in pages {
            assert!(
                page.body.contains("<title>Find a study")
                    && page.body.contains("name=\"description\""),
                "{}",
                page.body.split("<body").next().unwrap()
            );
        }
    }
}
