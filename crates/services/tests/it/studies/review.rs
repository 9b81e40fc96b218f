use super::*;

/// A study, and who talks about it.
struct Talk {
    id: StudyId,
    ada: Actor,
    staff: Actor,
    /// A researcher of another lab.
    eve: Actor,
}

async fn talk(app: &TestApp) -> Talk {
    let (lab, ada, staff) = cast(app).await;
    let id = ready(app, &ada, lab, "Cats").await;
    let eve = app
        .researcher("eve@example.org", app.lab("Other").await, LabRole::Member)
        .await;
    Talk {
        id,
        ada,
        staff,
        eve,
    }
}

/// The same, after Eve was asked, and said something before staff did.
async fn commented(app: &TestApp) -> Talk {
    let talk = talk(app).await;
    studies::add_peer_reviewer(&app.ctx, &talk.ada, talk.id, "eve@example.org")
        .await
        .unwrap();
    let long = "The second frame is long.";
    studies::comment(&app.ctx, &talk.eve, talk.id, Section::Design, long)
        .await
        .unwrap();
    app.clock.advance(Duration::seconds(1));
    studies::comment(&app.ctx, &talk.staff, talk.id, Section::Ad, "Who is Ada?")
        .await
        .unwrap();
    talk
}

#[apply(on_both_databases!)]
async fn a_peer_reviewer_is_asked_once_by_those_who_may_write(app: TestApp) {
    let Talk { id, ada, eve, .. } = talk(&app).await;
    assert!(matches!(
        studies::review(&app.ctx, &eve, id).await,
        Err(Error::NotFound(_))
    ));
    for email in ["nobody@example.org", "EVE@example.org", "eve@example.org"] {
        studies::add_peer_reviewer(&app.ctx, &ada, id, email)
            .await
            .unwrap();
    }
    assert!(matches!(
        studies::add_peer_reviewer(&app.ctx, &eve, id, "x@example.org").await,
        Err(Error::Denied)
    ));
    assert_eq!(
        app.emails()
            .await
            .iter()
            .filter(|(to, _)| to == "eve@example.org")
            .count(),
        1
    );
}

#[apply(on_both_databases!)]
async fn peer_reviewers_and_staff_comment_and_families_do_not(app: TestApp) {
    let Talk { id, staff, eve, .. } = commented(&app).await;
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
}

#[apply(on_both_databases!)]
async fn a_peer_reviewer_changes_nothing_and_sees_no_addresses(app: TestApp) {
    let Talk { id, eve, .. } = commented(&app).await;
    let page = studies::review(&app.ctx, &eve, id).await.unwrap();
    assert!(
        matches!(
            studies::people::people(&app.ctx, &eve, id).await,
            Err(Error::Denied)
        ),
        "nobody's address is a peer reviewer's business"
    );
    assert!(matches!(
        studies::save_design(&app.ctx, &eve, id, &protocol("{}"), &SaveOptions::default()).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        studies::resolve_comment(&app.ctx, &eve, id, page.comments[0].id, true).await,
        Err(Error::Denied)
    ));
}

#[apply(on_both_databases!)]
async fn comments_stay_when_their_peer_reviewer_goes(app: TestApp) {
    let Talk { id, ada, eve, .. } = commented(&app).await;
    let page = studies::review(&app.ctx, &eve, id).await.unwrap();
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
        "what a peer reviewer said stays"
    );
    assert!(
        page.checks
            .iter()
            .any(|check| !check.is_fine && check.label == "Consent is asked for")
    );
}
