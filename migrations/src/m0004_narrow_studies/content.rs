//! Moves what a study holds from its row into its versions, and back.

use std::collections::{BTreeSet, HashMap};

use data_encoding::HEXLOWER;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, QueryResult, Value as Bound};
use sea_orm_migration::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Texts of the ad, by column and by member; the name stays a column too.
pub(super) const TEXTS: &[(&str, &str)] = &[
    ("preview_summary", "preview_summary"),
    ("short_description", "short_description"),
    ("purpose", "purpose"),
    ("criteria", "criteria"),
    ("duration", "duration"),
    ("contact_info", "contact_info"),
    ("compensation_description", "compensation"),
    ("image", "image"),
    ("image_alt", "image_alt"),
    ("exit_url", "exit_url"),
    ("criteria_expression", "criteria_expression"),
];

/// Bounds of the ages, by column and by member.
pub(super) const AGES: &[(&str, &str)] = &[
    ("min_age_years", "min_years"),
    ("min_age_months", "min_months"),
    ("min_age_days", "min_days"),
    ("max_age_years", "max_years"),
    ("max_age_months", "max_months"),
    ("max_age_days", "max_days"),
];

/// Lists of studies that a child must have done, or must not, by column and by member.
const PARTICIPATION: &[(&str, &str)] = &[
    ("must_have_participated", "must"),
    ("must_not_have_participated", "must_not"),
];

/// The columns of a version that stay as they are.
const KEPT: &[&str] = &[
    "id",
    "study_id",
    "number",
    "account_id",
    "edits",
    "note",
    "restored_from",
    "keeps_approval",
    "created_at",
];

pub(super) const OLD: &str = "study_version_old";
const APPROVED: [&str; 4] = ["approved", "active", "paused", "deactivated"];

type Db<'a> = SchemaManagerConnection<'a>;

fn id_is(id: Uuid) -> Expr {
    Expr::col("id").eq(id)
}

fn corrupt(table: &str, id: Uuid, error: &serde_json::Error) -> DbErr {
    DbErr::Custom(format!("table {table}, row {id}: {error}"))
}

fn digest(content: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(content.as_bytes()))
}

fn member(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

fn words(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn search_text(ad: &Value) -> String {
    format!("{}\n{}", words(ad, "name"), words(ad, "short_description")).to_lowercase()
}

/// What a study from before versioning holds, from its row.
fn content_of_row(row: &QueryResult, id: Uuid) -> Result<Value, DbErr> {
    Ok(json!({
        "ad": ad_of_row(row)?,
        "design": design_of_row(row, id)?,
        "settings": {
            "priority": row.try_get::<i32>("", "priority")?,
            "is_public": row.try_get::<bool>("", "is_public")?,
            "has_shared_preview": row.try_get::<bool>("", "has_shared_preview")?,
        },
    }))
}

fn ad_of_row(row: &QueryResult) -> Result<Value, DbErr> {
    let text = |column: &str| row.try_get::<String>("", column);
    let mut ad = Map::from_iter([("name".to_owned(), text("name")?.into())]);
    for (column, member) in TEXTS {
        ad.insert((*member).to_owned(), text(column)?.into());
    }
    let mut ages = Map::new();
    for (column, member) in AGES {
        let part: i32 = row.try_get("", column)?;
        ages.insert((*member).to_owned(), part.into());
    }
    ad.insert("ages".to_owned(), ages.into());
    for (column, member) in PARTICIPATION {
        let ids: BTreeSet<String> = text(column)?
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        ad.insert((*member).to_owned(), json!(ids));
    }
    Ok(ad.into())
}

fn design_of_row(row: &QueryResult, id: Uuid) -> Result<Value, DbErr> {
    let text = |column: &str| row.try_get::<String>("", column);
    let uses_generator: bool = row.try_get("", "uses_generator")?;
    let mut design = Map::from_iter([
        ("structure".to_owned(), text("structure")?.into()),
        ("uses_generator".to_owned(), uses_generator.into()),
        ("generator".to_owned(), text("generator")?.into()),
    ]);
    let metadata = text("metadata")?;
    if !metadata.trim().is_empty() {
        let metadata: Value =
            serde_json::from_str(&metadata).map_err(|error| corrupt("study", id, &error))?;
        let (name, value) = match text("kind")?.as_str() {
            "jspsych" => ("experiment", words(&metadata, "experiment").into()),
            "external" => ("external", metadata),
            "custom_runner" => ("runner", metadata),
            _ => return Ok(design.into()),
        };
        design.insert(name.to_owned(), value);
    }
    Ok(design.into())
}

/// Gives a study its designs, its versions without them, and its text for searching.
pub(super) async fn split(db: &Db<'_>, id: Uuid) -> Result<(), DbErr> {
    let study = row(db, id, wide()).await?;
    let number: i32 = study.try_get("", "version")?;
    let mut designs = HashMap::new();
    let mut now = Value::Null;
    if number == 0 {
        now = content_of_row(&study, id)?;
        let mut from = Query::select();
        from.column("id")
            .column("id")
            .expr(Expr::val(1))
            .column("creator_id");
        from.expr(Expr::val("[]")).column("updated_at");
        let columns = [
            "id",
            "study_id",
            "number",
            "account_id",
            "edits",
            "created_at",
        ];
        from.from("study").and_where(id_is(id));
        store_version(db, (id, id), &now, &mut designs, (&columns, from)).await?;
    }
    let versions = Query::select()
        .columns(["id", "number", "content"])
        .from(OLD)
        .and_where(Expr::col("study_id").eq(id))
        .order_by("number", Order::Asc)
        .to_owned();
    for version in db.query_all(&versions).await? {
        let key: Uuid = version.try_get("", "id")?;
        let content: String = version.try_get("", "content")?;
        let content: Value = serde_json::from_str(&content)
            .map_err(|error| corrupt("study_version", key, &error))?;
        let mut from = Query::select();
        from.columns(KEPT.iter().copied())
            .from(OLD)
            .and_where(id_is(key));
        store_version(db, (id, key), &content, &mut designs, (KEPT, from)).await?;
        if version.try_get::<i32>("", "number")? == number {
            now = content;
        }
    }
    let extra: String = study.try_get("", "comments_extra")?;
    let extra: Value = serde_json::from_str(&extra).unwrap_or_default();
    let declarations = extra.get("declarations").map(Value::to_string);
    let mut update = Query::update();
    update.table("study").and_where(id_is(id)).values([
        ("search_text", search_text(&member(&now, "ad")).into()),
        ("declarations", declarations.unwrap_or_default().into()),
    ]);
    if number == 0 {
        let state: String = study.try_get("", "state")?;
        let first = |is: bool| Expr::val(is.then_some(1));
        update.values([
            ("version", 1.into()),
            (
                "approved_version",
                first(APPROVED.contains(&state.as_str())),
            ),
            ("submitted_version", first(state == "submitted")),
        ]);
    }
    db.execute(&update).await?;
    Ok(())
}

/// Copies one version, whose design becomes a row of its own unless the study has the same already.
async fn store_version(
    db: &Db<'_>,
    (study, key): (Uuid, Uuid),
    content: &Value,
    designs: &mut HashMap<String, Uuid>,
    (kept, mut from): (&[&'static str], SelectStatement),
) -> Result<(), DbErr> {
    let design = member(content, "design").to_string();
    let digest = digest(&design);
    let design_id = match designs.get(&digest) {
        Some(known) => *known,
        None => {
            let row: [Bound; 4] = [
                key.into(),
                study.into(),
                digest.clone().into(),
                design.into(),
            ];
            let mut insert = Query::insert();
            insert
                .into_table("study_design")
                .columns(["id", "study_id", "digest", "content"])
                .values_panic(row.map(Expr::val));
            db.execute(&insert).await?;
            designs.insert(digest, key);
            key
        }
    };
    from.expr(Expr::val(member(content, "ad").to_string()))
        .expr(Expr::val(member(content, "settings").to_string()))
        .expr(Expr::val(design_id));
    let added = ["ad", "settings", "design_id"];
    insert_from(db, kept.iter().chain(&added).copied(), from).await
}

async fn insert_from(
    db: &Db<'_>,
    columns: impl Iterator<Item = &'static str>,
    from: SelectStatement,
) -> Result<(), DbErr> {
    let mut insert = Query::insert();
    insert.into_table("study_version").columns(columns);
    insert
        .select_from(from)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    db.execute(&insert).await?;
    Ok(())
}

/// The way back: versions with everything in them, and the latest in the study's row.
pub(super) async fn join(db: &Db<'_>, id: Uuid) -> Result<(), DbErr> {
    let study = row(db, id, vec!["kind", "version", "declarations"]).await?;
    let kind: String = study.try_get("", "kind")?;
    let versions = Query::select()
        .columns([(OLD, "id"), (OLD, "number"), (OLD, "ad"), (OLD, "settings")])
        .column(("study_design", "content"))
        .from(OLD)
        .inner_join(
            "study_design",
            Expr::col(("study_design", "id")).equals((OLD, "design_id")),
        )
        .and_where(Expr::col((OLD, "study_id")).eq(id))
        .to_owned();
    for version in db.query_all(&versions).await? {
        let key: Uuid = version.try_get("", "id")?;
        let part = |name: &str| -> Result<Value, DbErr> {
            let text: String = version.try_get("", name)?;
            serde_json::from_str(&text).map_err(|error| corrupt("study_version", key, &error))
        };
        let (ad, settings, design) = (part("ad")?, part("settings")?, part("content")?);
        if version.try_get::<i32>("", "number")? == study.try_get::<i32>("", "version")? {
            let declarations: String = study.try_get("", "declarations")?;
            let mut update = fill(id, &kind, &ad, &design, &declarations);
            if let Some(priority) = settings.get("priority").and_then(Value::as_i64) {
                update.value("priority", priority);
            }
            db.execute(&update).await?;
        }
        let content = json!({ "ad": ad, "design": design, "settings": settings });
        let mut from = Query::select();
        from.columns(KEPT.iter().copied())
            .expr(Expr::val(content.to_string()))
            .from(OLD)
            .and_where(id_is(key));
        insert_from(db, KEPT.iter().copied().chain(["content"]), from).await?;
    }
    Ok(())
}

fn fill(id: Uuid, kind: &str, ad: &Value, design: &Value, declarations: &str) -> UpdateStatement {
    let mut update = Query::update();
    update.table("study").and_where(id_is(id));
    for (column, member) in TEXTS {
        update.value(*column, words(ad, member));
    }
    let ages = member(ad, "ages");
    for (column, member) in AGES {
        let part = ages.get(*member).and_then(Value::as_i64);
        update.value(*column, part.unwrap_or_default());
    }
    for (column, member) in PARTICIPATION {
        let ids = ad.get(*member).and_then(Value::as_array);
        let ids: Vec<&str> = ids
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        update.value(*column, ids.join(" "));
    }
    let metadata = match kind {
        "jspsych" => json!({ "experiment": words(design, "experiment") }),
        "external" => member(design, "external"),
        "custom_runner" => member(design, "runner"),
        _ => json!({}),
    };
    let extra = if declarations.is_empty() {
        String::new()
    } else {
        format!("{{\"declarations\":{declarations}}}")
    };
    let uses_generator = design.get("uses_generator").and_then(Value::as_bool);
    update.values([
        ("structure", words(design, "structure").into()),
        ("uses_generator", uses_generator.unwrap_or_default().into()),
        ("generator", words(design, "generator").into()),
        ("metadata", metadata.to_string().into()),
        ("comments_extra", extra.into()),
    ]);
    update
}

/// One study after the other, since each may be long.
pub(super) async fn studies(db: &Db<'_>) -> Result<Vec<Uuid>, DbErr> {
    let all = Query::select().column("id").from("study").to_owned();
    let rows = db.query_all(&all).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

/// The row of a study. Its columns are named: a connection may know the table with others.
async fn row(db: &Db<'_>, id: Uuid, columns: Vec<&'static str>) -> Result<QueryResult, DbErr> {
    let one = Query::select()
        .columns(columns)
        .from("study")
        .and_where(id_is(id))
        .to_owned();
    let found = db.query_one(&one).await?;
    found.ok_or_else(|| DbErr::RecordNotFound(id.to_string()))
}

/// What is read of a study on the way up.
fn wide() -> Vec<&'static str> {
    let texts = TEXTS.iter().chain(AGES).map(|(column, _)| *column);
    let others = [
        "name",
        "kind",
        "state",
        "version",
        "priority",
        "is_public",
        "has_shared_preview",
        "must_have_participated",
        "must_not_have_participated",
        "structure",
        "uses_generator",
        "generator",
        "metadata",
        "comments_extra",
    ];
    texts.chain(others).collect()
}
