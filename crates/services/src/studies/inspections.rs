//! What a program can say about designs, kept while there is room: resolving a long protocol is
//! work for a pool, and every page about a study would ask for it again. Designs never change, so
//! what is kept is never out of date.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::studies::{Design, StudyDesignId, StudyId, StudyKind};

use super::contents;
use super::kinds::{self, Inspection};
use crate::context::Context;
use crate::error::Error;

/// Most designs about which something is kept.
const MOST: usize = 256;
/// Most bytes of what is kept about all of them.
const MOST_BYTES: usize = 16 << 20;

/// The inspections that are kept, in one process.
#[derive(Debug, Default)]
pub(crate) struct Inspections {
    kept: Mutex<Kept>,
    /// How many designs were looked into so far, for tests.
    made: AtomicUsize,
}

#[derive(Debug, Default)]
struct Kept {
    by_design: HashMap<StudyDesignId, Entry>,
    bytes: usize,
    /// Counts up with every use, so that what was not used for longest goes first.
    turn: u64,
}

#[derive(Debug)]
struct Entry {
    found: Arc<Inspection>,
    bytes: usize,
    used: u64,
}

impl Inspections {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }
}

impl Kept {
    fn get(&mut self, id: StudyDesignId) -> Option<Arc<Inspection>> {
        self.turn += 1;
        let entry = self.by_design.get_mut(&id)?;
        entry.used = self.turn;
        Some(entry.found.clone())
    }

    fn keep(&mut self, id: StudyDesignId, found: &Arc<Inspection>) {
        let bytes = found.size();
        if bytes > MOST_BYTES {
            return;
        }
        self.forget(id);
        while self.by_design.len() >= MOST || self.bytes + bytes > MOST_BYTES {
            let Some(oldest) = self.oldest() else { break };
            self.forget(oldest);
        }
        self.turn += 1;
        self.bytes += bytes;
        let entry = Entry {
            found: found.clone(),
            bytes,
            used: self.turn,
        };
        self.by_design.insert(id, entry);
    }

    fn oldest(&self) -> Option<StudyDesignId> {
        let oldest = self.by_design.iter().min_by_key(|(_, entry)| entry.used);
        oldest.map(|(id, _)| *id)
    }

    fn forget(&mut self, id: StudyDesignId) {
        if let Some(gone) = self.by_design.remove(&id) {
            self.bytes -= gone.bytes;
        }
    }
}

/// What can be said about a design, looked into once.
pub(crate) async fn inspected(
    ctx: &Context,
    id: StudyDesignId,
    kind: StudyKind,
    design: &Design,
) -> Result<Arc<Inspection>, Error> {
    let kept = ctx.inspections.kept().get(id);
    match kept {
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
    let kept = ctx.inspections.kept().get(id);
    match kept {
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
    ctx.inspections.made.fetch_add(1, Ordering::Relaxed);
    ctx.inspections.kept().keep(id, &found);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::kinds::PlannedFrame;
    use super::*;

    fn design(number: u128) -> StudyDesignId {
        StudyDesignId(uuid::Uuid::from_u128(number))
    }

    fn of_bytes(bytes: usize) -> Arc<Inspection> {
        Arc::new(Inspection {
            frames: vec![PlannedFrame {
                id: "x".repeat(bytes),
                kind: String::new(),
            }],
            ..Inspection::default()
        })
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut kept = Kept::default();
        for number in 0..MOST as u128 {
            kept.keep(design(number), &of_bytes(1));
        }
        assert!(kept.get(design(0)).is_some());
        kept.keep(design(9_999), &of_bytes(1));
        assert_eq!(kept.by_design.len(), MOST);
        assert!(kept.get(design(0)).is_some() && kept.get(design(1)).is_none());
    }

    #[test]
    fn no_more_bytes_are_kept_than_there_is_room_for() {
        let mut kept = Kept::default();
        for number in 0..10 {
            kept.keep(design(number), &of_bytes(MOST_BYTES / 4));
            assert!(kept.bytes <= MOST_BYTES);
        }
        assert!(kept.get(design(9)).is_some() && kept.get(design(0)).is_none());
        kept.keep(design(10), &of_bytes(MOST_BYTES + 1));
        assert!(kept.get(design(10)).is_none(), "too large to be kept");
        assert!(kept.get(design(9)).is_some(), "nothing went for it");
    }
}
