use services::paging::Page;
use services::studies::{LabStudy, StudyTabs};

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
            .protocol,
        PROTOCOL,
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

/// Cats that nobody submitted, active dogs with one complete response, and an archived study.
struct Menagerie {
    ada: Actor,
    cats: StudyId,
    dogs: StudyId,
    archived: StudyId,
}

async fn menagerie(app: &TestApp) -> Menagerie {
    let (lab, ada, staff) = cast(app).await;
    let cats = ready(app, &ada, lab, "Cats").await;
    let dogs = active(app, &ada, &staff, lab, "Dogs 100%").await;
    let archived = app.study(lab, "Old", |new| new.state = S::Archived).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, dogs, child).await;
    app.change_response(started.response, |row| {
        row.consent_frames = Set("1-bye".into());
    })
    .await;
    let bye = domain::responses::EntryContent::Frame {
        frame_id: "1-bye".into(),
        position: 1,
        next: 1,
        data: serde_json::Map::new(),
        completes: true,
        consents: false,
    };
    let bye = domain::responses::Entry {
        id: uuid::Uuid::from_u128(7),
        number: 2,
        content: bye,
    };
    let entries = [frame(1, "0-one", json!({})), bye];
    for _ in 0..2 {
        responses::append(&app.ctx, &run, &entries).await.unwrap();
    }
    Menagerie {
        ada,
        cats,
        dogs,
        archived,
    }
}

async fn list(app: &TestApp, actor: &Actor, wanted: WantedStudies) -> (StudyTabs, Page<LabStudy>) {
    studies::list_of_labs(&app.ctx, actor, &wanted, PAGE)
        .await
        .unwrap()
}

#[apply(on_both_databases!)]
async fn the_list_counts_studies_and_their_responses(app: TestApp) {
    let Menagerie {
        ada, cats, dogs, ..
    } = menagerie(&app).await;
    let by_name = WantedStudies {
        sort: StudySort::Name,
        ..WantedStudies::default()
    };
    let (tabs, all) = list(&app, &ada, by_name).await;
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
}

#[apply(on_both_databases!)]
async fn the_list_is_searched_narrowed_and_sorted(app: TestApp) {
    let Menagerie {
        ada, cats, dogs, ..
    } = menagerie(&app).await;
    let search = WantedStudies {
        search: "dogs 100%".into(),
        ..WantedStudies::default()
    };
    assert_eq!(
        list(&app, &ada, search).await.1.total,
        1,
        "characters of patterns stand for themselves"
    );
    let created = WantedStudies {
        tab: StudyTab::In(&[S::Created]),
        ..WantedStudies::default()
    };
    assert_eq!(list(&app, &ada, created).await.1.entries[0].id, cats);
    let most_responses_of_mine = WantedStudies {
        tab: StudyTab::Mine,
        sort: StudySort::Responses,
        ..WantedStudies::default()
    };
    assert_eq!(
        list(&app, &ada, most_responses_of_mine).await.1.entries[0].id,
        dogs
    );
    let by_state = WantedStudies {
        sort: StudySort::State,
        ..WantedStudies::default()
    };
    assert_eq!(list(&app, &ada, by_state).await.1.entries[0].id, dogs);
    let by_edit = WantedStudies {
        sort: StudySort::Edited,
        ..WantedStudies::default()
    };
    assert_eq!(list(&app, &ada, by_edit).await.1.total, 2);
}

#[apply(on_both_databases!)]
async fn an_archived_study_is_there_for_those_who_know_it(app: TestApp) {
    let Menagerie { ada, archived, .. } = menagerie(&app).await;
    assert!(
        studies::find_of_lab(&app.ctx, &ada, archived).await.is_ok(),
        "an archived study is there for those who know it"
    );
}
