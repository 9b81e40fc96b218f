//! What holds when a test is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use entities::dead_job;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, Statement};
use services::{Context, jobs};

/// What is looked at when a test is over.
pub struct End {
    pub(super) ctx: Context,
    pub(super) db: DatabaseConnection,
    pub(super) expects_dead_jobs: Arc<AtomicBool>,
    pub(super) _folder: Option<Arc<tempfile::TempDir>>,
}

impl End {
    /// Does the jobs that are due, and fails if one of them failed or has to be tried again.
    pub async fn finish_jobs(self) {
        jobs::drain(&self.ctx).await.unwrap();
        if self.expects_dead_jobs.load(Ordering::Relaxed) {
            return;
        }
        let dead = dead_job::Entity::find().all(&self.db).await.unwrap();
        assert!(dead.is_empty(), "jobs were given up: {dead:?}");
        let retried = retried_jobs(&self.db).await;
        assert!(
            retried.is_empty(),
            "jobs failed and wait for another try: {retried:?}"
        );
    }
}

/// Payloads of waiting jobs that were tried before.
async fn retried_jobs(db: &DatabaseConnection) -> Vec<String> {
    let payloads = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "select cast(job as text) as payload from Jobs where status = 'Pending'"
        }
        _ => {
            "select convert_from(job, 'UTF8') as payload from apalis.jobs where status = 'Pending'"
        }
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), payloads))
        .await;
    let payloads = rows
        .unwrap()
        .into_iter()
        .map(|row| row.try_get("", "payload").unwrap());
    payloads
        .filter(|payload: &String| !payload.contains("\"attempt\":1,"))
        .collect()
}
