//! Who may use whom: crates (`docs/ARCHITECTURE.md`), areas inside a crate, files inside a crate.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

use super::imports::{Imports, shown};
use super::{crates, root};

/// Which of our crates each may use (`docs/ARCHITECTURE.md`).
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("migrations", &[]),
    ("protocol", &["domain"]),
    ("entities", &["domain"]),
    ("adapters", &["domain"]),
    ("services", &["domain", "protocol", "entities", "adapters"]),
    ("player", &["domain", "protocol"]),
    ("app", &["domain", "protocol", "services"]),
    ("frontend", &["app"]),
    (
        "server",
        &["app", "services", "adapters", "migrations", "domain"],
    ),
];

/// Crates that rules and the player must never see.
const NOT_IN_RULES: &[&str] = &[
    "tokio",
    "sqlx",
    "axum",
    "hyper",
    "leptos",
    "tower",
    "async-trait",
    "futures",
];

#[test]
fn crates_depend_in_one_direction() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = MAY_USE
        .iter()
        .map(|(name, uses)| (*name, uses.iter().copied().collect()))
        .collect();
    assert_eq!(
        metadata.packages.len(),
        allowed.len(),
        "every crate has a line in the table"
    );
    for package in &metadata.packages {
        let uses = allowed
            .get(package.name.as_str())
            .unwrap_or_else(|| panic!("{} has no line in the table", package.name));
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal)
        {
            assert!(
                !allowed.contains_key(dependency.name.as_str())
                    || uses.contains(dependency.name.as_str()),
                "{} must not use {}",
                package.name,
                dependency.name
            );
            if ["domain", "protocol", "player"].contains(&package.name.as_str()) {
                assert!(
                    !NOT_IN_RULES.contains(&dependency.name.as_str()),
                    "{} must not use {}",
                    package.name,
                    dependency.name
                );
                assert!(
                    dependency.name != "sea-orm" || dependency.optional,
                    "{} may see sea-orm behind a feature only",
                    package.name
                );
            }
            assert!(
                !(package.name.as_str() == "app"
                    && ["sea-orm", "entities", "adapters"].contains(&dependency.name.as_str())),
                "app must not name {}",
                dependency.name
            );
        }
    }
}

/// Areas from left to right. Each may use those left of it, and what everybody needs or writes.
const AREAS: &[&str] = &["accounts", "labs", "studies", "families", "responses"];

/// Areas that use one right of them, and why that is natural.
const NATURAL: &[(&str, &str, &str)] = &[
    // Who fits a study is a rule about a child.
    ("domain", "studies", "families"),
    // The editor of an external study shows how the other site reports responses.
    ("services", "studies", "responses"),
];

/// Crates whose tables point at each other in both directions, which is what they are for.
const TABLES: &[&str] = &["entities"];

fn imports() -> impl Iterator<Item = (String, Imports)> {
    crates().into_iter().map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        (name, Imports::of_crate(&folder.join("src")))
    })
}

#[test]
fn files_use_each_other_in_one_direction() {
    let mut faults = Vec::new();
    for (name, imports) in imports() {
        if TABLES.contains(&name.as_str()) {
            continue;
        }
        let list = |names: &mut dyn Iterator<Item = &Vec<String>>, between: &str| {
            names
                .map(|names| shown(names))
                .collect::<Vec<_>>()
                .join(between)
        };
        for (group, shortest) in imports.circles() {
            faults.push(format!(
                "{name}: {} files use each other ({}), such as {}",
                group.len(),
                list(&mut group.iter(), ", "),
                list(&mut shortest.iter(), " → ")
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn areas_use_those_left_of_them() {
    let area = |names: &[String]| {
        let first = names.first()?;
        AREAS.iter().position(|area| area == first)
    };
    let mut faults = Vec::new();
    for (name, imports) in imports() {
        for (from, to) in imports.edges() {
            let (Some(user), Some(used)) = (area(from), area(to)) else {
                continue;
            };
            // Everybody needs people and labs.
            let is_allowed = used <= user.max(1);
            if !is_allowed && !NATURAL.contains(&(&name, AREAS[user], AREAS[used])) {
                faults.push(format!("{name}: {} uses {}", shown(from), shown(to)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
