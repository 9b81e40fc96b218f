//! A study for whoever may look at it.

use domain::labs::LabId;
use domain::permissions::{Action, Standing};
use domain::studies::{Content, StudyId};
use entities::{lab, study};
use sea_orm::EntityTrait;

use super::contents;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::permissions::{Target, allowed};

/// The row of a study to which the actor may do this, with its lab and the actor's roles there.
pub(crate) async fn readable(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    action: Action,
) -> Result<(study::Model, lab::Model, Standing), Error> {
    let (_, standing) = allowed(&ctx.db, actor, action, Target::Study(id)).await?;
    let (row, lab) = study::Entity::find_by_id(id)
        .find_also_related(lab::Entity)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    Ok((row, lab.ok_or(Error::NotFound(Noun::Lab))?, standing))
}

/// What pages about a study need to know of its lab.
#[derive(Clone, Debug)]
pub(super) struct LabFacts {
    pub id: LabId,
    pub name: String,
    pub is_approved: bool,
    pub has_review_board: bool,
}

impl From<lab::Model> for LabFacts {
    fn from(lab: lab::Model) -> Self {
        Self {
            id: lab.id,
            name: lab.name,
            is_approved: lab.is_approved_to_test,
            has_review_board: !lab.irb_contact_info.is_empty(),
        }
    }
}

/// A study with its latest content.
pub(super) struct Opened {
    pub standing: Standing,
    pub study: study::Model,
    pub lab: LabFacts,
    pub content: Content,
}

/// The same as [`readable`], with what the study holds now.
pub(super) async fn open(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    action: Action,
) -> Result<Opened, Error> {
    let (study, lab, standing) = readable(ctx, actor, id, action).await?;
    let content = contents::current(&ctx.db, &study).await?;
    Ok(Opened {
        standing,
        lab: lab.into(),
        content,
        study,
    })
}
