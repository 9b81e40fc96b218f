use services::studies::Draft;

use super::*;

fn on(base: i32) -> SaveOptions {
    SaveOptions {
        base: Some(base),
        ..SaveOptions::default()
    }
}

/// A study that Ada and Bob edit, and the version that both of them have open.
async fn shared_study(app: &TestApp, lab: LabId, ada: &Actor) -> (StudyId, Actor, i32) {
    let id = ready(app, ada, lab, "Cats").await;
    let bob = app.researcher("bob@example.org", lab, LabRole::Guest).await;
    app.study_role(&bob, id, StudyRole::Design).await;
    let base = row(app, id).await.version;
    (id, bob, base)
}

async fn keep(app: &TestApp, actor: &Actor, id: StudyId, base: i32, content: &str) -> Draft {
    studies::keep_draft(&app.ctx, actor, id, DraftPart::Design, base, content)
        .await
        .unwrap()
}

async fn draft(app: &TestApp, actor: &Actor, id: StudyId) -> Option<Draft> {
    studies::draft(&app.ctx, actor, id, DraftPart::Design)
        .await
        .unwrap()
}

#[apply(on_both_databases!)]
async fn a_draft_hears_of_another_editor_and_is_kept(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let (id, bob, base) = shared_study(&app, lab, &ada).await;
    let kept = keep(&app, &bob, id, base, "{\"structure\": \"mine\"}").await;
    assert_eq!((kept.base, kept.conflict), (base, None));
    studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &on(base))
        .await
        .unwrap();
    let kept = keep(&app, &bob, id, base, "{\"structure\": \"mine, longer\"}").await;
    assert_eq!(
        kept.conflict.as_deref(),
        Some("ada Person saved version 5 in the meantime (Protocol).")
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
    assert_eq!(app.content(id).await.design.protocol, OTHER);
    assert_eq!(
        draft(&app, &bob, id).await.unwrap().content,
        "{\"structure\": \"mine, longer\"}"
    );
    assert!(
        draft(&app, &ada, id).await.is_none(),
        "a draft is its writer's"
    );
}

#[apply(on_both_databases!)]
async fn editors_of_two_parts_overwrite_nothing(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let (id, bob, base) = shared_study(&app, lab, &ada).await;
    studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &on(base))
        .await
        .unwrap();
    keep(&app, &bob, id, base, "{\"structure\": \"mine\"}").await;
    let other_purpose = AdForm {
        purpose: "Other half.".into(),
        ..whole_ad("Cats")
    };
    studies::save_ad(&app.ctx, &bob, id, &other_purpose, None, &on(base))
        .await
        .unwrap();
    studies::save_design(&app.ctx, &bob, id, &protocol("{}"), &on(6))
        .await
        .unwrap();
    assert!(
        draft(&app, &bob, id).await.is_none(),
        "what is saved is no longer a draft"
    );
    assert_eq!(
        app.content(id).await.ad.purpose,
        "Other half.",
        "neither half overwrites the other"
    );
    assert!(draft(&app, &ada, id).await.is_none());
}

#[apply(on_both_databases!)]
async fn drafts_need_the_right_to_write_and_have_a_limit(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    assert!(matches!(
        studies::keep_draft(&app.ctx, &reader, id, DraftPart::Ad, 1, "{}").await,
        Err(Error::Denied)
    ));
    let large = "x".repeat(9 << 20);
    assert!(
        studies::keep_draft(&app.ctx, &ada, id, DraftPart::Design, 1, &large)
            .await
            .is_err()
    );
}
/// The field and the message of what was refused.
fn violation<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    let error = result.unwrap_err();
    let first = &error.violations()[0];
    (first.field.clone(), first.message.clone())
}

#[apply(on_both_databases!)]
async fn bad_rules_of_an_ad_are_named_and_write_nothing(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let before = row(&app, id).await;
    let save = async |form: AdForm| {
        violation(studies::save_ad(&app.ctx, &ada, id, &form, None, &SaveOptions::default()).await)
    };
    let misspelt = AdForm {
        criteria_expression: "speaks_en AND deef".into(),
        ..whole_ad("Cats")
    };
    assert!(save(misspelt).await.1.contains("at character 15"));
    let unknown = AdForm {
        must: vec!["00000000-0000-4000-8000-000000000000".into()],
        ..whole_ad("Cats")
    };
    assert_eq!(save(unknown).await.0, "must");
    let own = AdForm {
        must: vec![id.to_string()],
        ..whole_ad("Cats")
    };
    assert_eq!(save(own).await.0, "must");
    assert_eq!(row(&app, id).await, before);
}

#[apply(on_both_databases!)]
async fn large_protocols_and_bad_pictures_are_named_and_write_nothing(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let before = row(&app, id).await;
    let large = protocol(&"x".repeat(5_000_000));
    assert!(
        violation(studies::save_design(&app.ctx, &ada, id, &large, &SaveOptions::default()).await)
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
}

#[apply(on_both_databases!)]
async fn broken_protocols_are_kept_but_neither_submitted_nor_tried(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    for text in [
        "{ broken",
        r#"{"frames": {"a": {"kind": "group", "frameList": ["a"]}}, "sequence": ["a"]}"#,
    ] {
        studies::save_design(&app.ctx, &ada, id, &protocol(text), &SaveOptions::default())
            .await
            .unwrap();
        assert_eq!(app.content(id).await.design.protocol, text);
        assert!(matches!(
            step(&app, &ada, id, T::Submit, "").await,
            Err(Error::Conflict(_))
        ));
        assert!(matches!(
            responses::preview(&app.ctx, &ada, id, None).await,
            Err(Error::Conflict(_))
        ));
    }
}

#[apply(on_both_databases!)]
async fn bad_runners_and_archives_are_named_and_write_nothing(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let refused = studies::create(&app.ctx, &ada, lab, StudyKind::CustomRunner, "Own runner").await;
    assert_eq!(violation(refused).0, "kind", "none can be run yet");
    let runner = app
        .study(lab, "Own runner", |new| {
            new.kind = StudyKind::CustomRunner;
            new.state = S::Created;
        })
        .await;
    app.study_role(&ada, runner, StudyRole::Admin).await;
    let private = DesignForm {
        player_repo_url: "https://10.0.0.8/lab/runner".into(),
        last_known_player_sha: "a".repeat(40),
        ..DesignForm::default()
    };
    let plain = SaveOptions::default();
    assert_eq!(
        violation(studies::save_design(&app.ctx, &ada, runner, &private, &plain).await).0,
        "player_repo_url"
    );
    assert_eq!(row(&app, runner).await.version, 1);
    let file = b"no archive".to_vec();
    assert_eq!(
        violation(studies::set_archive(&app.ctx, &ada, runner, file, &plain).await).0,
        "archive"
    );
    let frames = ready(&app, &ada, lab, "Cats").await;
    assert!(matches!(
        studies::set_archive(&app.ctx, &ada, frames, b"PK".to_vec(), &plain).await,
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
        .study(other, "Secret cats", |new| {
            new.content.settings.is_public = false;
        })
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
        "what is not listed is known to its own lab only"
    );
    let mut form = whole_ad("Own cats");
    form.must = vec![open.to_string()];
    form.must_not = vec![hidden.to_string()];
    studies::save_ad(&app.ctx, &ada, own, &form, None, &SaveOptions::default())
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
        "a stranger learns nothing"
    );
    let copy = row(&app, studies::clone(&app.ctx, &ada, id).await.unwrap()).await;
    let source = row(&app, id).await;
    assert_eq!(
        (
            copy.name.as_str(),
            copy.state,
            copy.lab_id,
            app.content(copy.id).await.design.protocol.as_str(),
            copy.is_public,
            copy.version
        ),
        ("Copy of Cats", S::Created, lab, PROTOCOL, false, 1)
    );
    assert!(copy.salt != source.salt && copy.comment.is_empty());
    let shared = AdForm {
        has_shared_preview: true,
        ..whole_ad("Cats")
    };
    studies::save_ad(&app.ctx, &ada, id, &shared, None, &SaveOptions::default())
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
