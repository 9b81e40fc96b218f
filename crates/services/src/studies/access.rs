//! A study for whoever may look at it.

use std::sync::Arc;

use domain::permissions::{Action, Roles};
use domain::studies::{Content, StudyDesignId, StudyId};
use entities::{lab, study, study_count};
use sea_orm::{EntityTrait, FromQueryResult, JoinType, QuerySelect, RelationTrait, Select};

use super::contents::{self, Texts, with_texts};
use super::inspections::inspected;
use super::kinds::Inspection;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Noun};
use crate::permissions::{ActionTarget, require};

/// The row of a study to which the actor may do this, with its lab and the actor's roles there.
pub(crate) async fn readable(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    action: Action,
) -> Result<(study::Model, lab::Model, Roles), Error> {
    let (_, roles) = require(ctx, actor, action, ActionTarget::Study(id)).await?;
    let (row, lab) = study::Entity::find_by_id(id)
        .find_also_related(lab::Entity)
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    Ok((row, lab.ok_or(Error::NotFound(Noun::Lab))?, roles))
}

/// A study with what its pages show of its lab, its latest content and its counts.
#[derive(FromQueryResult)]
pub(super) struct Whole {
    #[sea_orm(nested)]
    pub study: study::Model,
    #[sea_orm(nested)]
    lab: LabColumns,
    pub responses: Option<i32>,
    pub previews: Option<i32>,
    #[sea_orm(nested)]
    texts: Texts,
}

impl Whole {
    /// Reads whole studies in one statement.
    pub fn select(studies: Select<study::Entity>) -> Select<study::Entity> {
        let counted = with_lab(studies)
            .column_as(study_count::Column::Responses, "responses")
            .column_as(study_count::Column::Previews, "previews")
            .join(JoinType::LeftJoin, study::Relation::Count.def());
        with_texts(counted.join(JoinType::InnerJoin, contents::latest()))
    }
}

/// What [`with_lab`] reads.
#[derive(FromQueryResult)]
pub(super) struct LabColumns {
    lab_name: String,
    is_lab_approved: bool,
    /// Who can be asked about the lab's ethical review; empty where the lab names nobody.
    lab_irb: String,
}

/// Reads with each study what pages show of its lab.
pub(super) fn with_lab(studies: Select<study::Entity>) -> Select<study::Entity> {
    studies
        .column_as(lab::Column::Name, "lab_name")
        .column_as(lab::Column::IsApproved, "is_lab_approved")
        .column_as(lab::Column::IrbContactInfo, "lab_irb")
        .join(JoinType::InnerJoin, study::Relation::Lab.def())
}

impl LabColumns {
    pub fn facts(self) -> LabFacts {
        LabFacts {
            name: self.lab_name,
            is_approved: self.is_lab_approved,
            has_review_board: !self.lab_irb.is_empty(),
        }
    }
}

/// What pages about a study need to know of its lab.
#[derive(Clone, Debug)]
pub(super) struct LabFacts {
    pub name: String,
    pub is_approved: bool,
    pub has_review_board: bool,
}

/// A study with its latest content, for somebody with these roles in it.
pub(super) struct Opened {
    pub roles: Roles,
    pub study: study::Model,
    pub lab: LabFacts,
    pub content: Content,
    pub design: StudyDesignId,
    /// Responses of families.
    pub responses: i32,
    pub previews: i32,
}

impl Opened {
    /// What a program can say about its design.
    pub async fn inspected(&self, ctx: &Context) -> Result<Arc<Inspection>, Error> {
        inspected(ctx, self.design, self.study.kind, &self.content.design).await
    }
}

/// The same as [`readable`], with what the study holds now.
pub(super) async fn open(
    ctx: &Context,
    actor: &Actor,
    id: StudyId,
    action: Action,
) -> Result<Opened, Error> {
    let (_, roles) = require(ctx, actor, action, ActionTarget::Study(id)).await?;
    let whole = Whole::select(study::Entity::find_by_id(id))
        .into_model::<Whole>()
        .one(&ctx.db)
        .await?
        .ok_or(Error::NotFound(Noun::Study))?;
    let content = whole.texts.read(whole.study.id)?;
    Ok(Opened {
        roles,
        lab: whole.lab.facts(),
        content,
        design: whole.texts.design_id,
        responses: whole.responses.unwrap_or_default(),
        previews: whole.previews.unwrap_or_default(),
        study: whole.study,
    })
}
