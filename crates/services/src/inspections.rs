//! What a program could say about designs of studies, kept while there is room. Designs never
//! change, so what is kept is never out of date; `studies::inspected` fills it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::studies::StudyDesignId;

use crate::studies::kinds::Inspection;

/// Most designs about which something is kept.
const MOST: usize = 256;
/// Most bytes of what is kept about all of them.
const MOST_BYTES: usize = 16 << 20;

/// The inspections that are kept, in one process.
#[derive(Debug, Default)]
pub(crate) struct Inspections {
    kept: Mutex<Kept>,
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

    pub fn get(&self, id: StudyDesignId) -> Option<Arc<Inspection>> {
        self.kept().get(id)
    }

    /// Keeps what was found in a design.
    pub fn keep(&self, id: StudyDesignId, found: &Arc<Inspection>) {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.kept().keep(id, found);
    }

    /// How many designs were looked into so far, for tests.
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

#[cfg(test)]
mod tests {
    use protocol::FrameName;

    use super::*;

    fn design(number: u128) -> StudyDesignId {
        StudyDesignId(uuid::Uuid::from_u128(number))
    }

    fn of_bytes(bytes: usize) -> Arc<Inspection> {
        Arc::new(Inspection {
            frames: vec![FrameName {
                id: "x".repeat(bytes),
                kind: String::new(),
                path: String::new(),
            }],
            ..Inspection::default()
        })
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut kept = Kept::default();
        for number in 0..u128::try_from(MOST).unwrap() {
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
