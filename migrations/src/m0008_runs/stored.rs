//! What is stored already, put right.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use sea_orm::ConnectionTrait;
use sea_orm::prelude::{Date, Uuid};
use sea_orm_migration::prelude::*;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

type Db<'a> = SchemaManagerConnection<'a>;

/// Rows that are in memory at a time.
const CHUNK: u64 = 200;

/// The birthday of an exit survey becomes the number of days to the one that is registered.
pub(super) async fn hide_birthdays(db: &Db<'_>) -> Result<(), DbErr> {
    let mut last = Uuid::nil();
    loop {
        let rows = Query::select()
            .column(("response_frame", "id"))
            .column(("response_frame", "data"))
            .column(("child", "birthday"))
            .from("response_frame")
            .inner_join(
                "response",
                Expr::col(("response", "id")).equals(("response_frame", "response_id")),
            )
            .inner_join(
                "child",
                Expr::col(("child", "id")).equals(("response", "child_id")),
            )
            .and_where(Expr::col(("response_frame", "kind")).eq("frame"))
            .and_where(Expr::col(("response_frame", "data")).like("%\"birthDate\"%"))
            .and_where(Expr::col(("response_frame", "id")).gt(last))
            .order_by(("response_frame", "id"), Order::Asc)
            .limit(CHUNK)
            .to_owned();
        let rows = db.query_all(&rows).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            last = row.try_get("", "id")?;
            let data: String = row.try_get("", "data")?;
            let birthday: Date = row.try_get("", "birthday")?;
            let Some(data) = hidden(&data, birthday) else {
                continue;
            };
            let update = Query::update()
                .table("response_frame")
                .value("data", data)
                .and_where(Expr::col("id").eq(last))
                .to_owned();
            db.execute(&update).await?;
        }
    }
}

fn hidden(data: &str, birthday: Date) -> Option<String> {
    let Ok(Value::Object(mut data)) = serde_json::from_str(data) else {
        return None;
    };
    hide(&mut data, birthday);
    if let Some(Value::Object(response)) = data.get_mut("response") {
        hide(response, birthday);
    }
    Some(Value::Object(data).to_string())
}

fn hide(members: &mut Map<String, Value>, birthday: Date) {
    *members = std::mem::take(members)
        .into_iter()
        .filter_map(|(name, value)| {
            if name != "birthDate" {
                return Some((name, value));
            }
            let given: Date = value.as_str()?.get(..10)?.parse().ok()?;
            let days = (given - birthday).num_days();
            Some(("birthDateDifference".to_owned(), days.into()))
        })
        .collect();
}

/// A design declares the hosts that its own texts name, so that it goes on loading what staff saw
/// when they approved it, and so do the responses that go on with it.
pub(super) async fn name_hosts(db: &Db<'_>) -> Result<(), DbErr> {
    let all = Query::select()
        .column("id")
        .from("study_design")
        .and_where(Expr::col("content").like("%https://%"))
        .to_owned();
    for row in db.query_all(&all).await? {
        name_hosts_of(db, row.try_get("", "id")?).await?;
    }
    Ok(())
}

async fn name_hosts_of(db: &Db<'_>, id: Uuid) -> Result<(), DbErr> {
    let one = Query::select()
        .columns(["study_id", "content"])
        .from("study_design")
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    let Some(row) = db.query_one(&one).await? else {
        return Ok(());
    };
    let study: Uuid = row.try_get("", "study_id")?;
    let content: String = row.try_get("", "content")?;
    let mut design: Map<String, Value> = serde_json::from_str(&content)
        .map_err(|error| DbErr::Custom(format!("table study_design, row {id}: {error}")))?;
    let texts = ["structure", "generator", "experiment"];
    let texts = texts.iter().filter_map(|name| design.get(*name)?.as_str());
    let hosts: BTreeSet<String> = texts.flat_map(hosts_in).take(20).collect();
    if hosts.is_empty() {
        return Ok(());
    }
    let words = hosts.iter().cloned().collect::<Vec<_>>().join(" ");
    design.insert("hosts".to_owned(), hosts.into_iter().collect());
    let content = Value::Object(design).to_string();
    let digest = HEXLOWER.encode(&Sha256::digest(content.as_bytes()));
    let update = Query::update()
        .table("study_design")
        .values([("content", content.into()), ("digest", digest.into())])
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    db.execute(&update).await?;
    let versions = Query::select()
        .column("number")
        .from("study_version")
        .and_where(Expr::col("study_id").eq(study))
        .and_where(Expr::col("design_id").eq(id))
        .to_owned();
    let responses = Query::update()
        .table("response")
        .value("hosts", words)
        .and_where(Expr::col("study_id").eq(study))
        .and_where(Expr::col("study_version").in_subquery(versions))
        .to_owned();
    db.execute(&responses).await?;
    Ok(())
}

/// The names of sites in the addresses of a text.
fn hosts_in(text: &str) -> impl Iterator<Item = String> {
    text.split("https://").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')));
        let host = rest.get(..end.unwrap_or(rest.len()))?;
        let host = host.trim_matches(['.', '-']).to_ascii_lowercase();
        let last = host.rsplit('.').next()?;
        let is_name = host.contains('.') && !last.chars().all(|c| c.is_ascii_digit());
        is_name.then_some(host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_any_text() {
        let text = r#"{"a": "https://Cdn.Example.org/a.mp4", 'https://x.test', https://10.0.0.1/
            https://localhost/ http://plain.test https://host.test:8443/a"#;
        assert_eq!(
            hosts_in(text).collect::<Vec<_>>(),
            ["cdn.example.org", "x.test", "host.test"]
        );
    }

    #[test]
    fn birthdays_become_days_in_their_place() {
        let birthday: Date = "2022-02-01".parse().unwrap();
        let data = r#"{"a":1,"birthDate":"2022-02-03T00:00:00.000Z","response":{"birthDate":1}}"#;
        assert_eq!(
            hidden(data, birthday).unwrap(),
            r#"{"a":1,"birthDateDifference":2,"response":{}}"#
        );
    }
}
