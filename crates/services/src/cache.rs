//! What was worked out lately and never changes, kept while there is room.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by their keys, bounded in number and bytes: what was not used for longest goes first.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    most: usize,
    most_bytes: usize,
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    by_key: HashMap<K, Entry<V>>,
    bytes: usize,
    /// Counts up with every use.
    turn: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: Arc<V>,
    bytes: usize,
    used: u64,
}

impl<K: Copy + Eq + Hash, V> Cache<K, V> {
    pub fn new(most: usize, most_bytes: usize) -> Self {
        let kept = Kept {
            by_key: HashMap::new(),
            bytes: 0,
            turn: 0,
        };
        Self {
            most,
            most_bytes,
            kept: Mutex::new(kept),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.kept().by_key.len()
    }

    pub fn get(&self, key: K) -> Option<Arc<V>> {
        let mut kept = self.kept();
        kept.turn += 1;
        let turn = kept.turn;
        let entry = kept.by_key.get_mut(&key)?;
        entry.used = turn;
        Some(entry.value.clone())
    }

    /// Keeps a value that takes about this many bytes, if there can be room for it.
    pub fn keep(&self, key: K, value: &Arc<V>, bytes: usize) {
        if bytes > self.most_bytes {
            return;
        }
        let mut kept = self.kept();
        kept.forget(key);
        while kept.by_key.len() >= self.most || kept.bytes + bytes > self.most_bytes {
            let Some(oldest) = kept.oldest() else { break };
            kept.forget(oldest);
        }
        kept.turn += 1;
        kept.bytes += bytes;
        let entry = Entry {
            value: value.clone(),
            bytes,
            used: kept.turn,
        };
        kept.by_key.insert(key, entry);
    }
}

impl<K: Copy + Eq + Hash, V> Kept<K, V> {
    fn oldest(&self) -> Option<K> {
        let oldest = self.by_key.iter().min_by_key(|(_, entry)| entry.used);
        oldest.map(|(key, _)| *key)
    }

    fn forget(&mut self, key: K) {
        if let Some(gone) = self.by_key.remove(&key) {
            self.bytes -= gone.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(cache: &Cache<usize, ()>, key: usize, bytes: usize) {
        cache.keep(key, &Arc::new(()), bytes);
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let cache = Cache::new(256, 1 << 20);
        for key in 0..256 {
            keep(&cache, key, 1);
        }
        assert!(cache.get(0).is_some());
        keep(&cache, 9_999, 1);
        assert_eq!(cache.len(), 256);
        assert!(cache.get(0).is_some() && cache.get(1).is_none());
    }

    #[test]
    fn no_more_bytes_are_kept_than_there_is_room_for() {
        let cache = Cache::new(256, 1000);
        for key in 0..10 {
            keep(&cache, key, 250);
            assert!(cache.kept().bytes <= 1000);
        }
        assert!(cache.get(9).is_some() && cache.get(0).is_none());
        keep(&cache, 10, 1001);
        assert!(cache.get(10).is_none(), "too large to be kept");
        assert!(cache.get(9).is_some(), "nothing went for it");
    }
}
