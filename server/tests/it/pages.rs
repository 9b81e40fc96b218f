//! What holds of pages of every area: how they look, and what protects them.

use http::header::{CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use macro_rules_attribute::apply;
use services::Actor;
use services::accounts::{self, NewAccount};
use services::demo::{FAMILY, RESEARCHER, STAFF};

use crate::access::routes;
use crate::support::{SITE, TestSite, between, on_a_site, without_marks};

/// What is inside `<main>`, one element a line, without ids that change.
fn content(page: &str) -> String {
    let (_, main) = page.split_once("<main").unwrap();
    let main = between(main, ">", "</main>");
    without_marks(main).replace("><", ">\n<")
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

#[apply(on_a_site!)]
async fn pages_look_as_recorded(site: TestSite) {
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

#[apply(on_a_site!)]
async fn oversized_and_broken_bodies_are_refused(site: TestSite) {
    let family = site.sign_in(FAMILY).await;
    let huge = "x".repeat(1_100 * 1024);
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

#[apply(on_a_site!)]
async fn answers_are_protected(site: TestSite) {
    let page = site.get("/signup", "").await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("'nonce-")
            && !policy.contains("unsafe-inline")
            && !policy.contains(" 'unsafe-eval'"),
        "{policy}"
    );
    let nonce = between(policy, "'nonce-", "'");
    assert!(page.body.contains(&format!("nonce=\"{nonce}\"")));
    let again = site.get("/signup", "").await;
    let policy = again.header("content-security-policy");
    assert_ne!(nonce, between(policy, "'nonce-", "'"));
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

#[apply(on_a_site!)]
async fn posts_from_other_sites_are_refused(site: TestSite) {
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
        ("LOOKIT_CLIENT_ADDRESS", "XRealIp"),
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
    let password = "three odd socks dancing";
    let secret = || password.to_owned().into();
    let (system, new) = (Actor::System, NewAccount::default());
    accounts::create(&site.ctx, &system, "new@example.org", secret(), new)
        .await
        .unwrap();
    let form = [("email", "new@example.org"), ("password", password)];
    let answer = site.post("/login", "", &form).await;
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
    let form = [
        ("email", "other@example.org"),
        ("password", password),
        ("password_again", password),
    ];
    let begun = site.post("/signup", "", &form).await;
    let page = site.get(begun.location(), "").await.body;
    assert!(page.contains("other@example.org") && !page.contains("sign-up-code"));
    site.end().finish_jobs().await;
}

#[apply(on_a_site!)]
async fn old_links_and_files_are_served(site: TestSite) {
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

#[apply(on_a_site!)]
async fn colours_are_remembered_and_the_way_back_is_kept(site: TestSite) {
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
    let posted = "theme=dark&here=https%3A%2F%2Fevil.example%2F";
    assert_eq!(
        site.send(away.body(posted.into()).unwrap())
            .await
            .location(),
        "/"
    );
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

#[apply(on_a_site!)]
async fn pages_load_the_scripts_that_they_name(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let study = site.study_path("The cat who wanted the moon").await;
    let scripts = [
        ("/signup".to_owned(), "/pkg/app"),
        ("/signup/researcher".to_owned(), "/pkg/app"),
        ("/account/security".to_owned(), "/passkeys.js"),
        ("/second-factor".to_owned(), "/passkeys.js"),
        (format!("/exp{study}/edit"), "/pkg/ad.js"),
        (format!("/exp{study}/design"), "/pkg/editor.js"),
        (format!("/exp{study}/design"), "/pkg/editor.css"),
    ];
    for (path, script) in scripts {
        let page = site.get(&path, &researcher).await.body;
        let head = page.split("</head>").next().unwrap();
        let mark = format!("=\"{script}");
        assert!(head.contains(&mark), "{path} loads {script}: {head}");
    }
}

#[apply(on_a_site!)]
async fn a_refused_form_leaves_its_neighbours_alone(site: TestSite) {
    let family = site.sign_in(FAMILY).await;
    let refused = site
        .post(
            "/account/address",
            &family,
            &[("new_email", "nonsense"), ("nickname", "Not this form")],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("value=\"nonsense\""), "kept");
    assert!(
        refused.body.contains("value=\"Demo family\"") && !refused.body.contains("Not this form"),
        "the name is the stored one"
    );
}

#[apply(on_a_site!)]
async fn no_cache_keeps_what_was_shown_to_one_person(site: TestSite) {
    let study = site.study("The cat who wanted the moon").await;
    let (gets, _) = routes();
    let mut shown = 0;
    for account in [FAMILY, RESEARCHER, STAFF] {
        let cookie = site.sign_in(account).await;
        for path in &gets {
            let path = path
                .replace("{study}", &study.id.to_string())
                .replace("{lab}", &study.lab_id.to_string());
            let answer = site.get(&path, &cookie).await;
            let kind = answer.header("content-type");
            if kind.starts_with("text/html") || kind.starts_with("application/json") {
                shown += 1;
                assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            }
        }
        let refused = site.post("/account/password", &cookie, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.header("cache-control"), "no-store");
        let file = site.get("/pkg/app.css", &cookie).await;
        assert_eq!(file.header("cache-control"), "");
    }
    assert!(shown > 100, "{shown} pages");
    assert_eq!(site.get("/studies", "").await.header("cache-control"), "");
}

#[apply(on_a_site!)]
async fn hosts_that_are_not_ours_are_sent_away(site: TestSite) {
    let ask = async |host: &str, path: &str| {
        let request = Request::get(path).header(HOST, host);
        let body = axum::body::Body::empty();
        site.send(request.body(body).unwrap()).await
    };
    for host in [
        "evil.example",
        "localhost",
        "localhost:80",
        "a.run.localhost:8080",
        "",
    ] {
        let away = ask(host, "/").await;
        assert_eq!(away.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(away.body.contains("http://localhost:8080"), "{}", away.body);
    }
    assert_eq!(ask("LocalHost:8080", "/").await.status, StatusCode::OK);
    let run = ask("Run.localhost:8080", "/").await;
    assert_eq!(run.status, StatusCode::NOT_FOUND);
    assert_eq!(ask("10.0.0.7:8080", "/health").await.status, StatusCode::OK);
}

#[apply(on_a_site!)]
async fn a_page_behind_the_last_leads_to_the_last(site: TestSite) {
    let study = site.study("The cat who wanted the moon").await;
    let (study, lab) = (study.id, study.lab_id);
    let lists = [
        (FAMILY, "/studies/history".to_owned()),
        (RESEARCHER, "/exp/studies".to_owned()),
        (RESEARCHER, "/exp/labs".to_owned()),
        (RESEARCHER, "/exp/participants".to_owned()),
        (RESEARCHER, format!("/exp/studies/{study}/log")),
        (RESEARCHER, format!("/exp/studies/{study}/versions")),
        (RESEARCHER, format!("/exp/studies/{study}/responses")),
        (RESEARCHER, format!("/exp/studies/{study}/audit")),
        (RESEARCHER, format!("/exp/labs/{lab}/members")),
        (STAFF, "/staff/accounts".to_owned()),
        (STAFF, "/staff/studies".to_owned()),
        (STAFF, "/staff/audit".to_owned()),
    ];
    for (account, path) in lists {
        let cookie = site.sign_in(account).await;
        let behind = site
            .get(&format!("{path}?page=9999&search="), &cookie)
            .await;
        let to = behind.location();
        assert!(
            behind.status == StatusCode::FOUND && to.starts_with(&format!("{path}?")),
            "{path}: {} {to}",
            behind.status
        );
        assert_eq!(site.get(to, &cookie).await.status, StatusCode::OK, "{to}");
    }
}
