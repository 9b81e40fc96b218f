//! Pages ask the database a few times, however much there is.

use super::*;

/// Most statements of a page, with the one that recognises the session.
const MOST: usize = 6;

/// A researcher of the lab who is recognised anew for each page.
async fn visit<T>(
    app: &TestApp,
    token: &adapters::Token,
    page: impl AsyncFnOnce(&Actor) -> T,
) -> (usize, T) {
    let before = app.ctx.statements();
    let actor = app.actor(token).await;
    let found = page(&actor).await;
    (app.ctx.statements() - before, found)
}

#[apply(on_both_databases!)]
async fn researchers_pages_take_few_statements(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let token = app.sign_in("ada@example.org").await;
    app.with_factor(&token).await;
    let mut ids = Vec::new();
    for name in ["Cats", "Dogs", "Newts"] {
        let id = ready(&app, &ada, lab, name).await;
        step(&app, &ada, id, T::Submit, "").await.unwrap();
        step(&app, &staff, id, T::Approve, "").await.unwrap();
        step(&app, &ada, id, T::Activate, "").await.unwrap();
        for body in ["One.", "Two."] {
            studies::comment(&app.ctx, &staff, id, Section::Ad, body)
                .await
                .unwrap();
        }
        ids.push(id);
    }
    let ctx = &app.ctx;
    let id = ids[0];
    let (desk, page) = visit(&app, &token, async |actor| {
        studies::find_of_lab(ctx, actor, id).await.unwrap()
    })
    .await;
    assert!(page.approval.is_some() && page.may_clone && page.log.len() == 4);
    assert!(desk <= MOST, "desk: {desk}");
    let (design, _) = visit(&app, &token, async |actor| {
        studies::design(ctx, actor, id).await.unwrap();
        studies::draft(ctx, actor, id, DraftPart::Design)
            .await
            .unwrap()
    })
    .await;
    assert!(design <= MOST, "design: {design}");
    let (review, page) = visit(&app, &token, async |actor| {
        studies::review(ctx, actor, id).await.unwrap()
    })
    .await;
    assert_eq!(page.comments.len(), 2);
    assert!(review <= MOST, "review: {review}");
    let (list, (_, page)) = visit(&app, &token, async |actor| {
        studies::labs_for_new_studies(ctx, actor).await.unwrap();
        let wanted = WantedStudies {
            search: "lab".into(),
            ..WantedStudies::default()
        };
        studies::list_of_labs(ctx, actor, &wanted, PAGE)
            .await
            .unwrap();
        studies::list_of_labs(ctx, actor, &WantedStudies::default(), PAGE)
            .await
            .unwrap()
    })
    .await;
    assert_eq!(page.total, 3);
    assert!(list <= MOST + 3, "two lists: {list}");
}

#[apply(on_both_databases!)]
async fn lists_take_the_same_number_of_statements_however_long(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let ctx = &app.ctx;
    let count = async || {
        let before = ctx.statements();
        studies::queue(ctx, &staff, &QueueFilter::default(), PAGE)
            .await
            .unwrap();
        let queue = ctx.statements();
        studies::list(ctx, &Actor::Visitor, &studies::StudyFilter::default())
            .await
            .unwrap();
        let list = ctx.statements();
        studies::list_of_labs(ctx, &ada, &WantedStudies::default(), PAGE)
            .await
            .unwrap();
        (queue - before, list - queue, ctx.statements() - list)
    };
    let none = count().await;
    for name in ["Cats", "Dogs"] {
        let id = ready(&app, &ada, lab, name).await;
        step(&app, &ada, id, T::Submit, "").await.unwrap();
        app.study(lab, &format!("{name} that collect"), |_| ())
            .await;
    }
    assert_eq!(count().await, none);
    assert_eq!(none.1, 1, "families' list reads once");
    assert!(none.0 < MOST && none.2 < MOST, "{none:?}");
}

#[apply(on_both_databases!)]
async fn saving_the_ad_copies_no_design(app: TestApp) {
    let (lab, ada, _) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let designs = async || {
        let all = entities::study_design::Entity::find().all(&app.db).await;
        all.unwrap().len()
    };
    let before = designs().await;
    let form = AdForm {
        purpose: "Another one.".into(),
        ..whole_ad("Cats")
    };
    let saved = studies::save_ad(&app.ctx, &ada, id, &form, None, &SaveOptions::default())
        .await
        .unwrap();
    assert_eq!(designs().await, before);
    studies::save_design(
        &app.ctx,
        &ada,
        id,
        &protocol(OTHER),
        &SaveOptions::default(),
    )
    .await
    .unwrap();
    assert_eq!(designs().await, before + 1);
    studies::restore(&app.ctx, &ada, id, saved.version, false)
        .await
        .unwrap();
    assert_eq!(designs().await, before + 1, "what it had is there already");
    assert_eq!(app.content(id).await.design.protocol, PROTOCOL);
}

#[apply(on_both_databases!)]
async fn a_design_is_looked_into_once_for_all_pages(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = ready(&app, &ada, lab, "Cats").await;
    let before = app.ctx.inspections();
    step(&app, &ada, id, T::Submit, "").await.unwrap();
    studies::find_of_lab(&app.ctx, &ada, id).await.unwrap();
    studies::review(&app.ctx, &staff, id).await.unwrap();
    let queue = async || {
        let queue = studies::queue(&app.ctx, &staff, &QueueFilter::default(), PAGE).await;
        queue.unwrap().waiting
    };
    queue().await;
    responses::preview(&app.ctx, &ada, id, None).await.unwrap();
    step(&app, &staff, id, T::Approve, "").await.unwrap();
    assert_eq!(app.ctx.inspections() - before, 1);
    step(&app, &staff, id, T::Reject, "Again.").await.unwrap();
    let plain = SaveOptions::default();
    studies::save_design(&app.ctx, &ada, id, &protocol("{ broken"), &plain)
        .await
        .unwrap();
    let page = studies::find_of_lab(&app.ctx, &ada, id).await.unwrap();
    assert!(
        !page.problems.is_empty(),
        "another design is looked into anew"
    );
    assert_eq!(app.ctx.inspections() - before, 2);
}

#[apply(on_both_databases!)]
async fn the_queue_finds_out_what_it_does_not_know(app: TestApp) {
    let (lab, _, staff) = cast(&app).await;
    for name in ["Cats", "Dogs"] {
        app.study(lab, name, |new| new.state = S::Submitted).await;
    }
    let queue = async || {
        let queue = studies::queue(&app.ctx, &staff, &QueueFilter::default(), PAGE).await;
        queue.unwrap().waiting.entries
    };
    let first = queue().await;
    assert_eq!(app.ctx.inspections(), 2);
    assert_eq!(queue().await, first);
    assert_eq!(app.ctx.inspections(), 2);
}

#[apply(on_both_databases!)]
async fn what_needs_no_look_at_the_design_reads_none(app: TestApp) {
    let (lab, ada, staff) = cast(&app).await;
    let id = active(&app, &ada, &staff, lab, "Cats").await;
    let broken = "update study_design set content = 'not read'";
    sea_orm::ConnectionTrait::execute_unprepared(&app.db, broken)
        .await
        .unwrap();
    step(&app, &ada, id, T::Pause, "").await.unwrap();
    studies::ad(&app.ctx, &ada, id).await.unwrap();
    studies::list(&app.ctx, &Actor::Visitor, &studies::StudyFilter::default())
        .await
        .unwrap();
    let form = AdForm {
        contact_info: "Bob".into(),
        ..whole_ad("Cats")
    };
    studies::save_ad(&app.ctx, &ada, id, &form, None, &SaveOptions::default())
        .await
        .unwrap();
}
