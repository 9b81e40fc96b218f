use domain::families::child::ChildId;
use domain::responses::{ResponseId, ResponseState};

use super::*;

async fn elsewhere(app: &TestApp, lab: LabId) -> StudyId {
    app.study(lab, "Elsewhere", |new| {
        new.kind = StudyKind::External;
        new.content.design.external.url = "https://survey.example/x?a=1".into();
    })
    .await
}

/// Follows the link to the other site.
async fn leave(
    app: &TestApp,
    family: &Actor,
    study: StudyId,
    child: ChildId,
) -> (ResponseId, String) {
    let run = StartRun {
        study,
        child,
        starts_over: false,
    };
    match responses::start(&app.ctx, family, run).await.unwrap() {
        Destination::Away { response, address } => (response, address),
        Destination::Run(_) => panic!("leads away"),
    }
}

/// What the other site has to send back, out of the address that it was called by.
fn return_token(address: &str) -> String {
    let link = url::form_urlencoded::parse(address.split_once('?').unwrap().1.as_bytes())
        .find(|(name, _)| name == "lookit_return")
        .unwrap()
        .1
        .into_owned();
    link.rsplit('/').next().unwrap().to_owned()
}

/// Which of a family's responses are complete.
async fn completed(app: &TestApp, family: &Actor) -> Vec<bool> {
    let past = responses::past(&app.ctx, family, PAGE).await.unwrap();
    past.entries
        .into_iter()
        .map(|response| response.state == ResponseState::Finished)
        .collect()
}

#[apply(on_both_databases!)]
async fn two_clicks_on_the_way_to_another_site_are_one_response(app: TestApp) {
    let (lab, _, _) = cast(&app).await;
    let id = elsewhere(&app, lab).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (response, address) = leave(&app, &family, id, child).await;
    assert!(
        address.starts_with("https://survey.example/x?a=1&child=")
            && address.contains(&format!("response={response}"))
    );
    let (again, _) = leave(&app, &family, id, child).await;
    assert_eq!(again, response, "two clicks are one response");
    assert_eq!(completed(&app, &family).await, [false]);
}

#[apply(on_both_databases!)]
async fn the_link_back_says_that_a_family_is_done(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = elsewhere(&app, lab).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (_, address) = leave(&app, &family, id, child).await;
    let token = return_token(&address);
    for forged in [
        "",
        "x.y",
        &token[..token.len() - 1],
        &token.replace('.', "-"),
    ] {
        assert!(
            matches!(
                responses::complete_by_link(&app.ctx, forged).await,
                Err(Error::NotFound(_))
            ),
            "{forged}"
        );
    }
    assert_eq!(completed(&app, &family).await, [false]);
    responses::complete_by_link(&app.ctx, &token).await.unwrap();
    responses::complete_by_link(&app.ctx, &token).await.unwrap();
    assert_eq!(completed(&app, &family).await, [true]);
    let (_, list) = studies::list_of_labs(&app.ctx, &ada, &WantedStudies::default(), PAGE)
        .await
        .unwrap();
    assert_eq!(
        (list.entries[0].responses, list.entries[0].completed),
        (1, 1)
    );
}

#[apply(on_both_databases!)]
async fn a_signed_message_says_that_a_family_is_done(app: TestApp) {
    let (lab, _, _) = cast(&app).await;
    let id = elsewhere(&app, lab).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (_, address) = leave(&app, &family, id, child).await;
    responses::complete_by_link(&app.ctx, &return_token(&address))
        .await
        .unwrap();
    app.clock.advance(Duration::hours(25));
    let (response, _) = leave(&app, &family, id, child).await;
    let body = format!("{{\"response\": \"{response}\"}}");
    let sign = async |study, time: i64| {
        let secret = responses::webhook_secret(&app.ctx, study).await.unwrap();
        let mac = adapters::keys::hmac_hex(&secret, &format!("{time}.{body}"));
        format!("t={time},v1={}", mac.unwrap())
    };
    let now = app.ctx.now().timestamp();
    let other = app
        .study(lab, "Other", |new| new.kind = StudyKind::External)
        .await;
    for (signature, what) in [
        (sign(id, now - 1000).await, "too old"),
        (sign(other, now).await, "another study's secret"),
        (String::new(), "none"),
    ] {
        assert!(
            matches!(
                responses::report_completion(&app.ctx, id, &signature, &body).await,
                Err(Error::Denied)
            ),
            "{what}"
        );
    }
    assert!(
        matches!(
            responses::report_completion(&app.ctx, other, &sign(other, now).await, &body).await,
            Err(Error::NotFound(_))
        ),
        "a response of another study"
    );
    responses::report_completion(&app.ctx, id, &sign(id, now).await, &body)
        .await
        .unwrap();
    assert_eq!(completed(&app, &family).await, [true, true]);
}

#[apply(on_both_databases!)]
async fn a_renewed_secret_is_the_only_one_that_counts(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = elsewhere(&app, lab).await;
    app.study_role(&ada, id, StudyRole::Design).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (response, _) = leave(&app, &family, id, child).await;
    let body = format!("{{\"response\": \"{response}\"}}");
    let shown = async || {
        let page = studies::design(&app.ctx, &ada, id).await;
        page.unwrap().webhook_secret
    };
    let report = async |secret: &str| {
        let now = app.ctx.now().timestamp();
        let mac = adapters::keys::hmac_hex(secret, &format!("{now}.{body}")).unwrap();
        responses::report_completion(&app.ctx, id, &format!("t={now},v1={mac}"), &body).await
    };
    let first = shown().await;
    studies::renew_webhook_secret(&app.ctx, &ada, id)
        .await
        .unwrap();
    let second = shown().await;
    assert!(matches!(report(&first).await, Err(Error::Denied)));
    report(&second).await.unwrap();
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    assert!(matches!(
        studies::renew_webhook_secret(&app.ctx, &reader, id).await,
        Err(Error::Denied)
    ));
    let unknown = StudyId(app.ctx.uuid().unwrap());
    assert!(matches!(
        responses::report_completion(&app.ctx, unknown, "t=1,v1=x", &body).await,
        Err(Error::Denied)
    ));
}

#[apply(on_both_databases!)]
async fn a_child_has_one_open_response_until_somebody_says_that_it_is_done(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = elsewhere(&app, lab).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (first, _) = leave(&app, &family, id, child).await;
    app.clock.advance(Duration::hours(48));
    let (again, _) = leave(&app, &family, id, child).await;
    assert_eq!(again, first, "two days later it is the same");
    let page = studies::find(&app.ctx, &family, id).await.unwrap();
    assert!(
        page.children[0].unfinished.is_some(),
        "and the page offers to continue"
    );
    let reader = app.researcher("r@example.org", lab, LabRole::Admin).await;
    let refused = responses::complete_by_hand(&app.ctx, &reader, first).await;
    assert!(matches!(refused, Err(Error::Denied)));
    app.study_role(&ada, id, StudyRole::Admin).await;
    for _ in 0..2 {
        responses::complete_by_hand(&app.ctx, &ada, first)
            .await
            .unwrap();
    }
    assert_eq!(app.audited(AuditAction::ResponseCompleted).await, 1);
    assert_eq!(completed(&app, &family).await, [true]);
    let (_, list) = studies::list_of_labs(&app.ctx, &ada, &WantedStudies::default(), PAGE)
        .await
        .unwrap();
    assert_eq!(list.entries[0].completed, 1);
    let (next, _) = leave(&app, &family, id, child).await;
    assert_ne!(next, first);
    let ours = app.study(lab, "Ours", |_| ()).await;
    app.study_role(&ada, ours, StudyRole::Admin).await;
    let (started, _) = app.run(&family, ours, child).await;
    let refused = responses::complete_by_hand(&app.ctx, &ada, started.response).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "played here");
}
