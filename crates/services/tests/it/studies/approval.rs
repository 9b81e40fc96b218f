//! What an edit does to the approval of a study.

use super::*;

/// Slips of the pen, narrower ages, another contact.
fn quiet_ad() -> AdForm {
    AdForm {
        short_description: "Your child sees a stroy.".into(),
        contact_info: "Bob".into(),
        max_age: ["3".into(), String::new(), String::new()],
        ..whole_ad("Cats")
    }
}

fn loud_ad() -> AdForm {
    AdForm {
        purpose: "We sell stories.".into(),
        ..quiet_ad()
    }
}

/// An active study with a quiet edit since its approval, and its row.
async fn edited_quietly(
    app: &TestApp,
    ada: &Actor,
    staff: &Actor,
    lab: LabId,
) -> (StudyId, study::Model) {
    let id = active(app, ada, staff, lab, "Cats").await;
    let plain = SaveOptions::default();
    let saved = studies::save_ad(&app.ctx, ada, id, &quiet_ad(), None, &plain).await;
    assert!(!saved.unwrap().needs_review);
    (id, row(app, id).await)
}

/// Edits a study so that it loses its approval.
async fn edit_loudly(app: &TestApp, ada: &Actor, id: StudyId) {
    let saved = studies::save_ad(&app.ctx, ada, id, &loud_ad(), None, &agreed())
        .await
        .unwrap();
    assert!(saved.needs_review && saved.state == S::Rejected);
}

/// Brings a version back, which takes back the loud edit, and asks for a review.
async fn resubmit_version(app: &TestApp, ada: &Actor, id: StudyId, version: i32) {
    let restored = studies::restore(&app.ctx, ada, id, version, false)
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
    step(app, ada, id, T::Resubmit, "As before.").await.unwrap();
}

#[apply(on_both_databases!)]
async fn quiet_edits_take_the_approval_along(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = active(&app, &ada, &staff, lab, "Cats").await;
    let before = row(&app, id).await;
    let plain = SaveOptions::default();
    let saved = studies::save_ad(&app.ctx, &ada, id, &quiet_ad(), None, &plain)
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
}

#[apply(on_both_databases!)]
async fn loud_edits_say_before_they_cost_the_approval(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let (id, before) = edited_quietly(&app, &ada, &staff, lab).await;
    let plain = SaveOptions::default();
    let refused = studies::save_ad(&app.ctx, &ada, id, &loud_ad(), None, &plain)
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
    assert_eq!(row(&app, id).await, before, "nothing half-written");
}

#[apply(on_both_databases!)]
async fn an_edit_that_costs_the_approval_is_logged_and_told(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let (id, before) = edited_quietly(&app, &ada, &staff, lab).await;
    app.emails().await;
    app.clock.advance(Duration::seconds(1));
    let known = app.ctx.mail.kept().len();
    edit_loudly(&app, &ada, id).await;
    let lost = row(&app, id).await;
    assert_eq!(
        (lost.state, lost.approved_version),
        (S::Rejected, before.approved_version),
        "what was approved is remembered"
    );
    assert!(
        lost.state_changed_at > before.state_changed_at,
        "the date tells the truth"
    );
    let told: Vec<_> = app
        .emails()
        .await
        .split_off(known)
        .into_iter()
        .map(|(to, _)| to)
        .collect();
    assert_eq!(
        told.len(),
        2,
        "the study's people and staff are told: {told:?}"
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
}

#[apply(on_both_databases!)]
async fn the_approved_version_comes_back_by_another_review(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let (id, approved) = edited_quietly(&app, &ada, &staff, lab).await;
    edit_loudly(&app, &ada, id).await;
    resubmit_version(&app, &ada, id, approved.version).await;
    let review = studies::review(&app.ctx, &staff, id).await.unwrap();
    let changed: Vec<_> = review.comparison.fields.iter().collect();
    assert_eq!(
        changed
            .iter()
            .map(|change| change.field)
            .collect::<Vec<_>>(),
        [Field::ShortDescription, Field::ContactInfo, Field::Ages],
        "what changed since staff approved it, which they have not seen"
    );
    assert!(changed.iter().all(|change| !change.needs_review));
}

#[apply(on_both_databases!)]
async fn an_edit_takes_a_waiting_study_out_of_the_queue(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let (id, approved) = edited_quietly(&app, &ada, &staff, lab).await;
    edit_loudly(&app, &ada, id).await;
    resubmit_version(&app, &ada, id, approved.version).await;
    let plain = SaveOptions::default();
    assert!(
        studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &plain)
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

fn described(text: &str) -> AdForm {
    AdForm {
        short_description: text.into(),
        ..whole_ad("Cats")
    }
}

#[apply(on_both_databases!)]
async fn small_edits_do_not_add_up_to_another_text(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = active(&app, &ada, &staff, lab, "Cats").await;
    let approved = row(&app, id).await;
    let save = async |text: &str| {
        let plain = SaveOptions::default();
        studies::save_ad(&app.ctx, &ada, id, &described(text), None, &plain).await
    };
    save("Your child seis a story.").await.unwrap();
    assert!(
        save("Your child sein a story.").await.is_err(),
        "a slip by itself, but two steps from what staff approved"
    );
    let kept = row(&app, id).await;
    assert_eq!(
        (kept.state, kept.reviewed_version, kept.approved_version),
        (
            S::Active,
            Some(approved.version),
            Some(approved.version + 1)
        )
    );
    save("Your child sees a story.").await.unwrap();
    let back = row(&app, id).await;
    assert_eq!(
        (back.state, back.reviewed_version),
        (S::Active, Some(approved.version))
    );
}

#[apply(on_both_databases!)]
async fn what_was_narrowed_may_be_widened_to_what_staff_approved(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let (id, _) = edited_quietly(&app, &ada, &staff, lab).await;
    let plain = SaveOptions::default();
    let back = studies::save_ad(&app.ctx, &ada, id, &whole_ad("Cats"), None, &plain).await;
    assert_eq!(back.unwrap().state, S::Active);
    let wider = AdForm {
        max_age: ["5".into(), String::new(), String::new()],
        ..whole_ad("Cats")
    };
    assert!(
        studies::save_ad(&app.ctx, &ada, id, &wider, None, &plain)
            .await
            .is_err()
    );
}

#[apply(on_both_databases!)]
async fn edits_of_a_waiting_study_are_judged_by_what_was_submitted(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    let submitted = row(&app, id).await.submitted_version;
    let plain = SaveOptions::default();
    for (text, is_free) in [
        ("Your child seis a story.", true),
        ("Your child sein a story.", false),
    ] {
        let saved = studies::save_ad(&app.ctx, &ada, id, &described(text), None, &plain).await;
        assert_eq!(saved.is_ok(), is_free, "{text}");
    }
    let waiting = row(&app, id).await;
    assert_eq!(
        (waiting.state, waiting.submitted_version),
        (S::Submitted, submitted)
    );
    let (_, list) = studies::versions(&app.ctx, &ada, id, PAGE).await.unwrap();
    assert!(list.entries[0].is_submitted, "the latest is what waits");
    step(&app, &staff, id, T::Approve, "").await.unwrap();
    let approved = row(&app, id).await;
    assert_eq!(approved.reviewed_version, Some(approved.version));
}

#[apply(on_both_databases!)]
async fn nobody_approves_a_study_of_their_own(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let other = app
        .person(
            "other@example.org",
            domain::accounts::Powers {
                is_superuser: true,
                ..domain::accounts::Powers::default()
            },
        )
        .await;
    let offers = async |actor: &Actor| {
        let page = studies::review(&app.ctx, actor, id).await;
        page.unwrap().offers
    };
    // Staff may submit for a lab, and then somebody else approves.
    step(&app, &staff, id, T::Submit, "").await.unwrap();
    assert!(matches!(
        step(&app, &staff, id, T::Approve, "").await,
        Err(Error::Conflict(words)) if words.contains("somebody else")
    ));
    assert_eq!(offers(&staff).await, [T::Reject]);
    assert_eq!(offers(&other).await, [T::Approve, T::Reject]);
    app.lab_role(&other, lab, LabRole::Guest).await;
    assert_eq!(offers(&other).await, [T::Reject]);
    assert!(step(&app, &other, id, T::Approve, "").await.is_err());
    step(&app, &other, id, T::Reject, "Not yet.").await.unwrap();
}
