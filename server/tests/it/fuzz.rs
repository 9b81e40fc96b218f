//! What programs may send to the two addresses that take JSON from outside, made up at random:
//! nothing of it is an error of ours. `PROPTEST_CASES=100000 cargo nextest run` looks longer
//! (`docs/FUZZING.md`).

use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use http::{Request, StatusCode};
use macro_rules_attribute::apply;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::responses::{external_study, only_response};
use crate::support::{RUN, SITE, on_a_site};
use crate::{responses, runs};

/// Values of a strategy, as many as proptest would try.
fn samples<S: Strategy>(strategy: S) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::default();
    let cases = runner.config().cases;
    (0..cases).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

fn text() -> impl Strategy<Value = String> {
    let texts = [
        "",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "1.5",
        "00000000-0000-0000-0000-000000000000",
        "x",
        "\u{0}",
        "\u{202e}",
        "🙂",
        "'",
        "\"",
        "{}",
        "null",
        "frame",
        "event",
        "finish",
        "conditions",
        "0-a",
        "response",
        "entries",
    ];
    prop_oneof![
        select(texts.to_vec()).prop_map(str::to_owned),
        any::<String>()
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 30, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((text(), inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// JSON, and what is nearly JSON.
fn body(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<u8>> {
    let nearly = (value, 0_usize..200, any::<u8>()).prop_map(|(value, place, byte)| {
        let mut text = value.to_string().into_bytes();
        if let Some(broken) = text.get_mut(place) {
            *broken = byte;
        }
        text
    });
    let deep = (1_usize..20_000).prop_map(|depth| "[".repeat(depth).into_bytes());
    prop_oneof![8 => nearly, 1 => deep, 2 => vec(any::<u8>(), 0..100)]
}

#[apply(on_a_site!)]
async fn messages_of_other_sites_are_taken_or_refused(site: TestSite) {
    let id = external_study(&site, "https://survey.example/").await;
    let family = site.sign_in(services::demo::FAMILY).await;
    responses::start(&site, id, &family).await;
    let response = only_response(&site).await.id.to_string();
    let secret = services::responses::webhook_secret(&site.ctx, id)
        .await
        .unwrap();
    let now = site.ctx.now().timestamp();
    let known = Just(json!({ "response": response }));
    let message = prop_oneof![1 => known, 3 => value().prop_map(|id| json!({ "response": id }))];
    let cases = (body(message), text(), text(), 0_u8..3);
    for (body, time, mac, how) in samples(cases) {
        let body = String::from_utf8_lossy(&body).into_owned();
        let signed = |time: &str| adapters::keys::hmac_hex(&secret, &format!("{time}.{body}"));
        let signature = match how {
            0 => format!("t={now},v1={}", signed(&now.to_string()).unwrap()),
            1 => format!("t={time},v1={}", signed(&time).unwrap()),
            _ => format!("t={time},v1={mac}"),
        };
        let request = Request::post(format!("/hooks/external/{id}"))
            .header(HOST, SITE)
            .header("x-lookit-signature", signature.as_bytes());
        let Ok(request) = request.body(Body::from(body.clone())) else {
            continue;
        };
        let status = site.send(request).await.status;
        let is_signed = how == 0;
        assert!(
            status == StatusCode::NO_CONTENT || status.is_client_error(),
            "{status}: {signature} {body}"
        );
        assert!(
            is_signed || status != StatusCode::NO_CONTENT,
            "{signature} {body}"
        );
    }
}

#[apply(on_a_site!)]
async fn entries_of_runs_are_kept_or_refused(site: TestSite) {
    let run = runs::start(&site, "The cat who wanted the moon").await;
    let members = [
        "id",
        "number",
        "type",
        "frame_id",
        "position",
        "next",
        "data",
        "completes",
        "consents",
        "event",
        "conditions",
    ];
    let kind = select(vec!["frame", "event", "conditions", "nonsense"]);
    let others = vec((select(members.to_vec()), value()), 0..3);
    let entry =
        (kind, any::<u128>(), 0_u32..30_000, others).prop_map(|(kind, id, number, others)| {
            let mut entry = json!({
                "id": uuid(id),
                "number": number,
                "type": kind,
                "frame_id": "0-a",
                "position": 0,
                "next": 1,
                "data": {},
                "event": {},
                "conditions": {},
            });
            for (name, value) in others {
                entry[name] = value;
            }
            entry
        });
    let entries = vec(prop_oneof![3 => entry, 1 => value()], 0..30);
    let batch = prop_oneof![
        4 => entries.prop_map(|entries| json!({ "entries": entries })),
        1 => value(),
    ];
    for body in samples(body(batch)) {
        let request = Request::post(format!("{}/entries", run.path))
            .header(HOST, RUN)
            .header(COOKIE, &run.cookie)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/json");
        let sent = String::from_utf8_lossy(&body).into_owned();
        let answer = site.send(request.body(Body::from(body)).unwrap()).await;
        assert!(
            answer.status == StatusCode::OK || answer.status.is_client_error(),
            "{} {}: {sent}",
            answer.status,
            answer.body
        );
    }
}

fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}
