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

#[apply(on_both_databases!)]
async fn only_those_who_choose_people_ask_peer_reviewers(app: TestApp) {
    let Talk { id, ada, eve, .. } = talk(&app).await;
    let lab = row(&app, id).await.lab_id;
    let writer = app.researcher("w@example.org", lab, LabRole::Guest).await;
    app.study_role(&writer, id, StudyRole::Design).await;
    assert!(matches!(
        studies::add_peer_reviewer(&app.ctx, &writer, id, "eve@example.org").await,
        Err(Error::Denied)
    ));
    studies::add_peer_reviewer(&app.ctx, &ada, id, "eve@example.org")
        .await
        .unwrap();
    let who = eve.person().unwrap().account;
    assert!(matches!(
        studies::remove_peer_reviewer(&app.ctx, &writer, id, who).await,
        Err(Error::Denied)
    ));
    let page = studies::review(&app.ctx, &writer, id).await.unwrap();
    assert!(page.may_write && !page.may_ask);
}

#[apply(on_both_databases!)]
async fn peer_reviewers_go_when_staff_decide_and_when_the_study_ends(app: TestApp) {
    let Talk {
        id,
        ada,
        staff,
        eve,
    } = talk(&app).await;
    let sees = async || studies::review(&app.ctx, &eve, id).await.is_ok();
    let ask = async || {
        studies::add_peer_reviewer(&app.ctx, &ada, id, "eve@example.org")
            .await
            .unwrap();
    };
    ask().await;
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    assert!(sees().await);
    step(&app, &staff, id, T::Reject, "Not yet.").await.unwrap();
    assert!(!sees().await);
    ask().await;
    step(&app, &ada, id, T::Resubmit, "").await.unwrap();
    step(&app, &staff, id, T::Approve, "").await.unwrap();
    assert!(!sees().await);
    ask().await;
    step(&app, &ada, id, T::Archive, "").await.unwrap();
    assert!(!sees().await);
}

#[apply(on_both_databases!)]
async fn peer_reviewers_go_after_a_month_and_with_their_account_in_the_lab(app: TestApp) {
    let Talk { id, ada, eve, .. } = talk(&app).await;
    let lab = row(&app, id).await.lab_id;
    let ask = async || {
        studies::add_peer_reviewer(&app.ctx, &ada, id, "eve@example.org")
            .await
            .unwrap();
    };
    ask().await;
    app.clock.advance(Duration::days(29));
    services::tidy(&app.ctx).await;
    assert!(studies::review(&app.ctx, &eve, id).await.is_ok());
    app.clock.advance(Duration::days(2));
    services::tidy(&app.ctx).await;
    assert!(studies::review(&app.ctx, &eve, id).await.is_err());
    ask().await;
    app.lab_role(&eve, lab, LabRole::Guest).await;
    services::labs::leave(&app.ctx, &eve, lab).await.unwrap();
    assert!(
        studies::review(&app.ctx, &eve, id).await.is_err(),
        "whoever leaves the lab keeps nothing of before"
    );
}

#[apply(on_both_databases!)]
async fn words_stand_beside_the_step_that_they_came_with(app: TestApp) {
    let Talk { id, ada, staff, .. } = talk(&app).await;
    step(&app, &ada, id, T::Submit, "Please look.")
        .await
        .unwrap();
    step(&app, &staff, id, T::Reject, "Say who to ask.")
        .await
        .unwrap();
    let comment = async || studies::review(&app.ctx, &ada, id).await.unwrap().comment;
    assert_eq!(comment().await, "Say who to ask.");
    step(&app, &ada, id, T::Resubmit, "").await.unwrap();
    assert_eq!(comment().await, "", "not the reviewer's words as the lab's");
    let desk = studies::find_of_lab(&app.ctx, &ada, id).await.unwrap();
    assert_eq!(desk.comment, "");
    step(&app, &staff, id, T::Approve, "Good.").await.unwrap();
    studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &agreed())
        .await
        .unwrap();
    assert_eq!(comment().await, "", "an edit came after the approval");
}

#[apply(on_both_databases!)]
async fn reviewers_see_what_changed_since_they_sent_a_study_back(app: TestApp) {
    let Talk { id, ada, staff, .. } = talk(&app).await;
    let plain = SaveOptions::default();
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    let review = async || studies::review(&app.ctx, &staff, id).await.unwrap();
    assert!(review().await.since_sent_back.is_none());
    let sent_back = row(&app, id).await.version;
    step(&app, &staff, id, T::Reject, "Say who to ask.")
        .await
        .unwrap();
    let form = AdForm {
        purpose: "Another one.".into(),
        ..whole_ad("Cats")
    };
    studies::save_ad(&app.ctx, &ada, id, &form, None, &plain)
        .await
        .unwrap();
    step(&app, &ada, id, T::Resubmit, "").await.unwrap();
    let page = review().await;
    let since = page.since_sent_back.unwrap();
    let changed: Vec<_> = since.fields.iter().map(|change| change.field).collect();
    assert_eq!((since.from, changed), (sent_back, vec![Field::Purpose]));
    assert_eq!(page.comparison.from, 0, "nothing was approved yet");
    assert!(page.comparison.fields.len() > 1);
    step(&app, &staff, id, T::Approve, "").await.unwrap();
    assert!(review().await.since_sent_back.is_none());
}
