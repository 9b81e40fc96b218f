//! Promises of the house that no single crate can keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use app::routes::App;
use cargo_metadata::{DependencyKind, MetadataCommand};
use http::StatusCode;
use leptos_axum::generate_route_list;
use services::demo::{FAMILY, RESEARCHER};

use crate::support::TestSite;

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
    ("server", &["app", "services", "adapters", "migrations", "domain"]),
];

/// Crates that rules and the player must never see.
const NOT_IN_RULES: &[&str] = &["tokio", "sqlx", "axum", "hyper", "leptos", "tower", "async-trait", "futures"];

#[test]
fn crates_depend_in_one_direction() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().other_options(["--offline".to_owned()]).exec().unwrap();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = MAY_USE.iter().map(|(name, uses)| (*name, uses.iter().copied().collect())).collect();
    assert_eq!(metadata.packages.len(), allowed.len(), "every crate has a line in the table");
    for package in &metadata.packages {
        let uses = allowed.get(package.name.as_str()).unwrap_or_else(|| panic!("{} has no line in the table", package.name));
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            assert!(!allowed.contains_key(dependency.name.as_str()) || uses.contains(dependency.name.as_str()), "{} must not use {}", package.name, dependency.name);
            if ["domain", "protocol", "player"].contains(&package.name.as_str()) {
                assert!(!NOT_IN_RULES.contains(&dependency.name.as_str()), "{} must not use {}", package.name, dependency.name);
                assert!(dependency.name != "sea-orm" || dependency.optional, "{} may see sea-orm behind a feature only", package.name);
            }
            assert!(!(package.name.as_str() == "app" && ["sea-orm", "entities", "adapters"].contains(&dependency.name.as_str())), "app must not name {}", dependency.name);
        }
    }
}

/// What each kind of person gets from each page: a status, by visitor, family, researcher of the lab.
const PAGES: &[(&str, [u16; 3])] = &[
    ("/", [200, 200, 200]),
    ("/signup", [200, 200, 200]),
    ("/login", [200, 200, 200]),
    ("/account", [302, 200, 200]),
    ("/account/children", [302, 200, 200]),
    ("/account/children/add", [302, 200, 200]),
    ("/account/children/{child}", [302, 200, 404]),
    ("/account/children/{child}/delete", [302, 200, 404]),
    ("/account/demographics", [302, 200, 200]),
    ("/studies", [200, 200, 200]),
    ("/studies/history", [302, 200, 200]),
    ("/studies/{study}", [200, 200, 200]),
    ("/exp/studies", [302, 403, 200]),
    ("/exp/studies/{study}", [302, 403, 200]),
    ("/exp/studies/{study}/responses", [302, 403, 200]),
    ("/exp/responses/{response}", [302, 403, 404]),
    ("/dev/style", [200, 200, 200]),
];

/// What each kind of person gets from an empty form.
const FORMS: &[(&str, [u16; 3])] = &[
    ("/signup", [422, 409, 409]),
    ("/login", [422, 422, 422]),
    ("/logout", [303, 303, 303]),
    ("/theme", [303, 303, 303]),
    ("/account/sign-out-everywhere", [303, 303, 303]),
    ("/account/children/add", [303, 422, 422]),
    ("/account/children/{child}", [303, 422, 404]),
    ("/account/children/{child}/delete", [303, 303, 404]),
    ("/account/demographics", [303, 303, 303]),
    ("/studies/{study}/start", [303, 422, 422]),
    ("/exp/studies/{study}/preview", [303, 403, 303]),
];

#[tokio::test]
async fn every_route_answers_each_person_as_recorded() {
    let routes: BTreeSet<String> = generate_route_list(App).iter().map(|route| route.path().to_owned()).filter(|path| !path.starts_with("/api")).collect();
    let paths = |table: &[(&str, [u16; 3])]| table.iter().map(|(path, _)| (*path).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(routes, paths(PAGES), "every page has a line in the table");
    assert_eq!(server::router::ACTIONS.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<_>>(), paths(FORMS), "every form has a line in the table");

    for (is_form, table) in [(false, PAGES), (true, FORMS)] {
        for (path, expected) in table {
            for (who, wanted) in ["visitor", "family", "researcher"].into_iter().zip(expected) {
                // A fresh site each time: forms change what later ones see.
                let site = TestSite::new().await;
                let family = site.sign_in(FAMILY).await;
                let study = site.study_path("The cat who wanted the moon").await.rsplit('/').next().unwrap().to_owned();
                let children = site.get("/account/children", &family).await.body;
                let child = children.split("/account/children/").find(|rest| rest.len() > 36 && rest.as_bytes()[8] == b'-').unwrap()[..36].to_owned();
                let cookie = match who {
                    "visitor" => String::new(),
                    "family" => family,
                    _ => site.sign_in(RESEARCHER).await,
                };
                let real = path.replace("{child}", &child).replace("{study}", &study).replace("{response}", "00000000-0000-4000-8000-000000000000");
                let answer = if is_form { site.post(&real, &cookie, &[]).await } else { site.get(&real, &cookie).await };
                assert_eq!(answer.status, StatusCode::from_u16(*wanted).unwrap(), "{} {path} as {who}", if is_form { "POST" } else { "GET" });
                assert!(!answer.body.contains("stack backtrace"));
            }
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
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = document.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(file.exists(), "{} points at {link}", document.display());
        }
    }
}

#[test]
fn every_variable_is_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for variable in server::config::VARIABLES {
        assert!(readme.contains(variable.name), "{} is not in README.md", variable.name);
    }
}

#[test]
fn style_sheets_take_their_colours_from_the_tokens() {
    for file in ["base.css", "player.css", "parts/controls.css", "parts/pages.css"] {
        let text = std::fs::read_to_string(root().join("style").join(file)).unwrap();
        for word in ["#fff", "#000", "rgb(", "hsl("] {
            assert!(!text.contains(word), "style/{file} names a colour of its own: {word}");
        }
    }
}
