use super::*;

/// A study whose latest version, the fifth, has another protocol than the fourth.
async fn with_two_protocols(app: &TestApp, ada: &Actor, lab: LabId) -> StudyId {
    let id = ready(app, ada, lab, "Cats").await;
    let options = SaveOptions {
        note: "twice".into(),
        ..SaveOptions::default()
    };
    studies::save_design(&app.ctx, ada, id, &protocol(OTHER), &options)
        .await
        .unwrap();
    id
}

#[apply(on_both_databases!)]
async fn every_change_that_is_saved_is_a_version(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = with_two_protocols(&app, &ada, lab).await;
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
    let plain = SaveOptions::default();
    let same = studies::save_design(&app.ctx, &ada, id, &protocol(OTHER), &plain)
        .await
        .unwrap();
    assert_eq!(same.version, 5, "saving the same makes no version");
}

#[apply(on_both_databases!)]
async fn versions_are_compared_line_by_line(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = with_two_protocols(&app, &ada, lab).await;
    let comparison = studies::compare(&app.ctx, &ada, id, 4, 5).await.unwrap();
    assert_eq!(
        comparison
            .fields
            .iter()
            .map(|field| field.field)
            .collect::<Vec<_>>(),
        [Field::Protocol]
    );
    assert!(comparison.fields[0].lines.iter().any(
        |line| matches!(line, Line::Changed(None, Some((_, text))) if text.contains("\"one\""))
    ));
    assert!(matches!(
        studies::compare(&app.ctx, &ada, id, 4, 99).await,
        Err(Error::NotFound(_))
    ));
}

#[apply(on_both_databases!)]
async fn a_restored_version_is_a_new_one(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = with_two_protocols(&app, &ada, lab).await;
    let saved = studies::restore(&app.ctx, &ada, id, 4, false)
        .await
        .unwrap();
    assert_eq!(saved.version, 6, "history is added to, never rewritten");
    assert_eq!(
        app.content(id).await.design.protocol,
        PROTOCOL,
        "byte for byte"
    );
    let comparison = studies::compare(&app.ctx, &ada, id, 4, 6).await.unwrap();
    assert!(comparison.fields.is_empty());
    let (_, list) = studies::versions(&app.ctx, &ada, id, PAGE).await.unwrap();
    assert_eq!(list.entries[0].restored_from, Some(4));
}

#[apply(on_both_databases!)]
async fn strangers_neither_see_nor_restore_versions(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = with_two_protocols(&app, &ada, lab).await;
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
    let id = active(&app, &ada, &staff, lab, "Cats").await;
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
    let document = app.document(&run).await;
    assert_eq!(
        document.study.protocol["sequence"],
        json!(["one", "bye"]),
        "a response that has begun continues with what it began with"
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
        "a study that lost its approval starts no response"
    );
    // A preview shows the latest.
    let preview = started(
        responses::preview(&app.ctx, &ada, id, Some(400))
            .await
            .unwrap(),
    );
    let run = app.enter(&preview).await;
    let document = app.document(&run).await;
    assert_eq!(
        (
            document.study.protocol["sequence"].clone(),
            document.age_days.to_string().as_str()
        ),
        (json!(["one", "one", "bye"]), "400.5")
    );
}

#[apply(on_both_databases!)]
async fn a_generator_is_told_of_earlier_responses(app: TestApp) {
    let lab = app.lab("Lab").await;
    let id = app
        .study(lab, "Made", |new| {
            new.content.design.uses_generator = true;
            new.content.design.generator = "() => 1".into();
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
    let document = app.document(&run).await;
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
