//! What verbs say when the database is away for a moment.

use macro_rules_attribute::apply;
use sea_orm::{ConnectionTrait, Database};
use services::{Actor, Error, studies};

use crate::support::{TestApp, on_postgres};

#[apply(on_postgres!)]
async fn connections_that_broke_are_replaced(app: TestApp) {
    let list =
        async || studies::list(&app.ctx, &Actor::Visitor, &studies::StudyFilter::default()).await;
    list().await.unwrap();
    end_connections(&app).await;
    // The test's own connection broke too.
    let _ = app.db.execute_unprepared("select 1").await;
    let mut refused = 0;
    while let Err(error) = list().await {
        assert!(matches!(error, Error::Busy), "{error:?}");
        refused += 1;
        assert!(
            refused <= 4,
            "there are four connections, each of which fails once"
        );
    }
}

/// Ends every connection to the test's database but the one that does it.
async fn end_connections(app: &TestApp) {
    let url = app.url();
    let other = Database::connect(url).await.unwrap();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
               where datname = current_database() and pid <> pg_backend_pid()";
    other.execute_unprepared(end).await.unwrap();
    other.close().await.unwrap();
}
