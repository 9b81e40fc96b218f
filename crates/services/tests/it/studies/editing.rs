use super::*;

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
    let on = |base| SaveOptions {
        base: Some(base),
        ..SaveOptions::default()
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
    assert_eq!(app.content(id).await.design.structure, OTHER);
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
        app.content(id).await.ad.purpose,
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
            studies::save_ad(&app.ctx, &ada, id, &form, None, &SaveOptions::default())
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
        form.must = vec!["00000000-0000-4000-8000-000000000000".into()];
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
        &SaveOptions::default(),
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
        studies::save_design(&app.ctx, &ada, id, &protocol(text), &SaveOptions::default())
            .await
            .unwrap();
        assert_eq!(app.content(id).await.design.structure, text);
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
            studies::save_design(&app.ctx, &ada, runner, &private, &SaveOptions::default())
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
                &SaveOptions::default()
            )
            .await
            .unwrap_err()
        )
        .0,
        "archive"
    );
    assert!(matches!(
        studies::set_archive(&app.ctx, &ada, id, b"PK".to_vec(), &SaveOptions::default()).await,
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
            app.content(copy.id).await.design.structure.as_str(),
            copy.is_public,
            copy.version
        ),
        ("Copy of Cats", S::Created, lab, STRUCTURE, false, 1)
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
