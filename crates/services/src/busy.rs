//! Telling a database that has too much to do from one that fails.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// SQLSTATE and SQLite's codes of what passes by itself: locks that others hold, transactions that
/// got into each other's way, no connection left, a server that starts or stops.
const PASSING: [&str; 10] = [
    "5", "261", "517", "40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03",
];

/// Whether a failure is only that the database has too much to do.
pub(crate) fn is_busy(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    let (DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime)) = error else {
        return false;
    };
    let RuntimeErr::SqlxError(error) = runtime else {
        return false;
    };
    match error.as_ref() {
        // A connection that broke is not used again.
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| PASSING.contains(&&*code)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_stays_is_not_busy() {
        assert!(!is_busy(&DbErr::Custom("5".to_owned())));
        let gone = RuntimeErr::SqlxError(sqlx::Error::RowNotFound.into());
        assert!(!is_busy(&DbErr::Query(gone)));
    }
}
