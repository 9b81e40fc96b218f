//! What verbs ask of the database, and how PostgreSQL finds it.

use std::sync::{Arc, Mutex};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;
use services::database::Connections;

/// Statements as they are made, while somebody listens.
#[derive(Clone, Default)]
pub struct Asked(Arc<Mutex<Option<Vec<Statement>>>>);

impl Asked {
    pub fn of(connections: &mut Connections) -> Self {
        let asked = Self::default();
        for connection in [&mut connections.read, &mut connections.write] {
            let statements = asked.0.clone();
            connection.set_metric_callback(move |info| {
                if let Some(statements) = statements.lock().unwrap().as_mut() {
                    statements.push(info.statement.clone());
                }
            });
        }
        asked
    }

    /// The statements that something makes, those of its changes too.
    pub async fn during(&self, work: impl Future<Output = ()>) -> Vec<Statement> {
        *self.0.lock().unwrap() = Some(Vec::new());
        work.await;
        self.0.lock().unwrap().take().unwrap()
    }
}

/// What PostgreSQL does with a table when it answers a question.
#[derive(Debug)]
pub struct Visit {
    pub table: String,
    /// How it finds the rows, such as `Index Scan`.
    pub by: String,
    /// How many it looks at, also those that it does not need.
    pub rows: f64,
}

/// Asks a question again, and tells what it takes.
pub async fn visits(db: &DatabaseConnection, question: &Statement) -> Vec<Visit> {
    assert_eq!(db.get_database_backend(), DbBackend::Postgres);
    let explained = Statement {
        sql: format!("explain (analyze, format json) {}", question.sql),
        ..question.clone()
    };
    let row = db.query_one_raw(explained).await.unwrap().unwrap();
    let plan: Value = row.try_get_by_index(0).unwrap();
    let mut found = Vec::new();
    walk(&plan[0]["Plan"], &mut found);
    found
}

fn walk(node: &Value, found: &mut Vec<Visit>) {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    if let Some(table) = node["Relation Name"].as_str() {
        let each = number("Actual Rows")
            + number("Rows Removed by Filter")
            + number("Rows Removed by Index Recheck");
        found.push(Visit {
            table: table.to_owned(),
            by: node["Node Type"].as_str().unwrap_or_default().to_owned(),
            rows: each * number("Actual Loops"),
        });
    }
    for part in node["Plans"].as_array().into_iter().flatten() {
        walk(part, found);
    }
}
