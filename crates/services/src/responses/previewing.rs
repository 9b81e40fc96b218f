//! Trying a study: as a whole, with what is stored marked as a preview, or an unsaved text in the
//! pane beside its editor.

use adapters::secrets;
use chrono::{Duration, NaiveDate};
use domain::families::{ChildId, Gender, GestationalAge, Languages};
use domain::permissions::Action;
use domain::responses::{ResponseId, RunChild, RunDocument};
use domain::studies::age::exact_age_days;
use domain::studies::{AgeRange, Content, StudyId};
use entities::{child, response, study};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use super::document::run_study;
use super::starting::{Beginning, Destination, TRIES, begun, launch};
use crate::act::{Act, OfStudy, roles_for_preview};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::studies::{self, Counted, Loaded, Rate};

/// Name of the child that takes part where there is none.
const MADE_UP: &str = "Sam";
/// Oldest child that can be made up, in days.
const OLDEST: i64 = 40_000;

/// Opens the latest version of a study for a full preview: everything happens as for a family, and
/// what is stored is marked as a preview. Instead of a child of anybody, a made-up one of the given
/// age takes part; its household is not asked anything.
pub async fn preview(
    ctx: &Context,
    actor: &Actor,
    study: StudyId,
    age_days: Option<i64>,
) -> Result<Destination, Error> {
    studies::count_rate(ctx, actor, Rate::Previews).await?;
    for _ in 0..TRIES {
        // Whether the design can be run is looked at before anything is locked for long.
        let (row, Loaded { content, design }) = latest(ctx, actor, study).await?;
        let found = studies::inspected(ctx, design, row.kind, &content.design).await?;
        if let Some(need) = found.need() {
            return Err(Error::Conflict(format!(
                "The study can't be tried yet. {need}"
            )));
        }
        let begun = preview_with(ctx, actor, study, (row.version, &content), age_days).await?;
        if let Some(destination) = begun {
            return Ok(destination);
        }
    }
    Err(Error::Busy)
}

/// The latest version, for whoever may try it.
async fn latest(
    ctx: &Context,
    actor: &Actor,
    study: StudyId,
) -> Result<(study::Model, Loaded), Error> {
    actor.researcher_in_person()?;
    let row = study::Entity::find_by_id(study).one(&ctx.db).await?;
    let row = row.ok_or(Error::NotFound(Noun::Study))?;
    roles_for_preview(&ctx.db, actor, &row).await?;
    let loaded = studies::load(&ctx.db, &row, row.version).await?;
    Ok((row, loaded))
}

/// Begins a preview of this version, or returns nothing where another was saved meanwhile.
async fn preview_with(
    ctx: &Context,
    actor: &Actor,
    study: StudyId,
    (version, content): (i32, &Content),
    age_days: Option<i64>,
) -> Result<Option<Destination>, Error> {
    let act = Act::preview(ctx, actor, study).await?;
    if act.study.version != version {
        return act.unchanged(None).await;
    }
    studies::refuse_more_previews(&act.tx, study).await?;
    let age = age_days.unwrap_or_else(|| middle_of(&content.ad.ages));
    let (child, birthday) = make_up_child(&act, age).await?;
    let beginning = Beginning {
        version,
        content,
        birthday,
        seed: secrets::random()?,
        now: ctx.now(),
    };
    let response = begin_preview(&act, child, begun(&act.study, beginning)).await?;
    let launch = launch(&act, &act.study, content, child, response).await?;
    act.commit(Some(launch)).await
}

fn middle_of(ages: &AgeRange) -> i64 {
    i64::midpoint(ages.lowest_days(), ages.highest_days())
}

async fn make_up_child(
    act: &Act<'_, OfStudy<'_>>,
    age_days: i64,
) -> Result<(ChildId, NaiveDate), Error> {
    let ctx = act.ctx;
    let (id, now, today) = (ctx.id(ChildId::from_parts)?, ctx.now(), ctx.clock.today());
    let age = Duration::days(age_days.clamp(0, OLDEST));
    let languages = Languages::from_codes(["en"]).map_err(Error::internal)?;
    let birthday = today.checked_sub_signed(age).unwrap_or(today);
    let made_up = child::ActiveModel {
        id: Set(id),
        account_id: Set(act.person.account),
        given_name: Set(MADE_UP.to_owned()),
        birthday: Set(birthday),
        gender: Set(Gender::Unspecified),
        languages: Set(languages.bits()),
        conditions: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        // Nobody's list shows it.
        deleted_at: Set(Some(now)),
        is_made_up: Set(true),
        ..Default::default()
    };
    child::Entity::insert(made_up)
        .exec_without_returning(&act.tx)
        .await?;
    Ok((id, birthday))
}

async fn begin_preview(
    act: &Act<'_, OfStudy<'_>>,
    child: ChildId,
    new: response::ActiveModel,
) -> Result<ResponseId, Error> {
    let ctx = act.ctx;
    let id = ctx.id(ResponseId::from_parts)?;
    let new = response::ActiveModel {
        id: Set(id),
        child_id: Set(child),
        account_id: Set(act.person.account),
        is_preview: Set(true),
        ..new
    };
    response::Entity::insert(new)
        .exec_without_returning(&act.tx)
        .await?;
    studies::count(ctx, &act.tx, act.study.id, Counted::Preview).await?;
    Ok(id)
}

/// What the preview pane of the design page adds to an unsaved text: everything that the player is
/// given but the text itself. Nothing is stored, and the child is made up, of an age in days. The
/// pane takes away what the unsaved design does not ask of a child.
pub async fn pane_document(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    age_days: i64,
) -> Result<RunDocument, Error> {
    actor.researcher_in_person()?;
    let (row, _, _) = studies::readable(ctx, actor, id, Action::ReadStudyDetails).await?;
    let content = studies::current(&ctx.db, &row).await?;
    let age = Duration::days(age_days.clamp(0, OLDEST));
    let birthday = ctx.clock.today().checked_sub_signed(age);
    let child = RunChild {
        hashed_id: "preview".to_owned(),
        given_name: Some(MADE_UP.to_owned()),
        birthday,
        gender: Some("na".to_owned()),
        age_at_birth: Some(GestationalAge::label_of(None)),
        additional_information: Some(String::new()),
        language_list: Some("en".to_owned()),
        condition_list: Some(String::new()),
    };
    let now = ctx.now();
    Ok(RunDocument {
        response: None,
        created_on: now,
        age_days: exact_age_days(birthday.unwrap_or_default(), now),
        seed: u64::from_le_bytes(secrets::random()?) >> 12,
        is_preview: true,
        child,
        study: run_study(ctx, &row, &content),
        past_sessions: Vec::new(),
        entries: Vec::new(),
    })
}
