//! Studies: what families find, what researchers write, review and run.

mod approval;
mod editing;
mod external;
mod finding;
mod lab_approval;
mod life;
mod listing;
mod people;
mod quotas;
mod review;
mod statements;
mod versions;

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
use services::responses::{self, Destination, StartRun};
use services::studies::{
    self, History, Line, QueueFilter, SaveOptions, StateChange, StudySort, StudyTab, WantedStudies,
};
use services::{Actor, Error};

use crate::support::{PROTOCOL, TestApp, frame, on_both_databases, started};

const PAGE: Paging = Paging { page: 1, size: 20 };
const OTHER: &str = r#"{
    "frames": {
        "one": { "kind": "exp-lookit-text" },
        "bye": { "kind": "exp-lookit-exit-survey", "debriefing": {} }
    },
    "sequence": ["one", "one", "bye"]
}"#;

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

fn protocol(protocol: &str) -> DesignForm {
    DesignForm {
        protocol: protocol.into(),
        ..DesignForm::default()
    }
}

fn agreed() -> SaveOptions {
    SaveOptions {
        agrees: true,
        ..SaveOptions::default()
    }
}

async fn approved_lab(app: &TestApp, name: &str) -> LabId {
    let id = app.lab(name).await;
    lab::ActiveModel {
        id: Set(id),
        is_approved: Set(true),
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
    complete(app, actor, id, name).await;
    id
}

async fn complete(app: &TestApp, actor: &Actor, id: StudyId, name: &str) {
    let plain = SaveOptions::default();
    studies::save_ad(&app.ctx, actor, id, &whole_ad(name), None, &plain)
        .await
        .unwrap();
    studies::set_image(&app.ctx, actor, id, png(20, 20))
        .await
        .unwrap();
    studies::save_design(&app.ctx, actor, id, &protocol(PROTOCOL), &plain)
        .await
        .unwrap();
}

/// A study that staff approved and its maker started.
async fn active(app: &TestApp, actor: &Actor, staff: &Actor, lab: LabId, name: &str) -> StudyId {
    let id = ready(app, actor, lab, name).await;
    step(app, actor, id, T::Submit, "").await.unwrap();
    step(app, staff, id, T::Approve, "").await.unwrap();
    step(app, actor, id, T::Activate, "").await.unwrap();
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
        &StateChange {
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
