//! Lists of labs, and one lab as researchers see it.

use std::collections::HashMap;

use domain::labs::{LabDetails, LabId, LabRole};
use domain::permissions::{Action, Roles};
use entities::{lab, lab_join_request, lab_member};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{details, load};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{Page, Paging, holds, search_words};
use crate::permissions::{ActionTarget, require, roles};

/// Which labs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabFilter {
    /// Those of the person, joined or asked for.
    #[default]
    Mine,
    All,
    /// Those that wait for approval.
    Unapproved,
}

/// A lab in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabRow {
    pub id: LabId,
    pub name: String,
    pub institution: String,
    pub investigator: String,
    /// Whether its studies may be submitted.
    pub is_approved: bool,
    pub role: Option<LabRole>,
    /// Whether the person asked to join.
    pub has_asked: bool,
}

/// Labs in which every word occurs in name, investigator or institution, by name.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    set: LabFilter,
    words: &str,
    paging: Paging,
) -> Result<Page<LabRow>, Error> {
    let person = actor.researcher_in_person()?;
    let roles: HashMap<LabId, LabRole> = lab_member::Entity::find()
        .filter(lab_member::Column::AccountId.eq(person.account))
        .all(&ctx.db)
        .await?
        .into_iter()
        .map(|row| (row.lab_id, row.role))
        .collect();
    let asked: Vec<LabId> = lab_join_request::Entity::find()
        .filter(lab_join_request::Column::AccountId.eq(person.account))
        .all(&ctx.db)
        .await?
        .into_iter()
        .map(|row| row.lab_id)
        .collect();
    let mut wanted = Condition::all();
    match set {
        LabFilter::All => {}
        LabFilter::Mine => {
            wanted = wanted
                .add(lab::Column::Id.is_in(roles.keys().copied().chain(asked.iter().copied())));
        }
        LabFilter::Unapproved => {
            require(ctx, actor, Action::EditLabApproval, ActionTarget::Site).await?;
            wanted = wanted.add(lab::Column::IsApproved.eq(false));
        }
    }
    for word in search_words(words) {
        let like = |column: lab::Column| holds(column, &word);
        wanted = wanted.add(
            Condition::any()
                .add(like(lab::Column::Name))
                .add(like(lab::Column::PrincipalInvestigator))
                .add(like(lab::Column::Institution)),
        );
    }
    let found = lab::Entity::find().filter(wanted);
    let total = found.clone().count(&ctx.db).await?;
    let rows = found
        .order_by_asc(lab::Column::Name)
        .offset(paging.offset())
        .limit(paging.size)
        .all(&ctx.db)
        .await?;
    let entries = rows
        .into_iter()
        .map(|row| LabRow {
            role: roles.get(&row.id).copied(),
            has_asked: asked.contains(&row.id),
            id: row.id,
            name: row.name,
            institution: row.institution,
            investigator: row.principal_investigator,
            is_approved: row.is_approved,
        })
        .collect();
    Ok(Page {
        entries,
        total,
        paging,
    })
}

/// A lab as researchers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabPage {
    pub id: LabId,
    /// What it tells about itself.
    pub details: LabDetails,
    /// Whether its studies may be submitted.
    pub is_approved: bool,
    /// Name of the banner, if there is one.
    pub banner: String,
    /// Name of the badge, if there is one.
    pub badge: String,
    /// The person's roles here.
    pub roles: Roles,
    /// Whether the person asked to join.
    pub has_asked: bool,
    /// How many people asked to join; for those who may answer.
    pub requests: u64,
}

/// One lab; every researcher may see it.
pub async fn find(ctx: &Context, actor: &Actor, id: LabId) -> Result<LabPage, Error> {
    let person = actor.researcher_in_person()?;
    let row = load(&ctx.db, id).await?;
    let roles = roles(&ctx.db, person, ActionTarget::Lab(id)).await?;
    let has_asked = lab_join_request::Entity::find()
        .filter(lab_join_request::Column::LabId.eq(id))
        .filter(lab_join_request::Column::AccountId.eq(person.account))
        .count(&ctx.db)
        .await?
        > 0;
    let requests = if roles.grants(Action::ManageLabResearchers) {
        lab_join_request::Entity::find()
            .filter(lab_join_request::Column::LabId.eq(id))
            .count(&ctx.db)
            .await?
    } else {
        0
    };
    Ok(LabPage {
        id,
        is_approved: row.is_approved,
        banner: row.banner.clone(),
        badge: row.badge.clone(),
        details: details(row),
        roles,
        has_asked,
        requests,
    })
}
