use super::*;

/// What a lab declares in `submitted`.
fn long() -> Declarations {
    Declarations::of(&["issue_length".into()], "Forty minutes")
}

/// A complete study that waits for its first review.
async fn submitted(app: &TestApp, ada: &Actor, lab: LabId) -> StudyId {
    let id = ready(app, ada, lab, "Cats").await;
    app.clock.advance(Duration::seconds(1));
    let change = StateChange {
        transition: T::Submit,
        comment: "Please look.".into(),
        declarations: long(),
        version: None,
    };
    studies::change_state(&app.ctx, ada, id, &change)
        .await
        .unwrap();
    id
}

/// Rejects a study, changes its protocol and submits it again.
async fn resubmit(app: &TestApp, ada: &Actor, staff: &Actor, id: StudyId) {
    let rejected = step(app, staff, id, T::Reject, "Say who to ask.").await;
    assert_eq!(rejected.unwrap(), S::Rejected);
    studies::save_design(&app.ctx, ada, id, &protocol(OTHER), &SaveOptions::default())
        .await
        .unwrap();
    step(app, ada, id, T::Resubmit, "Done.").await.unwrap();
}

/// A study that went all the way from an idea to the archive.
async fn archived(app: &TestApp, ada: &Actor, staff: &Actor, lab: LabId) -> StudyId {
    let id = submitted(app, ada, lab).await;
    resubmit(app, ada, staff, id).await;
    step(app, staff, id, T::Approve, "").await.unwrap();
    for transition in [
        T::Activate,
        T::Pause,
        T::Activate,
        T::Deactivate,
        T::Archive,
    ] {
        step(app, ada, id, transition, "").await.unwrap();
    }
    id
}

#[apply(on_both_databases!)]
async fn an_idea_is_told_what_it_lacks_and_submitted_when_complete(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = studies::create(&app.ctx, &ada, lab, StudyKind::FramePlayer, "Cats")
        .await
        .unwrap();
    let refused = step(&app, &ada, id, T::Submit, "")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("a square picture") && refused.contains("the sequence is empty"),
        "{refused}"
    );
    complete(&app, &ada, id, "Cats").await;
    step(&app, &ada, id, T::Submit, "").await.unwrap();
}

#[apply(on_both_databases!)]
async fn the_queue_is_filtered_by_words_kinds_and_declarations(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    submitted(&app, &ada, lab).await;
    let waiting = async |filter: QueueFilter| {
        let queue = studies::queue(&app.ctx, &staff, &filter, PAGE).await;
        queue.unwrap().waiting
    };
    let all = waiting(QueueFilter::default()).await;
    assert_eq!(
        (
            all.entries[0].name.as_str(),
            all.entries[0].history,
            &all.entries[0].declarations
        ),
        ("Cats", History::First, &long())
    );
    let without_declarations = QueueFilter {
        has_declarations: Some(false),
        ..QueueFilter::default()
    };
    assert_eq!(waiting(without_declarations).await.total, 0);
    let all_filters = QueueFilter {
        has_declarations: Some(true),
        search: "lab CATS".into(),
        kind: Some(StudyKind::FramePlayer),
    };
    assert_eq!(waiting(all_filters).await.total, 1);
}

#[apply(on_both_databases!)]
async fn a_rejection_needs_words_and_a_rejected_study_comes_back(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = submitted(&app, &ada, lab).await;
    assert_eq!(
        step(&app, &staff, id, T::Reject, "")
            .await
            .unwrap_err()
            .violations()[0]
            .field,
        "comment"
    );
    resubmit(&app, &ada, &staff, id).await;
    let queue = studies::queue(&app.ctx, &staff, &QueueFilter::default(), PAGE)
        .await
        .unwrap();
    assert_eq!(queue.waiting.entries[0].history, History::Rejected);
    step(&app, &staff, id, T::Approve, "").await.unwrap();
    let page = studies::find_of_lab(&app.ctx, &ada, id).await.unwrap();
    assert_eq!(
        page.approval.unwrap().0,
        "staff Person",
        "the approver, not the submitter"
    );
    assert_eq!(
        page.comment, "",
        "what the lab wrote with its submission does not look like the approver's words"
    );
}

#[apply(on_both_databases!)]
async fn families_find_an_active_study_and_an_archived_one_stays_so(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let open = active(&app, &ada, &staff, lab, "Cats").await;
    let page = studies::find(&app.ctx, &Actor::Visitor, open)
        .await
        .unwrap();
    assert_eq!(page.study.ad.name, "Cats");
    for transition in [T::Pause, T::Activate, T::Deactivate, T::Archive] {
        step(&app, &ada, open, transition, "").await.unwrap();
    }
    assert!(matches!(
        step(&app, &ada, open, T::Activate, "").await,
        Err(Error::Conflict(_))
    ));
}

#[apply(on_both_databases!)]
async fn the_log_keeps_every_step_with_its_words(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = archived(&app, &ada, &staff, lab).await;
    let log = studies::log(&app.ctx, &ada, id, None, PAGE).await.unwrap();
    let actions: Vec<_> = log
        .entries
        .iter()
        .rev()
        .map(|entry| entry.action.as_str())
        .collect();
    assert_eq!(
        actions,
        [
            "created",
            "submitted",
            "rejected",
            "submitted",
            "approved",
            "active",
            "paused",
            "active",
            "deactivated",
            "archived"
        ]
    );
    let submitted = studies::log(&app.ctx, &ada, id, Some(S::Submitted), PAGE)
        .await
        .unwrap();
    assert_eq!(
        submitted
            .entries
            .iter()
            .map(|entry| entry.comment.as_str())
            .collect::<Vec<_>>(),
        ["Done.", "Please look."]
    );
    assert_eq!(
        submitted.entries[1].declarations.as_ref(),
        Some(&long()),
        "kept, whatever came later"
    );
    assert_eq!(app.audited(AuditAction::StudyMoved).await, 9);
}

#[apply(on_both_databases!)]
async fn emails_tell_each_side_of_the_steps_of_the_other(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    archived(&app, &ada, &staff, lab).await;
    let emails: Vec<_> = app
        .emails()
        .await
        .into_iter()
        .filter(|(_, subject)| subject.contains("Cats"))
        .collect();
    let to = |who: &str| {
        emails
            .iter()
            .filter(|(to, _)| to == who)
            .map(|(_, subject)| subject.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        to("ada@example.org"),
        ["“Cats” needs changes", "“Cats” is approved"]
    );
    assert_eq!(
        to("staff@example.org"),
        [
            "“Cats” is waiting for review",
            "“Cats” is waiting for review",
            "“Cats”: collecting data",
            "“Cats”: paused",
            "“Cats”: collecting data",
            "“Cats”: finished"
        ]
    );
}
#[apply(on_both_databases!)]
async fn nobody_passes_by_the_review(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    for transition in [T::Approve, T::Reject] {
        assert!(matches!(
            step(&app, &ada, id, transition, "x").await,
            Err(Error::Conflict(_))
        ));
    }
    assert!(matches!(
        step(&app, &ada, id, T::Activate, "").await,
        Err(Error::Conflict(_))
    ));
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    assert!(
        matches!(
            step(&app, &ada, id, T::Approve, "").await,
            Err(Error::Denied)
        ),
        "staff alone approve"
    );
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    assert!(matches!(
        step(&app, &reader, id, T::Retract, "").await,
        Err(Error::Denied)
    ));
    let stranger = app
        .researcher("s@example.org", app.lab("Other").await, LabRole::Admin)
        .await;
    assert!(matches!(
        step(&app, &stranger, id, T::Retract, "").await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        studies::queue(&app.ctx, &ada, &QueueFilter::default(), PAGE).await,
        Err(Error::Denied)
    ));
    lab::ActiveModel {
        id: Set(lab),
        is_approved: Set(false),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    assert!(
        step(&app, &staff, id, T::Approve, "")
            .await
            .unwrap_err()
            .to_string()
            .contains("lab is not approved")
    );
    assert_eq!(row(&app, id).await.state, S::Submitted);
    let seen = StateChange {
        transition: T::Retract,
        comment: String::new(),
        declarations: Declarations::default(),
        version: Some(1),
    };
    assert!(
        matches!(
            studies::change_state(&app.ctx, &ada, id, &seen).await,
            Err(Error::Conflict(_))
        ),
        "somebody who saw an older version looks again"
    );
}
