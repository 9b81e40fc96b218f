use super::*;

#[apply(on_both_databases!)]
async fn researchers_see_their_labs_and_no_others(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let ours = app.study(lab, "Ours", |_| ()).await;
    let theirs = app.study(other, "Theirs", |_| ()).await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    let guest = app.researcher("g@example.org", lab, LabRole::Guest).await;
    let reader = app
        .researcher("ro@example.org", lab, LabRole::ReadOnly)
        .await;
    let family = app.family("ada@example.org").await;
    let list = async |actor: &Actor| {
        studies::list_of_labs(
            &app.ctx,
            actor,
            &WantedStudies::default(),
            Paging { page: 1, size: 20 },
        )
        .await
    };
    let names: Vec<_> = list(&member)
        .await
        .unwrap()
        .1
        .entries
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["Ours"]);
    assert!(list(&guest).await.unwrap().1.entries.is_empty());
    assert!(matches!(list(&family).await, Err(Error::Denied)));
    assert!(matches!(list(&Actor::Visitor).await, Err(Error::SignIn)));
    assert_eq!(
        studies::find_of_lab(&app.ctx, &member, ours)
            .await
            .unwrap()
            .content
            .design
            .structure,
        STRUCTURE,
        "the text of a protocol is kept byte for byte"
    );
    assert!(
        !studies::find_of_lab(&app.ctx, &member, ours)
            .await
            .unwrap()
            .may_read_responses,
        "no role of a lab reads answers"
    );
    app.study_role(&guest, theirs, StudyRole::Analysis).await;
    assert!(
        studies::find_of_lab(&app.ctx, &guest, theirs)
            .await
            .unwrap()
            .may_read_responses
    );
    let names: Vec<_> = list(&guest)
        .await
        .unwrap()
        .1
        .entries
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["Theirs"]);
    assert!(
        !studies::find_of_lab(&app.ctx, &reader, ours)
            .await
            .unwrap()
            .may_read_responses
    );
    assert!(matches!(
        studies::find_of_lab(&app.ctx, &member, theirs).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        studies::find_of_lab(&app.ctx, &guest, ours).await,
        Err(Error::NotFound(_))
    ));
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
    let old = app.study(lab, "Old", |new| new.state = S::Archived).await;
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
        "characters of patterns stand for themselves"
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
