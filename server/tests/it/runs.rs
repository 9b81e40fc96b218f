//! The run origin: taking part, and keeping what comes of it.

use http::StatusCode;
use macro_rules_attribute::apply;
use serde_json::{Value, json};
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{Answer, TestSite, after, on_a_site, without_marks};

pub struct Run {
    pub path: String,
    pub cookie: String,
    ticket: String,
}

pub async fn start(site: &TestSite, name: &str) -> Run {
    let family = site.sign_in(FAMILY).await;
    let study = site.study_path(name).await;
    let page = site.get(&study, &family).await.body;
    let started = site
        .post(
            &format!("{study}/start"),
            &family,
            &[("child", after(&page, "name=\"child\" value=\""))],
        )
        .await;
    let (path, ticket) = started
        .location()
        .strip_prefix("http://run.localhost:8080")
        .unwrap()
        .split_once('#')
        .unwrap();
    let entered = site
        .run(
            "POST",
            &format!("{path}/enter"),
            "",
            Some(&json!({ "ticket": ticket })),
        )
        .await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.body);
    Run {
        path: path.to_owned(),
        cookie: entered.cookie(),
        ticket: ticket.to_owned(),
    }
}

fn parse(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{}", answer.body))
}

fn frame(number: u32, id: &str) -> Value {
    json!({
        "id": format!("00000000-0000-4000-8000-{number:012}"),
        "number": number,
        "type": "frame",
        "frame_id": id,
        "position": 0,
        "next": 1,
        "data": {"zeta": 1, "alpha": 2},
    })
}

#[apply(on_a_site!)]
async fn a_run_knows_its_response_and_nothing_else(site: TestSite) {
    let run = start(&site, "The cat who wanted the moon").await;
    assert!(run.cookie.starts_with("lookit_run_"));
    let document = parse(
        &site
            .run("GET", &format!("{}/document", run.path), &run.cookie, None)
            .await,
    );
    assert_eq!(document["study"]["name"], "The cat who wanted the moon");
    let text = document.to_string();
    assert!(
        !text.contains(FAMILY.email) && !text.contains("salt"),
        "nothing that a study need not know"
    );
    assert_eq!(
        site.run("GET", &format!("{}/document", run.path), "", None)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    let family = site.sign_in(FAMILY).await;
    assert_eq!(
        site.run("GET", &format!("{}/document", run.path), &family, None)
            .await
            .status,
        StatusCode::UNAUTHORIZED,
        "the site's session opens no run"
    );
    assert_eq!(
        site.get("/account", &run.cookie).await.status,
        StatusCode::FOUND,
        "and a run's key opens no page"
    );
    assert_eq!(
        site.run("GET", "/account", &family, None).await.status,
        StatusCode::NOT_FOUND,
        "the run origin has no pages of the site"
    );
    assert_eq!(
        site.run(
            "POST",
            &format!("{}/enter", run.path),
            "",
            Some(&json!({ "ticket": run.ticket }))
        )
        .await
        .status,
        StatusCode::NOT_FOUND,
        "a ticket is good once"
    );
}

#[apply(on_a_site!)]
async fn entries_are_appended_once_and_bad_ones_are_named(site: TestSite) {
    let run = start(&site, "Animals, real and invented").await;
    let entries = format!("{}/entries", run.path);
    let send = async |value: Value| site.run("POST", &entries, &run.cookie, Some(&value)).await;
    for _ in 0..2 {
        let answer = parse(&send(json!({"entries": [frame(2, "1-b"), frame(1, "0-a")]})).await);
        assert_eq!(answer["kept"].as_array().unwrap().len(), 2);
    }
    let no_uuid = json!({"id": "x", "number": 4, "type": "frame"});
    let unknown = json!({"id": frame(9, "")["id"], "number": 9, "type": "surprise"});
    let mixed = [
        frame(3, "0_a"),
        no_uuid,
        frame(5, "2-c"),
        frame(30_000, "3-d"),
        unknown,
    ];
    let mixed = parse(&send(json!({ "entries": mixed })).await);
    assert_eq!(
        (
            mixed["kept"].as_array().unwrap().len(),
            mixed["refused"].as_array().unwrap().len()
        ),
        (1, 4),
        "{mixed}"
    );
    for nonsense in [json!({"entries": "none"}), json!([])] {
        let refused = send(nonsense).await;
        assert_eq!(
            (refused.status, parse(&refused)["error"].as_str()),
            (StatusCode::BAD_REQUEST, Some("no_batch"))
        );
    }
    let stranger = site
        .run("POST", &entries, "", Some(&json!({"entries": []})))
        .await;
    assert_eq!(
        (stranger.status, parse(&stranger)["error"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("run_ended")),
        "the word on which the player ends a run"
    );
    let mut large = frame(10, "4-e");
    large["data"] = json!({"x": "y".repeat(5 << 20)});
    let refused = parse(&send(json!({"entries": [large]})).await);
    assert_eq!(refused["refused"].as_array().unwrap().len(), 1);
}

#[apply(on_a_site!)]
async fn researchers_read_what_was_appended(site: TestSite) {
    let run = start(&site, "Animals, real and invented").await;
    let batch = json!({"entries": [frame(2, "1-b"), frame(1, "0-a"), frame(5, "2-c")]});
    let sent = site
        .run(
            "POST",
            &format!("{}/entries", run.path),
            &run.cookie,
            Some(&batch),
        )
        .await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    let researcher = site.sign_in(RESEARCHER).await;
    let study = site.study_path("Animals, real and invented").await;
    let list = site
        .get(&format!("/exp{study}/responses"), &researcher)
        .await
        .body;
    let page = format!("/exp/responses/{}", after(&list, "/exp/responses/"));
    let page = without_marks(&site.get(&page, &researcher).await.body);
    let positions: Vec<usize> = ["0-a", "1-b", "2-c"]
        .iter()
        .map(|id| {
            page.find(&format!("<code>{id}</code>"))
                .unwrap_or_else(|| panic!("{id} in {page}"))
        })
        .collect();
    assert!(
        positions.is_sorted(),
        "frames stand in the order of the run"
    );
    assert!(page.find("zeta").unwrap() < page.find("alpha").unwrap());
    let file = format!("/exp{study}/responses.json");
    let responses = parse(&site.get(&file, &researcher).await);
    assert_eq!(
        responses[0]["response"]["sequence"],
        json!(["0-a", "1-b", "2-c"])
    );
    let family = site.sign_in(FAMILY).await;
    assert_eq!(site.get(&file, &family).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.get(&file, "").await.status, StatusCode::SEE_OTHER);
}

#[apply(on_a_site!)]
async fn reading_writes_nothing(site: TestSite) {
    use entities::{response, response_frame, run_session};
    use sea_orm::{EntityTrait, PaginatorTrait};
    let run = start(&site, "Animals, real and invented").await;
    let family = site.sign_in(FAMILY).await;
    let count = async || {
        let db = &site.db;
        (
            response::Entity::find().count(db).await.unwrap(),
            response_frame::Entity::find().count(db).await.unwrap(),
            run_session::Entity::find().count(db).await.unwrap(),
        )
    };
    let before = count().await;
    for _ in 0..3 {
        site.run("GET", &run.path, &run.cookie, None).await;
        site.run("GET", &format!("{}/document", run.path), &run.cookie, None)
            .await;
        site.get(
            &site.study_path("Animals, real and invented").await,
            &family,
        )
        .await;
    }
    assert_eq!(count().await, before);
    assert_eq!(before.0, 1);
}

#[apply(on_a_site!)]
async fn the_page_of_a_run_is_locked_down(site: TestSite) {
    let run = start(&site, "Animals, real and invented").await;
    let page = site.run("GET", &run.path, "", None).await;
    let policy = page.header("content-security-policy");
    // What a researcher wrote runs here; no script is loaded by its address, and nobody frames the
    // page.
    assert!(
        policy.contains("script-src 'self' 'wasm-unsafe-eval' blob:;")
            && policy.contains("frame-ancestors 'none'")
            && policy.contains("form-action 'none'"),
        "{policy}"
    );
    assert!(
        !policy.contains("https:") && !policy.contains('*'),
        "what the code knows leaves to nobody: {policy}"
    );
    let pane = site.run("GET", "/pane", "", None).await;
    let policy = pane.header("content-security-policy");
    assert!(
        policy.ends_with("frame-ancestors http://localhost:8080")
            && pane.body.contains("data-site=\"http://localhost:8080\""),
        "{policy}"
    );
    assert!(
        !page.body.contains("data-site"),
        "a run listens to no other page"
    );
    assert!(page.header("permissions-policy").contains("camera=(self)"));
    assert!(page.body.contains("<noscript>"));
    assert_eq!(
        site.run("GET", "/run/nonsense", "", None).await.status,
        StatusCode::NOT_FOUND
    );
}

#[apply(on_a_site!)]
async fn a_researchers_preview_is_kept_apart(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let study = site.study_path("The snack machine puzzle").await;
    let started = site
        .post(&format!("/exp{study}/preview"), &researcher, &[])
        .await;
    let (path, ticket) = started
        .location()
        .strip_prefix("http://run.localhost:8080")
        .unwrap()
        .split_once('#')
        .unwrap();
    let entered = site
        .run(
            "POST",
            &format!("{path}/enter"),
            "",
            Some(&json!({ "ticket": ticket })),
        )
        .await;
    let document = parse(
        &site
            .run("GET", &format!("{path}/document"), &entered.cookie(), None)
            .await,
    );
    assert_eq!(
        (
            document["is_preview"].as_bool(),
            document["response"].is_null()
        ),
        (Some(true), false)
    );
    assert_eq!(
        site.run(
            "POST",
            &format!("{path}/entries"),
            &entered.cookie(),
            Some(&json!({"entries": [frame(1, "0-a")]}))
        )
        .await
        .status,
        StatusCode::OK
    );
    let previews = site
        .get(&format!("/exp{study}/responses?previews=yes"), &researcher)
        .await
        .body;
    assert!(previews.contains("<h1>Previews") && previews.contains("/exp/responses/"));
    assert!(
        !site
            .get(&format!("/exp{study}/responses"), &researcher)
            .await
            .body
            .contains("/exp/responses/")
    );
    let family = site.sign_in(FAMILY).await;
    assert_eq!(
        site.post(&format!("/exp{study}/preview"), &family, &[])
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}

#[apply(on_a_site!)]
async fn a_run_loads_from_the_hosts_that_its_study_declares(site: TestSite) {
    let id = site.study("Animals, real and invented").await.id;
    site.change_study(id, |_, content| {
        content.design.hosts = ["cdn.example.org".to_owned()].into();
    })
    .await;
    let run = start(&site, "Animals, real and invented").await;
    let page = site.run("GET", &run.path, "", None).await;
    let policy = page.header("content-security-policy");
    for what in ["img-src", "media-src", "font-src", "connect-src"] {
        let allowed = format!("{what} 'self' data: blob: https://cdn.example.org;");
        assert!(policy.contains(&allowed), "{what}: {policy}");
    }
    let hosts = "/pane?turn=1&hosts=https%3A%2F%2Fa.example%2Fb.mp4%0A*%20evil%3B%20x";
    let pane = site.run("GET", hosts, "", None).await;
    let policy = pane.header("content-security-policy");
    assert!(
        policy.contains("connect-src 'self' data: blob: https://a.example;"),
        "{policy}"
    );
}

#[apply(on_a_site!)]
async fn what_was_left_behind_is_added_without_the_cookie(site: TestSite) {
    use axum::body::Body;
    use http::Request;
    use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
    let family = site.sign_in(FAMILY).await;
    let study = site.study_path("Animals, real and invented").await;
    let page = site.get(&study, &family).await.body;
    let form = [("child", after(&page, "name=\"child\" value=\""))];
    let started = site.post(&format!("{study}/start"), &family, &form).await;
    let (_, address) = started.location().split_once("8080").unwrap();
    let (path, ticket) = address.split_once('#').unwrap();
    let ticket = json!({ "ticket": ticket });
    let entered = site
        .run("POST", &format!("{path}/enter"), "", Some(&ticket))
        .await;
    let key = parse(&entered)["append_key"].as_str().unwrap().to_owned();
    let ask = async |method: &str, what: &str, key: &str, body: Value| {
        let request = Request::builder()
            .method(method)
            .uri(format!("{path}/{what}"))
            .header(HOST, crate::support::RUN)
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {key}"));
        site.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    };
    let batch = json!({"entries": [frame(1, "0-a")]});
    let added = ask("POST", "entries", &key, batch.clone()).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    let refused = ask("POST", "entries", "wrong", batch).await;
    assert_eq!(
        (refused.status, parse(&refused)["error"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("run_ended"))
    );
    let read = ask("GET", "document", &key, json!({})).await;
    assert_eq!(read.status, StatusCode::UNAUTHORIZED);
}
