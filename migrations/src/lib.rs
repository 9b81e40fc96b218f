//! The history of the tables. A step that has been released is never edited; a new step follows it.
//!
//! Steps name tables and columns as texts and import none of our crates, so that old steps keep
//! their meaning.

use sea_orm_migration::prelude::*;

mod columns;
mod m0001_foundation;
mod m0002_people;
mod m0003_study_life;
mod m0004_narrow_studies;
mod m0005_names;
mod m0006_proven_accounts;
mod m0007_review;
mod m0008_runs;
mod m0009_copies;
mod m0010_indexes;

/// Applies the steps.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Migration),
            Box::new(m0002_people::Migration),
            Box::new(m0003_study_life::Migration),
            Box::new(m0004_narrow_studies::Migration),
            Box::new(m0005_names::Migration),
            Box::new(m0006_proven_accounts::Migration),
            Box::new(m0007_review::Migration),
            Box::new(m0008_runs::Migration),
            Box::new(m0009_copies::Migration),
            Box::new(m0010_indexes::Migration),
        ]
    }
}
