//! Bodies that are too large or too slow, sent to every route.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::future::join_all;
use futures::stream::{self, Stream, StreamExt};
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use http::{Request, StatusCode};
use macro_rules_attribute::apply;
use server::http::Patience;
use services::demo::{FAMILY, RESEARCHER};

use crate::access::routes;
use crate::support::{RUN, SITE, TestSite, between, on_a_site, without_marks};

const PIECE: usize = 16 * 1024;

/// An endless body that counts what was asked of it.
fn counted(read: &Arc<AtomicUsize>) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
    let read = read.clone();
    stream::repeat_with(move || {
        read.fetch_add(PIECE, Ordering::Relaxed);
        Ok(Bytes::from(vec![b'a'; PIECE]))
    })
}

struct Sent {
    path: String,
    status: StatusCode,
    /// Bytes that were read of the body.
    read: usize,
    body: String,
}

/// Sends a body to a route, with a study, a lab or nothing in place of what its path leaves open.
async fn send(
    site: &TestSite,
    (path, cookie): (&str, &str),
    body: impl FnOnce(&Arc<AtomicUsize>) -> Body,
) -> Sent {
    let study = site.study("The cat who wanted the moon").await;
    let filled = path
        .replace("{study}", &study.id.to_string())
        .replace("{lab}", &study.lab_id.to_string());
    let filled = filled
        .split('/')
        .map(|part| if part.starts_with('{') { "x" } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let kind = match path {
        path if path.contains("/pictures/") => "multipart/form-data; boundary=x",
        path if path.ends_with("/image") || path.ends_with("/archive") => {
            "multipart/form-data; boundary=x"
        }
        _ => "application/x-www-form-urlencoded",
    };
    let read = Arc::new(AtomicUsize::new(0));
    let host = if path.starts_with("/run/") { RUN } else { SITE };
    let request = Request::post(&filled)
        .header(HOST, host)
        .header(COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, kind)
        .body(body(&read));
    let answer = site.send(request.unwrap()).await;
    Sent {
        path: path.to_owned(),
        status: answer.status,
        read: read.load(Ordering::Relaxed),
        body: answer.body,
    }
}

/// Every route that is posted to, on both origins.
fn posts() -> Vec<String> {
    let (_, mut posts) = routes();
    posts.extend(["enter", "entries"].map(|last| format!("/run/{{session}}/{last}")));
    posts
}

#[tokio::test]
async fn no_route_reads_more_than_whoever_sends_it_may_send() {
    let site = TestSite::new().await;
    let family = site.sign_in(FAMILY).await;
    for (cookie, most, most_of_signed_in) in [
        ("", 64 * 1024, 0),
        (family.as_str(), 64 * 1024, 1024 * 1024),
    ] {
        for path in posts() {
            let endless = |read: &Arc<AtomicUsize>| Body::from_stream(counted(read));
            let sent = send(&site, (&path, cookie), endless).await;
            let most = if path.starts_with("/account/") || path.starts_with("/studies/") {
                most_of_signed_in
            } else {
                most
            };
            let Sent { status, read, .. } = sent;
            assert!(read <= most + PIECE, "{path} read {read} bytes: {status}");
            assert!(!status.is_server_error(), "{path}: {status}");
            assert!(
                read == 0 || [408, 413, 422].contains(&status.as_u16()),
                "{path} took {read} bytes: {status} {}",
                sent.body
            );
        }
    }
}

#[tokio::test]
async fn no_route_waits_long_for_a_body() {
    let patience = Patience {
        grace: Duration::from_millis(300),
        ..Patience::default()
    };
    let site = TestSite::patient(&[], patience).await;
    let researcher = site.sign_in(RESEARCHER).await;
    for cookie in ["", &researcher] {
        let posts = posts();
        let all = posts.iter().map(|path| {
            send(&site, (path, cookie), |read| {
                let begun = counted(read).take(1).map(|_| Ok(Bytes::from("--x\r\n")));
                Body::from_stream(begun.chain(stream::pending::<Result<_, Infallible>>()))
            })
        });
        let all = tokio::time::timeout(Duration::from_mins(1), join_all(all)).await;
        for Sent {
            path, status, read, ..
        } in all.unwrap()
        {
            let waited = status == StatusCode::REQUEST_TIMEOUT;
            assert!(!status.is_server_error(), "{path}: {status}");
            assert!(waited || read == 0, "{path} began to read: {status}");
            assert!(cookie.is_empty() || waited || !path.starts_with("/exp/criteria"));
        }
    }
}

#[apply(on_a_site!)]
async fn what_is_too_large_comes_back_as_a_page(site: TestSite) {
    let family = site.sign_in(FAMILY).await;
    let answer = async |kilobytes: usize| {
        let long = "x".repeat(kilobytes * 1024);
        let form = [("country", "FR"), ("additional_comments", &*long)];
        site.post("/account/demographics", &family, &form).await
    };
    let large = answer(600).await;
    assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
    let faults = between(&large.body, "id=\"faults\"", "</div>");
    assert!(
        faults.contains("#additional_comments") && faults.contains("more than the 512 kB"),
        "{faults}"
    );
    assert!(
        large.body.contains(&"x".repeat(600 * 1024)),
        "what was typed is still there"
    );
    let too_large = answer(1_100).await;
    assert_eq!(too_large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let page = without_marks(&too_large.body);
    let main = between(&page, "<main", "</main>");
    assert!(
        main.contains("<h1>This is too large</h1>") && main.contains("more than the 1 MB"),
        "{main}"
    );
    let many = "a=1&".repeat(3_000);
    let request = Request::post("/account/demographics")
        .header(HOST, SITE)
        .header(COOKIE, &family)
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(many));
    let refused = site.send(request.unwrap()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("more than 2000 fields"));
}

#[apply(on_a_site!)]
async fn a_password_is_rated_and_too_many_are_not(site: TestSite) {
    let path = "/api/app/islands/rate_password";
    let rate = async |form: &[(&str, &str)]| site.post(path, "", form).await;
    let weak = rate(&[("password", "password123"), ("known", "")]).await;
    assert_eq!(weak.status, StatusCode::OK);
    assert!(weak.body.contains("\"score\":0"), "{}", weak.body);
    let nothing = rate(&[("password", "password123")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = "x".repeat(2_000);
    let refused = rate(&[("password", &long), ("known", "")]).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let all = join_all((0..100).map(|_| rate(&[("password", "x"), ("known", "")]))).await;
    let refused = all
        .iter()
        .filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS)
        .count();
    assert!(refused > 30, "{refused} were refused");
}
