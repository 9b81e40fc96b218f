//! Databases of earlier steps are brought up to date, and lose nothing on the way.

use domain::accounts::{Powers, SecondFactor};
use domain::labs::{LabId, LabRole};
use domain::responses::ConsentRuling;
use domain::studies::{AdForm, Content, DesignForm, StudyId, StudyKind, StudyRole, StudyState};
use entities::{account, lab, response_frame, study, study_design, study_member};
use macro_rules_attribute::apply;
use migrations::Migrator;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult,
};
use sea_orm_migration::MigratorTrait;
use services::accounts::{self, Client};
use services::audit::{self, Chain};
use services::studies::{self, SaveOptions};
use services::{Actor, Error};

use crate::support::{PASSWORD, PROTOCOL, TestApp, on_both_databases, start};

/// Takes every step back that follows the named one, however many there are by now.
async fn back_to(app: &TestApp, step: &str) {
    let steps = Migrator::migrations();
    let last = steps.iter().position(|one| one.name() == step).unwrap();
    let later = u32::try_from(steps.len() - last - 1).unwrap();
    Migrator::down(&app.db, Some(later)).await.unwrap();
}

#[apply(on_both_databases!)]
async fn what_was_there_before_people_had_roles_goes_on(app: TestApp) {
    let lab = app.lab("Lab").await;
    let maker = app
        .person(
            "maker@example.org",
            Powers {
                is_researcher: true,
                ..Powers::default()
            },
        )
        .await;
    let id = maker.person().unwrap().account;
    let study = app.study(lab, "Study", |new| new.creator = Some(id)).await;
    app.study(lab, "Of nobody", |_| ()).await;
    back_to(&app, "m0001_foundation").await;
    Migrator::up(&app.db, None).await.unwrap();
    let members = study_member::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(
        members
            .iter()
            .map(|row| (row.study_id, row.account_id, row.role))
            .collect::<Vec<_>>(),
        [(study, id, StudyRole::Admin)],
        "who made a study looks after it"
    );
    let row = account::Entity::find_by_id(id)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    assert!(
        !row.password_hash.is_empty() && !row.has_second_factor,
        "addresses that could not be confirmed count as confirmed"
    );
    assert_eq!(audit::verify(&app.ctx, &[]).await.unwrap(), Chain::Whole(0));
    app.family("new@example.org").await;
    assert_eq!(audit::verify(&app.ctx, &[]).await.unwrap(), Chain::Whole(1));
}

#[apply(on_both_databases!)]
async fn responses_are_counted_and_studies_get_their_first_version(app: TestApp) {
    let lab = app.lab("Lab").await;
    let ada = app.researcher("ada@example.org", lab, LabRole::Admin).await;
    let id = app.study(lab, "Study", |_| ()).await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (_, run) = app.run(&family, id, child).await;
    services::responses::append(
        &app.ctx,
        &run,
        &[crate::support::frame(1, "0-one", serde_json::json!({}))],
    )
    .await
    .unwrap();
    back_to(&app, "m0002_people").await;
    Migrator::up(&app.db, None).await.unwrap();
    let page = studies::find_of_lab(&app.ctx, &ada, id).await.unwrap();
    assert_eq!(
        (page.responses, page.version, page.approved_version),
        (1, 1, Some(1))
    );
    assert!(
        app.try_document(&run).await.is_ok(),
        "a run from before goes on"
    );
    app.run(&family, id, child).await;
    let page = studies::find_of_lab(&app.ctx, &ada, id).await.unwrap();
    assert_eq!(
        (page.version, page.approved_version, page.study.state),
        (1, Some(1), StudyState::Active),
        "what was approved stays so"
    );
}

/// A study's row as it was before its content moved out of it.
async fn old_row(app: &TestApp, id: StudyId) -> QueryResult {
    let columns = [
        "name",
        "structure",
        "max_age_years",
        "compensation_description",
        "must_not_have_participated",
    ];
    // With the table's name: SQLite takes a column that a connection does not know yet for a text.
    let row = Query::select()
        .columns(columns.map(|column| ("study", column)))
        .from("study")
        .and_where(Expr::col(("study", "id")).eq(id.0))
        .to_owned();
    app.db.query_one(&row).await.unwrap().unwrap()
}

/// A study as it was stored before versions were kept.
async fn before_versioning(app: &TestApp, lab: LabId, other: StudyId) -> StudyId {
    let id = StudyId(app.ctx.uuid().unwrap());
    let mut insert = Query::insert();
    insert
        .into_table("study")
        .columns([
            "id",
            "lab_id",
            "salt",
            "name",
            "short_description",
            "compensation_description",
            "max_age_years",
            "must_not_have_participated",
            "kind",
            "state",
            "is_public",
            "structure",
            "metadata",
            "comments",
            "comments_extra",
            "created_at",
            "updated_at",
        ])
        .values_panic([
            id.0.into(),
            lab.0.into(),
            app.ctx.uuid().unwrap().into(),
            "From the beginning".into(),
            "Ünlike others".into(),
            "A sticker".into(),
            3.into(),
            other.to_string().into(),
            "external".into(),
            "paused".into(),
            true.into(),
            PROTOCOL.into(),
            r#"{"url": "https://survey.example/", "scheduled": true, "scheduling": "Calendly"}"#
                .into(),
            "Well done.".into(),
            r#"{"declarations": {"keys": ["issue_length"], "issues_description": "Long"}}"#.into(),
            start().into(),
            start().into(),
        ]);
    app.db.execute(&insert).await.unwrap();
    id
}

async fn versions(app: &TestApp, actor: &Actor, id: StudyId, last: i32) -> Vec<Content> {
    let mut found = Vec::new();
    for number in 1..=last {
        studies::restore(&app.ctx, actor, id, number, true)
            .await
            .unwrap();
        found.push(app.content(id).await);
    }
    found
}

async fn study_row(app: &TestApp, id: StudyId) -> study::Model {
    let row = study::Entity::find_by_id(id).one(&app.db).await;
    row.unwrap().unwrap()
}

/// A study that was approved and then got another protocol, and the draft it excludes.
async fn approved_and_draft(app: &TestApp, ada: &Actor, lab: LabId) -> (StudyId, StudyId) {
    let draft = studies::create(&app.ctx, ada, lab, StudyKind::JsPsych, "Draft")
        .await
        .unwrap();
    let approved = app
        .study(lab, "Approved", |new| {
            new.content.ad.compensation = "A book".into();
            new.content.ad.must_not = [draft].into();
        })
        .await;
    let design = DesignForm {
        protocol: "{ \"b\": 1,  \"a\": 2 }".into(),
        ..DesignForm::default()
    };
    let saving = SaveOptions {
        agrees: true,
        ..SaveOptions::default()
    };
    studies::save_design(&app.ctx, ada, approved, &design, &saving)
        .await
        .unwrap();
    (approved, draft)
}

#[apply(on_both_databases!)]
async fn the_content_of_studies_moves_into_their_versions(app: TestApp) {
    let lab = app.lab("Lab").await;
    let ada = app.researcher("ada@example.org", lab, LabRole::Admin).await;
    let (approved, draft) = approved_and_draft(&app, &ada, lab).await;
    let kept = (app.content(draft).await, app.content(approved).await);

    back_to(&app, "m0003_study_life").await;
    let row = old_row(&app, approved).await;
    let text = |name: &str| row.try_get::<String>("", name).unwrap();
    assert_eq!(
        (
            text("name").as_str(),
            text("structure").as_str(),
            text("compensation_description").as_str(),
            text("must_not_have_participated"),
            row.try_get::<i32>("", "max_age_years").unwrap()
        ),
        (
            "Approved",
            "{ \"b\": 1,  \"a\": 2 }",
            "A book",
            draft.to_string(),
            4
        )
    );

    Migrator::up(&app.db, None).await.unwrap();
    assert_eq!(
        (app.content(draft).await, app.content(approved).await),
        kept
    );
    let row = study_row(&app, approved).await;
    assert_eq!(
        (row.state, row.version, row.approved_version),
        (StudyState::Rejected, 2, Some(1)),
        "what families saw is remembered beside what was written since"
    );
    let found = versions(&app, &ada, approved, 2).await;
    assert_eq!(
        (found[0].design.protocol.as_str(), &found[1]),
        (PROTOCOL, &kept.1),
        "byte for byte"
    );
    let row = lab::Entity::find_by_id(lab).one(&app.db).await;
    assert!(!row.unwrap().unwrap().is_approved);
}

#[apply(on_both_databases!)]
async fn the_content_of_a_study_from_before_versioning_is_its_first_version(app: TestApp) {
    let lab = app.lab("Lab").await;
    let other = app.study(lab, "Other", |_| ()).await;
    back_to(&app, "m0003_study_life").await;
    let old = before_versioning(&app, lab, other).await;
    Migrator::up(&app.db, None).await.unwrap();
    let row = study_row(&app, old).await;
    assert_eq!(
        (row.version, row.approved_version, row.comment.as_str()),
        (1, Some(1), "Well done.")
    );
    assert!(row.search_text.contains("ünlike others") && row.declarations.contains("issue_length"));
    let content = app.content(old).await;
    assert_eq!(
        (
            content.ad.compensation.as_str(),
            content.ad.ages.max_years,
            content.ad.must_not,
            content.design.external.url.as_str(),
            content.design.external.scheduled,
            content.design.protocol.as_str(),
            content.settings.is_public
        ),
        (
            "A sticker",
            3,
            [other].into(),
            "https://survey.example/",
            true,
            PROTOCOL,
            true
        )
    );
}

#[apply(on_both_databases!)]
async fn nobody_waits_for_a_copy_any_longer(app: TestApp) {
    let asked = "select account_id, ended_at from export_request";
    let is_there = async || app.db.execute_unprepared(asked).await.is_ok();
    assert!(!is_there().await);
    back_to(&app, "m0005_names").await;
    assert!(is_there().await, "the step can be taken back");
    Migrator::up(&app.db, None).await.unwrap();
    assert!(!is_there().await);
}

#[apply(on_both_databases!)]
async fn what_staff_reviewed_is_told_from_what_kept_the_approval(app: TestApp) {
    let lab = app.lab("Lab").await;
    let ada = app.researcher("ada@example.org", lab, LabRole::Admin).await;
    let approved = app.study(lab, "Approved", |_| ()).await;
    let draft = app
        .study(lab, "Draft", |new| new.state = StudyState::Created)
        .await;
    let form = AdForm {
        contact_info: "Bob".into(),
        image_alt: "A cat".into(),
        is_public: true,
        name: "Approved".into(),
        min_age: ["2".into(), String::new(), String::new()],
        max_age: ["4".into(), String::new(), String::new()],
        ..AdForm::default()
    };
    let plain = SaveOptions::default();
    let saved = studies::save_ad(&app.ctx, &ada, approved, &form, None, &plain).await;
    assert_eq!(saved.unwrap().version, 2);
    let sizes = async || {
        let designs = study_design::Entity::find().all(&app.db).await;
        let of = |design: study_design::Model| (design.size_bytes, design.content.len());
        designs.unwrap().into_iter().map(of).collect::<Vec<_>>()
    };
    back_to(&app, "m0005_names").await;
    Migrator::up(&app.db, None).await.unwrap();
    let row = study_row(&app, approved).await;
    assert_eq!(
        (row.approved_version, row.reviewed_version),
        (Some(2), Some(1))
    );
    assert_eq!((row.sent_back_version, row.webhook_generation), (None, 0));
    assert_eq!(study_row(&app, draft).await.reviewed_version, None);
    assert!(
        sizes()
            .await
            .iter()
            .all(|(size, length)| usize::try_from(*size) == Ok(*length))
    );
}

#[apply(on_both_databases!)]
async fn what_is_stored_of_responses_loses_what_identifies_a_child(app: TestApp) {
    let lab = app.lab("Lab").await;
    let id = app
        .study(lab, "Study", |new| {
            new.content.design.protocol =
                PROTOCOL.replace("\"zeta\": 1", "\"src\": \"https://cdn.example.org/a.mp4\"");
        })
        .await;
    let (family, child) = app.family_with_child("fam@example.org", "2024-01-01").await;
    let (started, run) = app.run(&family, id, child).await;
    let sent = [crate::support::frame(
        1,
        "1-bye",
        serde_json::json!({"a": 1}),
    )];
    services::responses::append(&app.ctx, &run, &sent)
        .await
        .unwrap();
    let row = response_frame::Entity::find().one(&app.db).await;
    let data = r#"{"birthDate":"2024-01-03T00:00:00.000Z","frameType":"EXIT"}"#;
    response_frame::ActiveModel {
        id: Set(row.unwrap().unwrap().id),
        data: Set(data.to_owned()),
        ..Default::default()
    }
    .update(&app.db)
    .await
    .unwrap();
    assert!(app.content(id).await.design.hosts.is_empty());

    back_to(&app, "m0005_names").await;
    Migrator::up(&app.db, None).await.unwrap();
    let row = response_frame::Entity::find().one(&app.db).await;
    assert_eq!(
        row.unwrap().unwrap().data,
        r#"{"birthDateDifference":2,"frameType":"EXIT"}"#
    );
    let row = app.response_row(started.response).await;
    assert_eq!(
        (row.age_rounded, row.byte_count, row.hosts.as_str()),
        (1050, i64::try_from(data.len()).unwrap(), "cdn.example.org")
    );
    assert_eq!(row.consent_ruling, ConsentRuling::Pending);
    let design = app.content(id).await.design;
    assert_eq!(design.hosts, ["cdn.example.org".to_owned()].into());
    assert!(app.try_document(&run).await.is_ok());
}

#[apply(on_both_databases!)]
async fn an_account_that_nobody_proved_is_open_to_its_mailbox_only(app: TestApp) {
    for name in ["proven", "unproven", "double"] {
        app.family(&format!("{name}@example.org")).await;
    }
    let token = app.sign_in("unproven@example.org").await;
    app.with_factor(&token).await;
    back_to(&app, "m0005_names").await;
    for sql in [
        "update account set email_confirmed_at = null where email <> 'proven@example.org'",
        "update account set email = 'double of another', claimed_email = 'proven@example.org' \
         where email = 'double@example.org'",
    ] {
        app.db.execute_unprepared(sql).await.unwrap();
    }
    Migrator::up(&app.db, None).await.unwrap();

    app.sign_in("proven@example.org").await;
    assert_eq!(app.actor(&token).await, Actor::Visitor);
    let client = Client::default();
    let sign_in = async |password: &str| {
        let (visitor, password) = (Actor::Visitor, password.to_owned().into());
        let email = "unproven@example.org";
        accounts::sign_in(&app.ctx, &visitor, email, password, &client).await
    };
    let refused = sign_in(PASSWORD).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    accounts::request_reset(&app.ctx, "unproven@example.org", &client)
        .await
        .unwrap();
    let link = app.link("unproven@example.org").await;
    let new = || "other words for tonight".to_owned().into();
    accounts::reset_password(&app.ctx, &link, new(), new(), &client)
        .await
        .unwrap();
    let begun = sign_in("other words for tonight").await.unwrap();
    assert_eq!(begun.person.factor, SecondFactor::None);
    let doubles = account::Entity::find().filter(account::Column::Email.contains("double"));
    assert!(!doubles.one(&app.db).await.unwrap().unwrap().is_active);
}
