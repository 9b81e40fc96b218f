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
    assert!(
        review.comparison.fields.is_empty(),
        "nothing changed since the last approval"
    );
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
