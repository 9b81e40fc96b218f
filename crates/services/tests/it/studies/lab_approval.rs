//! What becomes of studies when their lab is no longer approved.

use super::*;

#[apply(on_both_databases!)]
async fn studies_stop_with_the_approval_of_their_lab(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let open = active(&app, &ada, &staff, lab, "Cats").await;
    let draft = ready(&app, &ada, lab, "Dogs").await;
    let elsewhere = app.study(app.lab("Other").await, "Newts", |_| ()).await;
    let admin = app
        .researcher("admin@example.org", lab, LabRole::Admin)
        .await;
    app.emails().await;
    let known = app.ctx.mail.kept().len();
    studies::set_lab_approval(&app.ctx, &staff, lab, false)
        .await
        .unwrap();
    assert_eq!(
        (
            row(&app, open).await.state,
            row(&app, draft).await.state,
            row(&app, elsewhere).await.state
        ),
        (S::Paused, S::Created, S::Active)
    );
    let mut told = app.emails().await.split_off(known);
    told.sort();
    let subject = "The approval of Lab was withdrawn".to_owned();
    assert_eq!(
        told,
        [
            ("ada@example.org".to_owned(), subject.clone()),
            ("admin@example.org".to_owned(), subject)
        ]
    );
    let kept = app.ctx.mail.kept();
    assert!(kept[known].text.contains("\u{201c}Cats\u{201d}"));
    let log = studies::log(&app.ctx, &ada, open, Some(S::Paused), PAGE).await;
    assert_eq!(
        log.unwrap().entries[0].comment,
        "The approval of the lab was withdrawn."
    );
    assert!(matches!(
        step(&app, &admin, open, T::Activate, "").await,
        Err(Error::Conflict(_))
    ));
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let run = StartRun {
        study: open,
        child,
        starts_over: false,
    };
    assert!(responses::start(&app.ctx, &family, run).await.is_err());
}

#[apply(on_both_databases!)]
async fn a_study_that_is_started_meanwhile_stops_too(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = active(&app, &ada, &staff, lab, "Cats").await;
    for _ in 0..5 {
        step(&app, &ada, id, T::Pause, "").await.unwrap();
        let (started, stopped) = tokio::join!(
            step(&app, &ada, id, T::Activate, ""),
            studies::set_lab_approval(&app.ctx, &staff, lab, false)
        );
        stopped.unwrap();
        assert!(matches!(started, Ok(S::Active) | Err(Error::Conflict(_))));
        assert_eq!(row(&app, id).await.state, S::Paused);
        studies::set_lab_approval(&app.ctx, &staff, lab, true)
            .await
            .unwrap();
        step(&app, &ada, id, T::Activate, "").await.unwrap();
    }
}
