use super::*;

#[apply(on_both_databases!)]
async fn another_site_reports_that_a_family_is_done(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = app
        .study(lab, "Elsewhere", |new| {
            new.kind = StudyKind::External;
            new.content.design.external.url = "https://survey.example/x?a=1".into();
        })
        .await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let Destination::Away { response, address } = responses::start(
        &app.ctx,
        &family,
        StartRun {
            study: id,
            child,
            starts_over: false,
        },
    )
    .await
    .unwrap() else {
        panic!("leads away")
    };
    assert!(
        address.starts_with("https://survey.example/x?a=1&child=")
            && address.contains(&format!("response={response}"))
    );
    let again = responses::start(
        &app.ctx,
        &family,
        StartRun {
            study: id,
            child,
            starts_over: false,
        },
    )
    .await
    .unwrap();
    assert!(
        matches!(again, Destination::Away { response: same, .. } if same == response),
        "two clicks are one visit"
    );
    let past = async || {
        responses::past(&app.ctx, &family, PAGE)
            .await
            .unwrap()
            .entries
            .into_iter()
            .map(|visit| visit.is_completed)
            .collect::<Vec<_>>()
    };
    assert_eq!(past().await, [false]);
    let query = url::form_urlencoded::parse(address.split_once('?').unwrap().1.as_bytes())
        .find(|(name, _)| name == "lookit_return")
        .unwrap()
        .1
        .into_owned();
    let link = query.rsplit('/').next().unwrap();
    for forged in ["", "x.y", &link[..link.len() - 1], &link.replace('.', "-")] {
        assert!(
            matches!(
                responses::complete_by_link(&app.ctx, forged).await,
                Err(Error::NotFound(_))
            ),
            "{forged}"
        );
    }
    responses::complete_by_link(&app.ctx, link).await.unwrap();
    responses::complete_by_link(&app.ctx, link).await.unwrap();
    assert_eq!(past().await, [true]);
    let (_, list) = studies::list_of_labs(&app.ctx, &ada, &WantedStudies::default(), PAGE)
        .await
        .unwrap();
    assert_eq!(
        (list.entries[0].responses, list.entries[0].completed),
        (1, 1)
    );
    // By message.
    app.clock.advance(Duration::hours(25));
    let Destination::Away { response, .. } = responses::start(
        &app.ctx,
        &family,
        StartRun {
            study: id,
            child,
            starts_over: false,
        },
    )
    .await
    .unwrap() else {
        panic!("leads away")
    };
    let body = format!("{{\"response\": \"{response}\"}}");
    let sign = |study, time: i64| {
        format!(
            "t={time},v1={}",
            adapters::keys::hmac_hex(
                &responses::webhook_secret(&app.ctx, study).unwrap(),
                &format!("{time}.{body}")
            )
            .unwrap()
        )
    };
    let now = app.ctx.now().timestamp();
    let other = app
        .study(lab, "Other", |new| new.kind = StudyKind::External)
        .await;
    for (signature, what) in [
        (sign(id, now - 1000), "too old"),
        (sign(other, now), "another study's secret"),
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
            responses::report_completion(&app.ctx, other, &sign(other, now), &body).await,
            Err(Error::NotFound(_))
        ),
        "a response of another study"
    );
    responses::report_completion(&app.ctx, id, &sign(id, now), &body)
        .await
        .unwrap();
    assert_eq!(past().await, [true, true]);
}
