//! Promises that no single crate can keep.

mod directions;
mod documents;
mod imports;
mod size;
mod styles;

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file below a folder with this extension.
fn sources(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|known| known == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Folders of all crates.
fn crates() -> Vec<PathBuf> {
    let inner = std::fs::read_dir(root().join("crates")).unwrap();
    let mut found: Vec<PathBuf> = inner.map(|entry| entry.unwrap().path()).collect();
    found.extend(
        ["app", "frontend", "migrations", "player", "server"].map(|name| root().join(name)),
    );
    found.retain(|folder| folder.join("Cargo.toml").exists());
    found.sort();
    found
}
