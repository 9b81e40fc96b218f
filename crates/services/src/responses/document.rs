//! What the player needs to start, or to go on after a reload.

use std::collections::HashMap;

use domain::families::{Child, GestationalAge};
use domain::responses::{PastSession, ResponseId, RunChild, RunDocument, RunStudy};
use domain::studies::Content;
use entities::{child, response, study};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use super::contents::{Contents, conditions, contents, hash_of_child};
use super::entries;
use crate::actor::{Actor, Run};
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::studies::{self, kinds};

/// Earlier responses whose data a generator is given, the latest ones.
const PAST_DATA: usize = 20;

/// Everything that the player needs to start, or to go on after a reload.
pub async fn document(ctx: &Context, actor: &Actor) -> Result<RunDocument, Error> {
    let Actor::Run(Run(id)) = actor else {
        return Err(Error::SignIn);
    };
    let row = response::Entity::find_by_id(*id)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Response))?;
    let study = study::Entity::find_by_id(row.study_id)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    let child = child::Entity::find_by_id(row.child_id)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Child))?;
    let content = content(ctx, &study, &row).await?;
    let past_sessions = past_sessions(ctx, &row, content.design.uses_generator).await?;
    let mut run_study = run_study(ctx, &study, &content);
    if row.is_preview {
        run_study.exit_url = format!("{}/exp/studies/{}", ctx.site.origin, study.id);
    }
    let hashed_id = hash_of_child(&study, child.id);
    Ok(RunDocument {
        response: Some(row.id),
        created_on: row.created_at,
        seed: u64::from_le_bytes(row.seed.to_le_bytes()),
        is_preview: row.is_preview,
        child: run_child(&Child::try_from(child)?, hashed_id),
        study: run_study,
        past_sessions,
        entries: entries::of(&ctx.db, row.id).await?,
    })
}

/// What is played: a response goes on with the version that it began with.
async fn content(
    ctx: &Context,
    study: &study::Model,
    row: &response::Model,
) -> Result<Content, Error> {
    match row.study_version {
        Some(version) => studies::content_of(&ctx.db, study, version).await,
        None => studies::current(&ctx.db, study).await,
    }
}

/// The child's responses to this study from before this one, newest first. Randomizers were drawn
/// when the run began: a response begun since must not change them after a reload.
async fn past_sessions(
    ctx: &Context,
    row: &response::Model,
    uses_generator: bool,
) -> Result<Vec<PastSession>, Error> {
    let earlier = response::Entity::find()
        .filter(response::Column::ChildId.eq(row.child_id))
        .filter(response::Column::StudyId.eq(row.study_id))
        .filter(response::Column::CreatedAt.lt(row.created_at))
        .order_by_desc(response::Column::CreatedAt)
        .all(&ctx.db)
        .await?;
    // A generator may look at what was answered before; randomizers only at what was drawn.
    let read: Vec<ResponseId> = if uses_generator {
        let latest = earlier.iter().take(PAST_DATA);
        latest.map(|earlier| earlier.id).collect()
    } else {
        Vec::new()
    };
    let mut known = if read.is_empty() {
        HashMap::new()
    } else {
        contents(&ctx.db, &read).await?
    };
    earlier
        .into_iter()
        .map(|earlier| {
            let stored = known.remove(&earlier.id).unwrap_or_default();
            past_session(&earlier, stored)
        })
        .collect()
}

fn past_session(row: &response::Model, stored: Contents) -> Result<PastSession, Error> {
    let sequence = stored.sequence().into_iter().cloned().collect();
    let data = stored.frames.into_iter();
    Ok(PastSession {
        conditions: conditions(row.conditions.as_deref())?,
        completed_consent_frame: row.is_consent_completed,
        created_on: Some(row.created_at),
        completed: row.is_completed,
        sequence,
        exp_data: data
            .map(|frame| (frame.frame_id, Value::Object(frame.data)))
            .collect(),
    })
}

pub(super) fn run_study(ctx: &Context, study: &study::Model, content: &Content) -> RunStudy {
    let (ad, design) = (&content.ad, &content.design);
    let kind = kinds::of(study.kind);
    let exit_url = if ad.exit_url.is_empty() {
        format!("{}/studies/history", ctx.site.origin)
    } else {
        ad.exit_url.clone()
    };
    RunStudy {
        id: study.id,
        name: ad.name.clone(),
        duration: ad.duration.clone(),
        contact_info: ad.contact_info.clone(),
        // A text that is not JSON is passed on as text: the player shows the fault to whoever
        // previews it.
        protocol: serde_json::from_str(&design.protocol)
            .unwrap_or_else(|_| Value::String(design.protocol.clone())),
        generator: kind.generator(design).map(str::to_owned),
        experiment: kind.experiment(design).map(str::to_owned),
        exit_url,
        share_url: format!("{}/studies/{}", ctx.site.origin, study.id),
    }
}

fn run_child(child: &Child, hashed_id: String) -> RunChild {
    let details = &child.details;
    RunChild {
        hashed_id,
        given_name: details.given_name.clone(),
        birthday: details.birthday,
        gender: details.gender.to_string(),
        age_at_birth: GestationalAge::label_of(details.gestational_age),
        additional_information: details.additional_information.clone(),
        language_list: details.languages.joined(),
        condition_list: details.conditions.joined(),
    }
}
