//! What a program can say about designs. Resolving a long protocol is work for a pool, and every
//! page about a study would ask for it again, so it is kept while there is room.

use std::sync::Arc;

use domain::studies::{Design, StudyDesignId, StudyId, StudyKind};

use super::contents;
use super::kinds::{self, Inspection};
use crate::context::Context;
use crate::error::Error;

/// What can be said about a design, looked into once.
pub(crate) async fn inspected(
    ctx: &Context,
    id: StudyDesignId,
    kind: StudyKind,
    design: &Design,
) -> Result<Arc<Inspection>, Error> {
    match ctx.inspections.get(id) {
        Some(found) => Ok(found),
        None => inspect(ctx, id, kind, design.clone()).await,
    }
}

/// The same for whoever does not have the design at hand: it is read only if it must be.
pub(super) async fn inspected_by_id(
    ctx: &Context,
    study: StudyId,
    id: StudyDesignId,
    kind: StudyKind,
) -> Result<Arc<Inspection>, Error> {
    match ctx.inspections.get(id) {
        Some(found) => Ok(found),
        None => {
            let design = contents::design_by_id(&ctx.db, study, id).await?;
            inspect(ctx, id, kind, design).await
        }
    }
}

async fn inspect(
    ctx: &Context,
    id: StudyDesignId,
    kind: StudyKind,
    design: Design,
) -> Result<Arc<Inspection>, Error> {
    let look = move || Arc::new(kinds::inspect(kind, &design));
    let found = ctx.on_design(look).await?;
    ctx.inspections.keep(id, &found);
    Ok(found)
}
