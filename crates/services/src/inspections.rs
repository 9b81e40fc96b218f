//! What a program could say about designs of studies. Designs never change, so what is kept is
//! never out of date; `studies::inspected` fills it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::studies::StudyDesignId;

use crate::cache::Cache;
use crate::studies::kinds::Inspection;

/// Most designs about which something is kept.
const MOST: usize = 256;
/// Most bytes of what is kept about all of them.
const MOST_BYTES: usize = 16 << 20;

/// The inspections that are kept, in one process.
#[derive(Debug)]
pub(crate) struct Inspections {
    cache: Cache<StudyDesignId, Inspection>,
    made: AtomicUsize,
}

impl Default for Inspections {
    fn default() -> Self {
        Self {
            cache: Cache::new(MOST, MOST_BYTES),
            made: AtomicUsize::default(),
        }
    }
}

impl Inspections {
    pub fn get(&self, id: StudyDesignId) -> Option<Arc<Inspection>> {
        self.cache.get(id)
    }

    /// Keeps what was found in a design.
    pub fn keep(&self, id: StudyDesignId, found: &Arc<Inspection>) {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.cache.keep(id, found, found.size());
    }

    /// How many designs were looked into so far, for tests.
    pub fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }
}
