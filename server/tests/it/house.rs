//! Promises of the house that no single crate can keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

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

#[test]
fn documents_point_at_files_that_exist() {
    let mut documents = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                documents.push(path);
            }
        }
    }
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|link| !link.contains("://") && !link.starts_with('#'))
        {
            let file = document
                .parent()
                .unwrap()
                .join(link.split('#').next().unwrap());
            assert!(file.exists(), "{} points at {link}", document.display());
        }
    }
}

#[test]
fn every_variable_is_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for variable in server::config::VARIABLES {
        assert!(
            readme.contains(variable.name),
            "{} is not in README.md",
            variable.name
        );
    }
}

#[test]
fn style_sheets_take_their_colours_from_the_tokens() {
    for file in [
        "base.css",
        "player.css",
        "parts/controls.css",
        "parts/pages.css",
    ] {
        let text = std::fs::read_to_string(root().join("style").join(file)).unwrap();
        for word in ["#fff", "#000", "rgb(", "hsl("] {
            assert!(
                !text.contains(word),
                "style/{file} names a colour of its own: {word}"
            );
        }
    }
}

/// Leptos escapes nothing inside a `textarea`: whatever stands there must have gone through
/// `parts::textarea_text`.
#[test]
fn what_is_typed_stays_text() {
    fn sources(folder: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .flat_map(|path| {
                if path.is_dir() {
                    sources(&path)
                } else {
                    vec![path]
                }
            })
            .collect()
    }
    let mut found = 0;
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for inside in text.split("<textarea").skip(1) {
            let inside = inside.split("</textarea>").next().unwrap();
            let inside: String = inside.split_whitespace().collect();
            assert!(
                inside.ends_with(")}") && inside.contains(">{textarea_text("),
                "{}: {inside}",
                path.display()
            );
            found += 1;
        }
        assert!(
            !text.contains("<noscript") && !text.contains("<style"),
            "{}: nothing is escaped there either",
            path.display()
        );
    }
    assert!(found > 3);
}
