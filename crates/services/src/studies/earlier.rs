//! The lists of studies that a child must have done, or must not: which studies a researcher may
//! know of and name there.

use std::collections::BTreeSet;

use domain::permissions::Action;
use domain::studies::{StudyId, StudyState};
use entities::study;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use crate::actor::Actor;
use crate::context::Context;
use crate::error::Error;
use crate::paging::{holds, search_words};
use crate::permissions::within;

/// A study that a list of earlier participation may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyName {
    pub id: StudyId,
    /// Its name; a sentence where the person may not know it.
    pub name: String,
}

/// The condition under which a researcher may know that a study exists: its own, and what every
/// family can find.
fn visible(actor: &Actor) -> Result<Condition, Error> {
    let (_, own) = within(actor, Action::ReadStudyDetails)?;
    let listed = Condition::all()
        .add(study::Column::State.eq(StudyState::Active))
        .add(study::Column::IsPublic.eq(true));
    Ok(Condition::any().add(own).add(listed))
}

fn names(actor: &Actor) -> Result<Select<study::Entity>, Error> {
    Ok(study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .column(study::Column::Name)
        .filter(visible(actor)?))
}

pub(super) async fn known(
    ctx: &Context,
    actor: &Actor,
    ids: BTreeSet<StudyId>,
) -> Result<Vec<StudyName>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(StudyId, String)> = names(actor)?
        .filter(study::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let name = |id: StudyId| {
        rows.iter().find(|(known, _)| *known == id).map_or_else(
            || "a study that you can't see".to_owned(),
            |(_, name)| name.clone(),
        )
    };
    let known = ids.into_iter().map(|id| StudyName { id, name: name(id) });
    Ok(known.collect())
}

/// Studies that a researcher may know, by words of their names; at most twenty.
pub async fn find_by_words(
    ctx: &Context,
    actor: &Actor,
    words: &str,
) -> Result<Vec<StudyName>, Error> {
    actor.researcher_in_person()?;
    let mut wanted = names(actor)?.filter(study::Column::State.ne(StudyState::Archived));
    for word in search_words(words) {
        wanted = wanted.filter(holds((study::Entity, study::Column::Name), &word));
    }
    let rows: Vec<(StudyId, String)> = wanted
        .order_by_asc(study::Column::Name)
        .limit(20)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let known = rows.into_iter().map(|(id, name)| StudyName { id, name });
    Ok(known.collect())
}

/// Refuses to name studies that don't exist, or the study itself as one to be done before it.
pub(super) async fn refuse_unknown(
    db: &impl ConnectionTrait,
    own: StudyId,
    field: &str,
    ids: &BTreeSet<StudyId>,
) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let found: Vec<StudyId> = study::Entity::find()
        .select_only()
        .column(study::Column::Id)
        .filter(study::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    match ids.iter().find(|id| !found.contains(id)) {
        Some(id) => Err(Error::field(
            field,
            "unknown",
            format!("There is no study {id}. Please check the UUID."),
        )),
        None if field == "must" && ids.contains(&own) => Err(Error::field(
            field,
            "own",
            "A study can't require having taken part in itself: nobody could ever begin.",
        )),
        None => Ok(()),
    }
}
