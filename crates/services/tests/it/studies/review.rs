use super::*;

#[apply(on_both_databases!)]
async fn remarks_stay_and_colleagues_are_asked(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let eve = app
        .researcher("eve@example.org", app.lab("Other").await, LabRole::Member)
        .await;
    entities::account::ActiveModel {
        id: Set(eve.person().unwrap().account),
        email_confirmed_at: Set(Some(app.ctx.now())),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    assert!(matches!(
        studies::review(&app.ctx, &eve, id).await,
        Err(Error::NotFound(_))
    ));
    studies::add_peer_reviewer(&app.ctx, &ada, id, "nobody@example.org")
        .await
        .unwrap();
    studies::add_peer_reviewer(&app.ctx, &ada, id, "EVE@example.org")
        .await
        .unwrap();
    studies::add_peer_reviewer(&app.ctx, &ada, id, "eve@example.org")
        .await
        .unwrap();
    assert!(matches!(
        studies::add_peer_reviewer(&app.ctx, &eve, id, "x@example.org").await,
        Err(Error::Denied)
    ));
    assert_eq!(
        app.letters()
            .await
            .iter()
            .filter(|(to, _)| to == "eve@example.org")
            .count(),
        1
    );
    studies::comment(
        &app.ctx,
        &eve,
        id,
        Section::Design,
        "The second frame is long.",
    )
    .await
    .unwrap();
    app.clock.advance(Duration::seconds(1));
    studies::comment(&app.ctx, &staff, id, Section::Ad, "Who is Ada?")
        .await
        .unwrap();
    assert!(
        studies::comment(&app.ctx, &staff, id, Section::Ad, "  ")
            .await
            .is_err()
    );
    let family = app.family("fam@example.org").await;
    assert!(matches!(
        studies::comment(&app.ctx, &family, id, Section::Ad, "x").await,
        Err(Error::Denied)
    ));
    let page = studies::review(&app.ctx, &eve, id).await.unwrap();
    assert_eq!(
        page.comments
            .iter()
            .map(|one| (one.section, one.by.as_str(), one.version))
            .collect::<Vec<_>>(),
        [
            (Section::Design, "eve Person", 4),
            (Section::Ad, "staff Person", 4)
        ]
    );
    assert!(page.may_comment && !page.may_write && page.offers.is_empty());
    assert!(
        matches!(
            studies::people::people(&app.ctx, &eve, id).await,
            Err(Error::Denied)
        ),
        "nobody's address is a colleague's business"
    );
    assert!(matches!(
        studies::save_design(&app.ctx, &eve, id, &protocol("{}"), &SaveOptions::default()).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        studies::resolve_comment(&app.ctx, &eve, id, page.comments[0].id, true).await,
        Err(Error::Denied)
    ));
    studies::resolve_comment(&app.ctx, &ada, id, page.comments[0].id, true)
        .await
        .unwrap();
    studies::remove_peer_reviewer(&app.ctx, &ada, id, eve.person().unwrap().account)
        .await
        .unwrap();
    assert!(matches!(
        studies::review(&app.ctx, &eve, id).await,
        Err(Error::NotFound(_))
    ));
    let page = studies::review(&app.ctx, &ada, id).await.unwrap();
    assert_eq!(
        (page.comments.len(), page.comments[0].resolved_at.is_some()),
        (2, true),
        "what a colleague said stays"
    );
    assert!(
        page.checks
            .iter()
            .any(|check| !check.is_fine && check.label == "Consent is asked for")
    );
}
