//! Work that costs: on threads of its own, a bounded number at a time, with a bounded queue.
//!
//! Whoever comes when the queue is full is refused at once, so that no crowd takes the memory and
//! the threads that everybody else needs.

use std::sync::Arc;

use tokio::sync::Semaphore;

#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// Refused: this much waits already.
    #[error("too many {0} at once")]
    Full(&'static str),
    #[error("{0} stopped: {1}")]
    Stopped(&'static str, String),
}

/// Runs one kind of work.
#[derive(Clone, Debug)]
pub struct Pool {
    name: &'static str,
    running: Arc<Semaphore>,
    /// Room for what runs and what waits.
    room: Arc<Semaphore>,
}

impl Pool {
    /// A pool for what is called `name` in logs: `at_once` run, and `waiting` more may wait.
    pub fn new(name: &'static str, at_once: usize, waiting: usize) -> Self {
        Self {
            name,
            running: Arc::new(Semaphore::new(at_once)),
            room: Arc::new(Semaphore::new(at_once + waiting)),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that may take a thread for work"
    )]
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let place = self.room.clone().try_acquire_owned();
        let place = place.map_err(|_| PoolError::Full(self.name))?;
        let stopped = |reason: String| PoolError::Stopped(self.name, reason);
        let turn = self.running.clone().acquire_owned().await;
        let turn = turn.map_err(|error| stopped(error.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a visitor who leaves does not free what is still in use.
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|error| stopped(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use futures::future::join_all;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn only_so_many_run_at_once() {
        let pool = Pool::new("tests", 2, 100);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let all = (0..40).map(|_| {
            let (running, most) = (running.clone(), most.clone());
            pool.run(move || {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                std::thread::yield_now();
                running.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for done in join_all(all).await {
            done.unwrap();
        }
        assert!(most.load(Ordering::SeqCst) <= 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_pool_refuses_and_has_room_again() {
        let pool = Pool::new("tests", 1, 1);
        let (go, wait) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || wait.recv().is_ok()).await }
        });
        let second = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(|| true).await }
        });
        while pool.room.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(
            pool.run(|| ()).await,
            Err(PoolError::Full("tests"))
        ));
        go.send(()).unwrap();
        assert!(first.await.unwrap().unwrap() && second.await.unwrap().unwrap());
        pool.run(|| ()).await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_told_and_frees_its_place() {
        let pool = Pool::new("tests", 1, 0);
        let stopped = pool.run(|| panic!("oh no")).await;
        assert!(matches!(stopped, Err(PoolError::Stopped(..))));
        pool.run(|| ()).await.unwrap();
    }
}
