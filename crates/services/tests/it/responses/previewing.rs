use domain::labs::{LabId, LabRole};
use domain::studies::{StudyId, StudyState};
use entities::{child, response};
use macro_rules_attribute::apply;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use services::responses::{self, ResponseFilter};
use services::{Actor, Error, families, studies};

use super::{PAGE, submitted};
use crate::support::{TestApp, frame, on_both_databases, started};

const PREVIEWS: ResponseFilter = ResponseFilter {
    child: None,
    is_preview: true,
    is_completed: None,
    sort: responses::Sort::Newest,
};

async fn draft(app: &TestApp, lab: LabId) -> StudyId {
    app.study(lab, "Draft", |row| row.state = StudyState::Created)
        .await
}

async fn shared(app: &TestApp, lab: LabId) -> StudyId {
    app.study(lab, "Shared", |row| {
        row.state = StudyState::Created;
        row.content.settings.has_shared_preview = true;
    })
    .await
}

#[apply(on_both_databases!)]
async fn a_preview_is_for_the_lab_unless_it_is_shared(app: TestApp) {
    let (lab, other) = (app.lab("Lab").await, app.lab("Other").await);
    let (study, shared) = (draft(&app, lab).await, shared(&app, lab).await);
    let stranger = app.researcher("s@example.org", other, LabRole::Admin).await;
    let family = app.family("ada@example.org").await;
    assert!(matches!(
        responses::preview(&app.ctx, &stranger, study, None).await,
        Err(Error::NotFound(_))
    ));
    assert!(
        responses::preview(&app.ctx, &stranger, shared, None)
            .await
            .is_ok(),
        "a shared preview is for every researcher"
    );
    for study in [study, shared] {
        assert!(matches!(
            responses::preview(&app.ctx, &family, study, None).await,
            Err(Error::Denied)
        ));
    }
    assert_eq!(response::Entity::find().count(&app.db).await.unwrap(), 1);
}

#[apply(on_both_databases!)]
async fn a_preview_is_kept_apart_and_has_a_made_up_child(app: TestApp) {
    let lab = app.lab("Lab").await;
    let study = draft(&app, lab).await;
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    let begun = responses::preview(&app.ctx, &member, study, None).await;
    let run = app.enter(&started(begun.unwrap())).await;
    let document = app.document(&run).await;
    assert!(document.is_preview);
    assert_eq!(
        document.age_days.to_string(),
        "1095.5",
        "in the middle of the ages that the study is for"
    );
    let sent = [frame(1, "0-one", json!({})), submitted(2)];
    responses::append(&app.ctx, &run, &sent).await.unwrap();
    assert!(
        families::children(&app.ctx, &member)
            .await
            .unwrap()
            .is_empty(),
        "nobody's list shows the child"
    );
    let past = responses::past(&app.ctx, &member, PAGE).await.unwrap();
    assert_eq!(past.total, 0);
    let page = studies::find_of_lab(&app.ctx, &member, study)
        .await
        .unwrap();
    assert_eq!((page.responses, page.previews), (0, 1));
    let (_, previews) = responses::list(&app.ctx, &member, study, &PREVIEWS, PAGE)
        .await
        .unwrap();
    assert_eq!(previews.total, 1, "a member of the lab reads previews");
    assert!(matches!(
        responses::list(&app.ctx, &member, study, &ResponseFilter::default(), PAGE).await,
        Err(Error::Denied)
    ));
}

#[apply(on_both_databases!)]
async fn an_admin_deletes_the_previews_of_one_study(app: TestApp) {
    let lab = app.lab("Lab").await;
    let (study, shared) = (draft(&app, lab).await, shared(&app, lab).await);
    let member = app.researcher("m@example.org", lab, LabRole::Member).await;
    let admin = app.researcher("a@example.org", lab, LabRole::Admin).await;
    responses::preview(&app.ctx, &member, shared, None)
        .await
        .unwrap();
    let begun = responses::preview(&app.ctx, &member, study, None).await;
    let begun = started(begun.unwrap());
    let run = app.enter(&begun).await;
    responses::append(&app.ctx, &run, &[submitted(1)])
        .await
        .unwrap();
    assert!(matches!(
        studies::delete_previews(&app.ctx, &member, study, 9).await,
        Err(Error::Denied)
    ));
    assert!(
        matches!(
            studies::delete_previews(&app.ctx, &admin, study, 0).await,
            Err(Error::Conflict(_))
        ),
        "more than were shown"
    );
    let deleted = studies::delete_previews(&app.ctx, &admin, study, 1).await;
    assert_eq!(deleted.unwrap(), 1);
    assert_eq!(
        response::Entity::find().count(&app.db).await.unwrap(),
        1,
        "the other study's preview stays"
    );
    assert_eq!(child::Entity::find().count(&app.db).await.unwrap(), 1);
    let page = studies::find_of_lab(&app.ctx, &member, study)
        .await
        .unwrap();
    assert_eq!(page.previews, 0);
    assert_eq!(app.recognise(begun.session, "x").await, Actor::Visitor);
}
