use super::*;

#[apply(on_both_databases!)]
async fn an_idea_becomes_a_study_that_collects(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
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
    studies::save_ad(
        &app.ctx,
        &ada,
        id,
        &whole_ad("Cats"),
        None,
        &SaveOptions::default(),
    )
    .await
    .unwrap();
    studies::set_image(&app.ctx, &ada, id, png(20, 20))
        .await
        .unwrap();
    studies::save_design(
        &app.ctx,
        &ada,
        id,
        &protocol(STRUCTURE),
        &SaveOptions {
            note: "first try".into(),
            ..SaveOptions::default()
        },
    )
    .await
    .unwrap();
    let declarations = Declarations::of(&["issue_length".into()], "Forty minutes");
    studies::change_state(
        &app.ctx,
        &ada,
        id,
        &StateChange {
            transition: T::Submit,
            comment: "Please look.".into(),
            declarations: declarations.clone(),
            version: None,
        },
    )
    .await
    .unwrap();
    let queue = studies::queue(&app.ctx, &staff, &QueueFilter::default(), PAGE)
        .await
        .unwrap();
    assert_eq!(
        (
            queue.waiting.entries[0].name.as_str(),
            queue.waiting.entries[0].history,
            &queue.waiting.entries[0].declarations
        ),
        ("Cats", History::First, &declarations)
    );
    assert_eq!(
        studies::queue(
            &app.ctx,
            &staff,
            &QueueFilter {
                has_declarations: Some(false),
                ..QueueFilter::default()
            },
            PAGE
        )
        .await
        .unwrap()
        .waiting
        .total,
        0
    );
    assert_eq!(
        studies::queue(
            &app.ctx,
            &staff,
            &QueueFilter {
                has_declarations: Some(true),
                search: "lab CATS".into(),
                kind: Some(StudyKind::FramePlayer)
            },
            PAGE
        )
        .await
        .unwrap()
        .waiting
        .total,
        1
    );
    assert_eq!(
        step(&app, &staff, id, T::Reject, "")
            .await
            .unwrap_err()
            .violations()[0]
            .field,
        "comment"
    );
    assert_eq!(
        step(&app, &staff, id, T::Reject, "Say who to ask.")
            .await
            .unwrap(),
        S::Rejected
    );
    studies::save_design(
        &app.ctx,
        &ada,
        id,
        &protocol(OTHER),
        &SaveOptions::default(),
    )
    .await
    .unwrap();
    step(&app, &ada, id, T::Resubmit, "Done.").await.unwrap();
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
        page.comment, "Done.",
        "a step without words takes no words away"
    );
    step(&app, &ada, id, T::Activate, "").await.unwrap();
    let page = studies::find(&app.ctx, &Actor::Visitor, id).await.unwrap();
    assert_eq!(page.study.ad.name, "Cats");
    step(&app, &ada, id, T::Pause, "").await.unwrap();
    step(&app, &ada, id, T::Activate, "").await.unwrap();
    step(&app, &ada, id, T::Deactivate, "").await.unwrap();
    step(&app, &ada, id, T::Archive, "").await.unwrap();
    assert!(matches!(
        step(&app, &ada, id, T::Activate, "").await,
        Err(Error::Conflict(_))
    ));
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
        Some(&declarations),
        "kept, whatever came later"
    );
    let letters: Vec<_> = app
        .letters()
        .await
        .into_iter()
        .filter(|(_, subject)| subject.contains("Cats"))
        .collect();
    let to = |who: &str| {
        letters
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
            "“Cats” waits for review",
            "“Cats” waits for review",
            "“Cats”: collecting data",
            "“Cats”: paused",
            "“Cats”: collecting data",
            "“Cats”: finished"
        ]
    );
    assert_eq!(app.audited(AuditAction::StudyMoved).await, 9);
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

#[apply(on_both_databases!)]
async fn edits_say_before_they_cost_the_approval(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    step(&app, &staff, id, T::Approve, "").await.unwrap();
    step(&app, &ada, id, T::Activate, "").await.unwrap();
    let before = row(&app, id).await;
    // Slips of the pen, narrower ages, another contact: the approval moves along.
    let quiet = AdForm {
        short_description: "Your child sees a stroy.".into(),
        contact_info: "Bob".into(),
        max_age: ["3".into(), String::new(), String::new()],
        ..whole_ad("Cats")
    };
    let saved = studies::save_ad(&app.ctx, &ada, id, &quiet, None, &SaveOptions::default())
        .await
        .unwrap();
    assert!(!saved.needs_review);
    let after = row(&app, id).await;
    assert_eq!(
        (after.state, after.approved_version, after.version),
        (S::Active, Some(before.version + 1), before.version + 1)
    );
    let listed = studies::queue(&app.ctx, &staff, &QueueFilter::default(), PAGE)
        .await
        .unwrap()
        .quiet;
    assert_eq!(
        listed[0]
            .edits
            .iter()
            .map(|edit| edit.field)
            .collect::<Vec<_>>(),
        [Field::ShortDescription, Field::ContactInfo, Field::Ages]
    );
    // Anything else says so first, and writes nothing.
    let loud = AdForm {
        purpose: "We sell stories.".into(),
        ..quiet.clone()
    };
    let refused = studies::save_ad(&app.ctx, &ada, id, &loud, None, &SaveOptions::default())
        .await
        .unwrap_err();
    assert_eq!(
        (
            refused.violations()[0].field.as_str(),
            refused.violations()[0].code.as_str()
        ),
        ("agrees", "needs_review")
    );
    assert!(refused.to_string().contains("Purpose"));
    assert_eq!(row(&app, id).await, after, "nothing half-written");
    app.letters().await;
    app.clock.advance(Duration::seconds(1));
    let known = app.ctx.mail.kept().len();
    let saved = studies::save_ad(&app.ctx, &ada, id, &loud, None, &agreed())
        .await
        .unwrap();
    assert!(saved.needs_review && saved.state == S::Rejected);
    let lost = row(&app, id).await;
    assert_eq!(
        (lost.state, lost.approved_version),
        (S::Rejected, after.approved_version),
        "what was approved is remembered"
    );
    assert!(
        lost.state_changed_at > after.state_changed_at,
        "the date tells the truth"
    );
    let letters: Vec<_> = app
        .letters()
        .await
        .split_off(known)
        .into_iter()
        .map(|(to, _)| to)
        .collect();
    assert_eq!(
        letters.len(),
        2,
        "the study's people and staff are told: {letters:?}"
    );
    assert!(matches!(
        studies::find(&app.ctx, &Actor::Visitor, id).await,
        Err(Error::Conflict(_))
    ));
    let log = studies::log(&app.ctx, &ada, id, Some(S::Rejected), PAGE)
        .await
        .unwrap();
    assert_eq!(
        (log.entries[0].edited.as_str(), log.entries[0].by.as_str()),
        ("Purpose", "ada Person")
    );
    // The way back: the approved version again, and another review.
    let restored = studies::restore(&app.ctx, &ada, id, after.version, false)
        .await
        .unwrap();
    assert_eq!(
        restored
            .edits
            .iter()
            .map(|edit| edit.field)
            .collect::<Vec<_>>(),
        [Field::Purpose]
    );
    step(&app, &ada, id, T::Resubmit, "As before.")
        .await
        .unwrap();
    let review = studies::review(&app.ctx, &staff, id).await.unwrap();
    assert!(
        review.comparison.fields.is_empty(),
        "nothing changed since the last approval"
    );
    // While it waits, an edit takes it out of the queue.
    assert!(
        studies::save_design(
            &app.ctx,
            &ada,
            id,
            &protocol(OTHER),
            &SaveOptions::default()
        )
        .await
        .is_err()
    );
    assert_eq!(
        studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &agreed())
            .await
            .unwrap()
            .state,
        S::Retracted
    );
    assert!(
        matches!(
            step(&app, &staff, id, T::Approve, "").await,
            Err(Error::Conflict(_))
        ),
        "nobody approves what was not submitted"
    );
}
