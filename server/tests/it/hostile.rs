//! Addresses and bodies that nobody means well with, sent to every route on both databases: none
//! may be a failure of ours.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use domain::accounts::{AccountId, Powers};
use domain::families::child::ChildForm;
use domain::families::demographics::DemographicsForm;
use domain::labs::LabDetails;
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use http::{Request, StatusCode};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use services::Actor;
use services::accounts::{self, NewAccount};

use crate::access::routes;
use crate::support::{RUN, SITE, TestSite};

/// Texts that have broken somebody's site.
const TEXTS: &[&str] = &[
    "\0",
    "a\0b",
    "\u{1}\u{7f}",
    "\u{202e}\u{feff}",
    "\u{10ffff}",
    "%",
    "%00",
    "!_%\\",
    "' or 1=1 --",
    "../../etc/passwd",
    "..\\",
    "https://evil.example/",
    "//evil.example",
    "-1",
    "0",
    "18446744073709551616",
    "1e400",
    "NaN",
    "2026-02-30",
    "-262144-01-01",
    "00000000-0000-0000-0000-000000000000",
    "{\"frames\":{\"a\":",
    "[[[[[[[[[[",
    "<script>alert(1)</script>",
    "{{",
];

/// What stands in an address as it is.
const RAW: &[&str] = &[
    "%00",
    "a%00b",
    "%01",
    "%ff",
    "%c3%28",
    "%ed%a0%80",
    "%2e%2e",
    "%2F",
    "%5C",
    "%",
    "%zz",
    "%F0%9F%8C%99",
];

/// Every text that chance makes of these characters is as good as a fixed one.
const CHANCE: &str = "[\\PC\u{0}-\u{1f}%&=+'\"\\\\]{1,40}";

struct Hostile {
    site: TestSite,
    superuser: AccountId,
    family: AccountId,
    chance: TestRunner,
}

impl Hostile {
    async fn at(site: TestSite) -> Self {
        let new = |powers| NewAccount {
            powers,
            ..NewAccount::default()
        };
        let mut accounts = Vec::new();
        for (email, is_superuser) in [("super@cast.example", true), ("fam@cast.example", false)] {
            let powers = Powers {
                is_superuser,
                ..Powers::default()
            };
            let password = "lanterns hum past midnight".to_owned().into();
            let made = accounts::create(&site.ctx, &Actor::System, email, password, new(powers));
            accounts.push(made.await.unwrap());
        }
        Self {
            superuser: accounts[0],
            family: accounts[1],
            site,
            chance: TestRunner::deterministic(),
        }
    }

    fn by_chance(&mut self) -> String {
        let text = CHANCE.new_tree(&mut self.chance).unwrap();
        text.current()
    }

    /// The texts that are tried everywhere, and some of chance.
    fn texts(&mut self) -> Vec<String> {
        let chance = [(); 3].map(|()| self.by_chance());
        let known = TEXTS.iter().map(|text| (*text).to_owned());
        known.chain(chance).collect()
    }

    /// A session of whoever gets furthest behind this address. Each request has its own, since some
    /// end it.
    async fn cookie(&self, path: &str) -> String {
        let is_desk = ["/exp", "/staff"].iter().any(|area| path.starts_with(area));
        let account = if is_desk { self.superuser } else { self.family };
        let is_open = ["/signup", "/login"]
            .iter()
            .any(|area| path.starts_with(area));
        if is_open {
            return String::new();
        }
        let cookie = self.site.mint_session(account, true).await;
        if is_desk {
            let given = entities::account::ActiveModel {
                id: sea_orm::ActiveValue::Set(account),
                has_second_factor: sea_orm::ActiveValue::Set(true),
                ..Default::default()
            };
            sea_orm::ActiveModelTrait::update(given, &self.site.db)
                .await
                .unwrap();
        }
        cookie
    }

    async fn ask(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> StatusCode {
        let host = if path.starts_with("/run/") { RUN } else { SITE };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, host)
            .header(COOKIE, self.cookie(path).await)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, kind)
            .body(Body::from(body));
        // What is no address at all reaches no server.
        let Ok(request) = request else {
            return StatusCode::BAD_REQUEST;
        };
        let answer = self.site.send(request).await;
        assert!(
            !answer.status.is_server_error(),
            "{method} {path}: {} {}",
            answer.status,
            answer.body
        );
        answer.status
    }

    /// A path with things that exist in place of what it leaves open.
    async fn filled(&self, path: &str) -> String {
        let study = self.site.study("The cat who wanted the moon").await;
        path.replace("{study}", &study.id.to_string())
            .replace("{lab}", &study.lab_id.to_string())
    }
}

/// The words in quotes that stand behind one of these in the sources of a folder of `app`.
fn words(folder: &str, behind: &[&str]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let pieces: Vec<&str> = text.split('"').collect();
            for pair in pieces.windows(2) {
                let is_name = pair[1].chars().all(|c| c.is_ascii_lowercase() || c == '_');
                if is_name && behind.iter().any(|call| pair[0].ends_with(call)) {
                    words.insert(pair[1].to_owned());
                }
            }
        }
    }
    assert!(words.len() > 10, "{words:?}");
    words
}

/// Names of what stands in the query of any page.
fn query_names() -> BTreeSet<String> {
    let mut names = words("pages", &["text(", "query(", "request, "]);
    names.extend(["page".to_owned(), "search".to_owned()]);
    names
}

/// Names of all fields that forms have.
fn fields() -> BTreeSet<String> {
    let mut fields = words("actions", &["text(", "parsed(", "all(", "has("]);
    for form in [
        serde_json::to_value(ChildForm::default()),
        serde_json::to_value(DemographicsForm::default()),
        serde_json::to_value(LabDetails::default()),
    ] {
        fields.extend(form.unwrap().as_object().unwrap().keys().cloned());
    }
    fields
}

fn encoded(text: &str) -> String {
    percent_encoding::percent_encode(text.as_bytes(), percent_encoding::NON_ALPHANUMERIC)
        .to_string()
}

/// A text as the value of every name.
fn pairs(names: &BTreeSet<String>, text: &str) -> Vec<String> {
    let value = encoded(text);
    let pairs = names.iter().map(|name| format!("{name}={value}"));
    pairs.collect()
}

async fn hostile_paths_are_not_found(hostile: &mut Hostile) {
    let (gets, posts) = routes();
    let of_runs = ["", "/document"].map(|rest| format!("/run/{{session}}{rest}"));
    for (method, paths) in [("GET", gets), ("POST", posts), ("GET", of_runs.to_vec())] {
        for path in paths.iter().filter(|path| path.contains('{')) {
            let long = "x".repeat(10_000);
            let chance = [(); 3].map(|()| encoded(&hostile.by_chance()));
            let pieces = RAW.iter().copied().chain([long.as_str()]);
            for piece in pieces.chain(chance.iter().map(String::as_str)) {
                let part = |part: &str| {
                    let is_open = part.starts_with('{');
                    if is_open { piece } else { part }.to_owned()
                };
                let asked = path.split('/').map(part).collect::<Vec<_>>().join("/");
                let status = hostile.ask(method, &asked, "text/plain", Vec::new()).await;
                if piece.contains("%00") || piece.contains("%ff") {
                    assert_eq!(status, StatusCode::NOT_FOUND, "{method} {asked}");
                }
                // Two points lead up, as everywhere.
                let is_found = status == StatusCode::OK && piece != "%2e%2e";
                assert!(!is_found, "{method} {asked}");
            }
        }
    }
}

async fn hostile_queries_are_no_failure(hostile: &mut Hostile) {
    let (gets, _) = routes();
    let names = query_names();
    for path in gets {
        let filled = hostile.filled(&path).await;
        for text in hostile.texts() {
            let pairs = pairs(&names, &text);
            // An address has its length, so each has some of them.
            for pairs in pairs.chunks(60) {
                let asked = format!("{filled}?{}", pairs.join("&"));
                let status = hostile.ask("GET", &asked, "text/plain", Vec::new()).await;
                if text.contains('\0') {
                    assert_eq!(status, StatusCode::NOT_FOUND, "{asked}");
                }
            }
        }
        for raw in RAW {
            let asked = format!("{filled}?{raw}={raw}&search={raw}&page={raw}");
            hostile.ask("GET", &asked, "text/plain", Vec::new()).await;
        }
    }
}

async fn hostile_bodies_are_no_failure(hostile: &mut Hostile) {
    let (_, mut posts) = routes();
    posts.extend(
        ["enter", "entries"]
            .map(|last| format!("/run/00000000-0000-4000-8000-000000000000/{last}")),
    );
    let names = fields();
    let form = "application/x-www-form-urlencoded";
    for path in posts {
        let filled = hostile.filled(&path).await;
        for text in hostile.texts() {
            let pairs = pairs(&names, &text);
            let body = pairs.join("&").into_bytes();
            hostile.ask("POST", &filled, form, body).await;
        }
        for (kind, body) in [
            (form, b"\xff\xfe=\0&&&=%".to_vec()),
            ("application/json", b"{\"a\":\"\\u0000\",".to_vec()),
            ("application/json", b"[".repeat(10_000)),
            ("application/json", b"\0".to_vec()),
            ("multipart/form-data; boundary=x", b"--x\r\n\0".to_vec()),
            ("multipart/form-data; boundary=", b"--\r\n".to_vec()),
        ] {
            hostile.ask("POST", &filled, kind, body).await;
        }
    }
}

async fn nothing_hostile_is_a_failure(site: TestSite) {
    let mut hostile = Hostile::at(site).await;
    hostile_paths_are_not_found(&mut hostile).await;
    hostile_queries_are_no_failure(&mut hostile).await;
    hostile_bodies_are_no_failure(&mut hostile).await;
}

#[tokio::test]
async fn nothing_hostile_is_a_failure_on_sqlite() {
    nothing_hostile_is_a_failure(TestSite::new().await).await;
}

#[tokio::test]
async fn nothing_hostile_is_a_failure_on_postgres() {
    nothing_hostile_is_a_failure(TestSite::postgres().await).await;
}
