//! The life of a study, from the idea to the archive.

use chrono::Duration;
use domain::audit::AuditAction;
use domain::labs::{LabId, LabRole};
use domain::studies::life::Transition as T;
use domain::studies::{
    AdForm, Declarations, DesignForm, DraftPart, Field, Section, StudyId, StudyKind, StudyRole,
    StudyState as S,
};
use entities::{lab, study};
use macro_rules_attribute::apply;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::json;
use services::paging::Paging;
use services::responses::{self, Launch, StartRun};
use services::studies::{
    self, History, Line, Move, QueueFilter, Saving, StudySort, StudyTab, WantedStudies,
};
use services::{Actor, Error};

use crate::support::{STRUCTURE, TestApp, frame, on_both_databases, started};

const PAGE: Paging = Paging { page: 1, size: 20 };
const OTHER: &str = r#"{ "frames": { "one": { "kind": "exp-lookit-text" }, "bye": { "kind": "exp-lookit-exit-survey", "debriefing": {} } }, "sequence": ["one", "one", "bye"] }"#;

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(width, height)
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

fn whole_ad(name: &str) -> AdForm {
    AdForm {
        name: name.into(),
        preview_summary: "A story about a cat.".into(),
        short_description: "Your child sees a story.".into(),
        purpose: "We study stories.".into(),
        criteria: "Children from two to four.".into(),
        duration: "5 minutes".into(),
        contact_info: "Ada (ada@lab.example)".into(),
        image_alt: "A cat".into(),
        min_age: ["2".into(), "0".into(), "0".into()],
        max_age: ["4".into(), "0".into(), "0".into()],
        is_public: true,
        ..AdForm::default()
    }
}

fn protocol(structure: &str) -> DesignForm {
    DesignForm {
        structure: structure.into(),
        ..DesignForm::default()
    }
}

fn agreed() -> Saving {
    Saving {
        agrees: true,
        ..Saving::default()
    }
}

async fn approved_lab(app: &TestApp, name: &str) -> LabId {
    let id = app.lab(name).await;
    lab::ActiveModel {
        id: Set(id),
        is_approved_to_test: Set(true),
        irb_contact_info: Set("Board".into()),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    id
}

/// A study with everything that a submission needs.
async fn ready(app: &TestApp, actor: &Actor, lab: LabId, name: &str) -> StudyId {
    let id = studies::create(&app.ctx, actor, lab, StudyKind::FramePlayer, name)
        .await
        .unwrap();
    studies::save_ad(
        &app.ctx,
        actor,
        id,
        &whole_ad(name),
        None,
        &Saving::default(),
    )
    .await
    .unwrap();
    studies::set_image(&app.ctx, actor, id, png(20, 20))
        .await
        .unwrap();
    studies::save_design(
        &app.ctx,
        actor,
        id,
        &protocol(STRUCTURE),
        &Saving::default(),
    )
    .await
    .unwrap();
    id
}

async fn step(
    app: &TestApp,
    actor: &Actor,
    id: StudyId,
    transition: T,
    comment: &str,
) -> Result<S, Error> {
    app.clock.advance(Duration::seconds(1));
    studies::change_state(
        &app.ctx,
        actor,
        id,
        &Move {
            transition,
            comment: comment.into(),
            declarations: Declarations::default(),
            version: None,
        },
    )
    .await
}

async fn row(app: &TestApp, id: StudyId) -> study::Model {
    study::Entity::find_by_id(id)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap()
}

async fn cast(app: &TestApp) -> (LabId, Actor, Actor) {
    let lab = approved_lab(app, "Lab").await;
    let ada = app
        .researcher("ada@example.org", lab, LabRole::Member)
        .await;
    (lab, ada, app.staff().await)
}

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
        &Saving::default(),
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
        &Saving {
            note: "first try".into(),
            ..Saving::default()
        },
    )
    .await
    .unwrap();
    let declarations = Declarations::of(&["issue_length".into()], "Forty minutes");
    studies::change_state(
        &app.ctx,
        &ada,
        id,
        &Move {
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
    studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &Saving::default())
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
        "the approver, not the submitter (D31)"
    );
    assert_eq!(
        page.comment, "Done.",
        "a step without words takes no words away (D36)"
    );
    step(&app, &ada, id, T::Activate, "").await.unwrap();
    let page = studies::find(&app.ctx, &Actor::Visitor, id).await.unwrap();
    assert_eq!(page.study.name, "Cats");
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
        "D1"
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
        is_approved_to_test: Set(false),
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
    let seen = Move {
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
    let saved = studies::save_ad(&app.ctx, &ada, id, &quiet, None, &Saving::default())
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
    let refused = studies::save_ad(&app.ctx, &ada, id, &loud, None, &Saving::default())
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
        "D37: the date tells the truth"
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
        studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &Saving::default())
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

#[apply(on_both_databases!)]
async fn versions_are_kept_compared_and_restored(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    studies::save_design(
        &app.ctx,
        &ada,
        id,
        &protocol(OTHER),
        &Saving {
            note: "twice".into(),
            ..Saving::default()
        },
    )
    .await
    .unwrap();
    let (named, list) = studies::versions(&app.ctx, &ada, id, PAGE).await.unwrap();
    assert_eq!(
        (
            named.name.as_str(),
            list.entries
                .iter()
                .map(|version| version.number)
                .collect::<Vec<_>>()
        ),
        ("Cats", vec![5, 4, 3, 2, 1])
    );
    assert_eq!(
        (
            list.entries[0].note.as_str(),
            list.entries[0].author.as_str(),
            list.entries[0].is_current
        ),
        ("twice", "ada Person", true)
    );
    let same = studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &Saving::default())
        .await
        .unwrap();
    assert_eq!(same.version, 5, "saving the same makes no version");
    let comparison = studies::compare(&app.ctx, &ada, id, 4, 5).await.unwrap();
    assert_eq!(
        comparison
            .fields
            .iter()
            .map(|field| field.field)
            .collect::<Vec<_>>(),
        [Field::Structure]
    );
    assert!(comparison.fields[0].lines.iter().any(
        |line| matches!(line, Line::Changed(None, Some((_, text))) if text.contains("\"one\""))
    ));
    assert!(matches!(
        studies::compare(&app.ctx, &ada, id, 4, 99).await,
        Err(Error::NotFound(_))
    ));
    let saved = studies::restore(&app.ctx, &ada, id, 4, false)
        .await
        .unwrap();
    assert_eq!(saved.version, 6, "history is added to, never rewritten");
    assert_eq!(row(&app, id).await.structure, STRUCTURE, "byte for byte");
    assert!(
        studies::compare(&app.ctx, &ada, id, 4, 6)
            .await
            .unwrap()
            .fields
            .is_empty()
    );
    assert_eq!(
        studies::versions(&app.ctx, &ada, id, PAGE)
            .await
            .unwrap()
            .1
            .entries[0]
            .restored_from,
        Some(4)
    );
    let stranger = app
        .researcher("s@example.org", app.lab("Other").await, LabRole::Admin)
        .await;
    assert!(matches!(
        studies::versions(&app.ctx, &stranger, id, PAGE).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        studies::restore(&app.ctx, &stranger, id, 1, true).await,
        Err(Error::NotFound(_))
    ));
}

#[apply(on_both_databases!)]
async fn a_run_keeps_the_version_with_which_it_began(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    step(&app, &staff, id, T::Approve, "").await.unwrap();
    step(&app, &ada, id, T::Activate, "").await.unwrap();
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (begun, run) = app.run(&family, id, child).await;
    let approved = row(&app, id).await.approved_version;
    let response = entities::response::Entity::find_by_id(begun.response)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(response.study_version, approved);
    studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &agreed())
        .await
        .unwrap();
    let document = responses::document(&app.ctx, &run).await.unwrap();
    assert_eq!(
        document.study.structure["sequence"],
        json!(["one", "bye"]),
        "a visit that has begun goes on with what it began with"
    );
    let again = responses::start(
        &app.ctx,
        &family,
        StartRun {
            study: id,
            child,
            starts_over: true,
        },
    )
    .await;
    assert!(
        matches!(again, Err(Error::Conflict(_))),
        "a study that lost its approval begins no visit"
    );
    // A preview shows the latest.
    let preview = started(
        responses::preview(&app.ctx, &ada, id, Some(400))
            .await
            .unwrap(),
    );
    let run = app.enter(&preview).await;
    let document = responses::document(&app.ctx, &run).await.unwrap();
    assert_eq!(
        (
            document.study.structure["sequence"].clone(),
            document.child.birthday.to_string().as_str()
        ),
        (json!(["one", "one", "bye"]), "2025-10-20")
    );
}

#[apply(on_both_databases!)]
async fn a_generator_is_told_of_earlier_visits(app: TestApp) {
    let lab = app.lab("Lab").await;
    let id = app
        .study(lab, "Made", |row| {
            row.uses_generator = Set(true);
            row.generator = Set("() => 1".into());
        })
        .await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, id, child).await;
    let finish = domain::responses::Entry {
        id: uuid::Uuid::from_u128(9),
        number: 2,
        content: domain::responses::EntryContent::Finish {},
    };
    responses::append(
        &app.ctx,
        &run,
        &[frame(1, "0-one", json!({"answer": 7})), finish],
    )
    .await
    .unwrap();
    app.clock.advance(Duration::minutes(1));
    let (_, run) = app.run(&family, id, child).await;
    let document = responses::document(&app.ctx, &run).await.unwrap();
    assert_eq!(document.study.generator.as_deref(), Some("() => 1"));
    let past = &document.past_sessions[0];
    assert_eq!(
        (
            past.exp_data["0-one"]["answer"].as_i64(),
            past.sequence.as_slice(),
            past.created_on.is_some()
        ),
        (Some(7), ["0-one".to_owned()].as_slice(), true)
    );
}

#[apply(on_both_databases!)]
async fn two_editors_hear_of_each_other_and_lose_nothing(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let bob = app.researcher("bob@example.org", lab, LabRole::Guest).await;
    app.study_role(&bob, id, StudyRole::Design).await;
    let base = row(&app, id).await.version;
    let draft = studies::keep_draft(
        &app.ctx,
        &bob,
        id,
        DraftPart::Design,
        base,
        "{\"structure\": \"mine\"}",
    )
    .await
    .unwrap();
    assert_eq!((draft.base, draft.conflict), (base, None));
    let on = |base| Saving {
        base: Some(base),
        ..Saving::default()
    };
    studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &on(base))
        .await
        .unwrap();
    let draft = studies::keep_draft(
        &app.ctx,
        &bob,
        id,
        DraftPart::Design,
        base,
        "{\"structure\": \"mine, longer\"}",
    )
    .await
    .unwrap();
    assert_eq!(
        draft.conflict.as_deref(),
        Some("ada Person saved version 5 meanwhile (Protocol).")
    );
    let refused = studies::save_design(&app.ctx, &bob, id, &protocol("{}"), &on(base))
        .await
        .unwrap_err();
    assert_eq!(
        (
            refused.violations()[0].field.as_str(),
            refused.violations()[0].code.as_str()
        ),
        ("base", "conflict")
    );
    assert_eq!(row(&app, id).await.structure, OTHER);
    assert_eq!(
        studies::draft(&app.ctx, &bob, id, DraftPart::Design)
            .await
            .unwrap()
            .unwrap()
            .content,
        "{\"structure\": \"mine, longer\"}"
    );
    studies::save_ad(
        &app.ctx,
        &bob,
        id,
        &AdForm {
            purpose: "Other half.".into(),
            ..whole_ad("Cats")
        },
        None,
        &on(base),
    )
    .await
    .unwrap();
    studies::save_design(&app.ctx, &bob, id, &protocol("{}"), &on(6))
        .await
        .unwrap();
    assert!(
        studies::draft(&app.ctx, &bob, id, DraftPart::Design)
            .await
            .unwrap()
            .is_none(),
        "what is saved is no draft any more"
    );
    assert_eq!(
        row(&app, id).await.purpose,
        "Other half.",
        "neither half overwrites the other"
    );
    assert!(
        studies::draft(&app.ctx, &ada, id, DraftPart::Design)
            .await
            .unwrap()
            .is_none(),
        "a draft is its writer's"
    );
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    assert!(matches!(
        studies::keep_draft(&app.ctx, &reader, id, DraftPart::Ad, 1, "{}").await,
        Err(Error::Denied)
    ));
    assert!(
        studies::keep_draft(
            &app.ctx,
            &ada,
            id,
            DraftPart::Design,
            1,
            &"x".repeat(9 << 20)
        )
        .await
        .is_err()
    );
}

#[apply(on_both_databases!)]
async fn bad_input_is_named_and_writes_nothing(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let before = row(&app, id).await;
    let violation = |error: Error| {
        (
            error.violations()[0].field.clone(),
            error.violations()[0].message.clone(),
        )
    };
    let ad = |change: fn(&mut AdForm)| {
        let mut form = whole_ad("Cats");
        change(&mut form);
        form
    };
    let save = async |form: AdForm| {
        violation(
            studies::save_ad(&app.ctx, &ada, id, &form, None, &Saving::default())
                .await
                .unwrap_err(),
        )
    };
    assert!(
        save(ad(
            |form| form.criteria_expression = "speaks_en AND deef".into()
        ))
        .await
        .1
        .contains("at character 15")
    );
    let unknown = save(ad(|form| {
        form.must = vec!["00000000-0000-4000-8000-000000000000".into()]
    }))
    .await;
    assert_eq!(unknown.0, "must");
    let mut own = whole_ad("Cats");
    own.must = vec![id.to_string()];
    assert_eq!(save(own).await.0, "must");
    let large = studies::save_design(
        &app.ctx,
        &ada,
        id,
        &protocol(&"x".repeat(5_000_000)),
        &Saving::default(),
    )
    .await
    .unwrap_err();
    assert!(
        violation(large)
            .1
            .starts_with("The protocol has 5000000 bytes")
    );
    for (file, code) in [
        (png(20, 21), "wrong_shape"),
        (b"GIF89a".to_vec(), "picture"),
        (Vec::new(), "required"),
        (bomb(), "picture"),
    ] {
        let error = studies::set_image(&app.ctx, &ada, id, file)
            .await
            .unwrap_err();
        assert_eq!(error.violations()[0].code, code);
    }
    assert_eq!(row(&app, id).await, before);
    // Broken JSON and cyclic groups are kept as they were typed, and can neither be submitted
    // nor tried.
    for text in [
        "{ broken",
        r#"{"frames": {"a": {"kind": "group", "frameList": ["a"]}}, "sequence": ["a"]}"#,
    ] {
        studies::save_design(&app.ctx, &ada, id, &protocol(text), &Saving::default())
            .await
            .unwrap();
        assert_eq!(row(&app, id).await.structure, text);
        assert!(matches!(
            step(&app, &ada, id, T::Submit, "").await,
            Err(Error::Conflict(_))
        ));
        assert!(matches!(
            responses::preview(&app.ctx, &ada, id, None).await,
            Err(Error::Conflict(_))
        ));
    }
    let runner = studies::create(&app.ctx, &ada, lab, StudyKind::CustomRunner, "Own runner")
        .await
        .unwrap();
    let private = DesignForm {
        player_repo_url: "https://10.0.0.8/lab/runner".into(),
        last_known_player_sha: "a".repeat(40),
        ..DesignForm::default()
    };
    assert_eq!(
        violation(
            studies::save_design(&app.ctx, &ada, runner, &private, &Saving::default())
                .await
                .unwrap_err()
        )
        .0,
        "player_repo_url"
    );
    assert_eq!(row(&app, runner).await.version, 1);
    assert_eq!(
        violation(
            studies::set_archive(
                &app.ctx,
                &ada,
                runner,
                b"no archive".to_vec(),
                &Saving::default()
            )
            .await
            .unwrap_err()
        )
        .0,
        "archive"
    );
    assert!(matches!(
        studies::set_archive(&app.ctx, &ada, id, b"PK".to_vec(), &Saving::default()).await,
        Err(Error::Conflict(_))
    ));
}

#[apply(on_both_databases!)]
async fn lists_of_earlier_studies_show_what_one_may_know(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let other = app.lab("Other").await;
    let own = ready(&app, &ada, lab, "Own cats").await;
    let open = app.study(other, "Open cats", |_| ()).await;
    let hidden = app
        .study(other, "Secret cats", |row| row.is_public = Set(false))
        .await;
    let found = studies::find_by_words(&app.ctx, &ada, "CATS")
        .await
        .unwrap();
    assert_eq!(
        found
            .iter()
            .map(|known| known.name.as_str())
            .collect::<Vec<_>>(),
        ["Open cats", "Own cats"],
        "D9"
    );
    let mut form = whole_ad("Own cats");
    form.must = vec![open.to_string()];
    form.must_not = vec![hidden.to_string()];
    studies::save_ad(&app.ctx, &ada, own, &form, None, &Saving::default())
        .await
        .unwrap();
    let page = studies::ad(&app.ctx, &ada, own).await.unwrap();
    assert!(
        page.known
            .iter()
            .any(|known| known.id == open && known.name == "Open cats")
    );
    assert!(
        page.known
            .iter()
            .any(|known| known.id == hidden && !known.name.contains("Secret")),
        "a pasted UUID is taken and tells nothing"
    );
}

#[apply(on_both_databases!)]
async fn a_clone_needs_a_right_to_its_source(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let eve = app
        .researcher("eve@example.org", app.lab("Other").await, LabRole::Member)
        .await;
    assert!(
        matches!(
            studies::clone(&app.ctx, &eve, id).await,
            Err(Error::NotFound(_))
        ),
        "D7"
    );
    let copy = row(&app, studies::clone(&app.ctx, &ada, id).await.unwrap()).await;
    let source = row(&app, id).await;
    assert_eq!(
        (
            copy.name.as_str(),
            copy.state,
            copy.lab_id,
            copy.structure.as_str(),
            copy.is_public,
            copy.version
        ),
        ("Copy of Cats", S::Created, lab, STRUCTURE, false, 1)
    );
    assert!(copy.salt != source.salt && copy.comments.is_empty());
    let shared = AdForm {
        has_shared_preview: true,
        ..whole_ad("Cats")
    };
    studies::save_ad(&app.ctx, &ada, id, &shared, None, &Saving::default())
        .await
        .unwrap();
    let copy = row(&app, studies::clone(&app.ctx, &eve, id).await.unwrap()).await;
    assert!(copy.lab_id != lab, "into a lab of one's own");
    assert!(
        studies::find_of_lab(&app.ctx, &eve, copy.id)
            .await
            .unwrap()
            .may_write
    );
}

#[apply(on_both_databases!)]
async fn the_list_is_sorted_searched_and_counted(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let cats = ready(&app, &ada, lab, "Cats").await;
    let dogs = ready(&app, &ada, lab, "Dogs 100%").await;
    for transition in [T::Submit, T::Approve, T::Activate] {
        step(
            &app,
            if transition == T::Approve {
                &staff
            } else {
                &ada
            },
            dogs,
            transition,
            "",
        )
        .await
        .unwrap();
    }
    let old = app
        .study(lab, "Old", |row| row.state = Set(S::Archived))
        .await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, dogs, child).await;
    let bye = domain::responses::EntryContent::Frame {
        frame_id: "1-bye".into(),
        position: 1,
        next: 1,
        data: serde_json::Map::new(),
        completes: true,
        consents: true,
    };
    for _ in 0..2 {
        responses::append(
            &app.ctx,
            &run,
            &[
                frame(1, "0-one", json!({})),
                domain::responses::Entry {
                    id: uuid::Uuid::from_u128(7),
                    number: 2,
                    content: bye.clone(),
                },
            ],
        )
        .await
        .unwrap();
    }
    let list = async |wanted: WantedStudies| {
        studies::list_of_labs(&app.ctx, &ada, &wanted, PAGE)
            .await
            .unwrap()
    };
    let (tabs, all) = list(WantedStudies {
        sort: StudySort::Name,
        ..WantedStudies::default()
    })
    .await;
    assert_eq!(
        all.entries.iter().map(|row| row.id).collect::<Vec<_>>(),
        [cats, dogs]
    );
    assert_eq!(
        (
            tabs.all(),
            tabs.mine,
            tabs.in_states(&[S::Active]),
            tabs.in_states(&[S::Archived])
        ),
        (2, 2, 1, 0)
    );
    let dog = &all.entries[1];
    assert_eq!(
        (
            dog.responses,
            dog.completed,
            dog.consented,
            dog.creator.as_str(),
            dog.lab_name.as_str()
        ),
        (1, 1, 1, "ada Person", "Lab"),
        "counted once, however often it was sent"
    );
    assert_eq!(
        list(WantedStudies {
            search: "dogs 100%".into(),
            ..WantedStudies::default()
        })
        .await
        .1
        .total,
        1,
        "signs stand for themselves"
    );
    assert_eq!(
        list(WantedStudies {
            tab: StudyTab::In(&[S::Created]),
            ..WantedStudies::default()
        })
        .await
        .1
        .entries[0]
            .id,
        cats
    );
    assert_eq!(
        list(WantedStudies {
            tab: StudyTab::Mine,
            sort: StudySort::Responses,
            ..WantedStudies::default()
        })
        .await
        .1
        .entries[0]
            .id,
        dogs
    );
    assert_eq!(
        list(WantedStudies {
            sort: StudySort::State,
            ..WantedStudies::default()
        })
        .await
        .1
        .entries[0]
            .id,
        dogs
    );
    assert_eq!(
        list(WantedStudies {
            sort: StudySort::Edited,
            ..WantedStudies::default()
        })
        .await
        .1
        .total,
        2
    );
    assert!(
        studies::find_of_lab(&app.ctx, &ada, old).await.is_ok(),
        "an archived study is there for those who know it"
    );
}

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
    studies::add_peer(&app.ctx, &ada, id, "nobody@example.org")
        .await
        .unwrap();
    studies::add_peer(&app.ctx, &ada, id, "EVE@example.org")
        .await
        .unwrap();
    studies::add_peer(&app.ctx, &ada, id, "eve@example.org")
        .await
        .unwrap();
    assert!(matches!(
        studies::add_peer(&app.ctx, &eve, id, "x@example.org").await,
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
        studies::save_design(&app.ctx, &eve, id, &protocol("{}"), &Saving::default()).await,
        Err(Error::Denied)
    ));
    assert!(matches!(
        studies::resolve_comment(&app.ctx, &eve, id, page.comments[0].id, true).await,
        Err(Error::Denied)
    ));
    studies::resolve_comment(&app.ctx, &ada, id, page.comments[0].id, true)
        .await
        .unwrap();
    studies::remove_peer(&app.ctx, &ada, id, eve.person().unwrap().account)
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

#[apply(on_both_databases!)]
async fn another_site_reports_that_a_family_is_done(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = app
        .study(lab, "Elsewhere", |row| {
            row.kind = Set(StudyKind::External);
            row.metadata =
                Set(r#"{"url": "https://survey.example/x?a=1", "scheduled": false}"#.into());
        })
        .await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let Launch::Away { response, address } = responses::start(
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
        matches!(again, Launch::Away { response: same, .. } if same == response),
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
    let Launch::Away { response, .. } = responses::start(
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
        .study(lab, "Other", |row| row.kind = Set(StudyKind::External))
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

/// A small file that unpacks to a picture of a hundred thousand pixels a side.
fn bomb() -> Vec<u8> {
    let mut file = png(1, 1);
    // Width and height stand in the header, whose checksum then has to be right again.
    file[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
    file[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
    let crc = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}
