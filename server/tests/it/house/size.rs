//! Files and lines that one can read.

use super::{crates, root, sources};

/// Longest line, in characters.
const COLUMNS: usize = 100;
/// Longest file, in lines.
const LINES: usize = 500;

/// Files that may be longer or wider, and why.
const EXCEPTIONS: &[&str] = &[
    // The history of the tables, which does not change.
    "migrations/src/m0002_people.rs",
    "migrations/src/m0003_study_life.rs",
];

/// Folders beside the crates, and the endings of what is written in them.
const OTHERS: [(&str, &str); 3] = [("web", "ts"), ("end2end", "ts"), ("style", "css")];

/// Every file of ours that is looked at, with its name from the root.
fn ours() -> impl Iterator<Item = (String, String)> {
    let folders = crates().into_iter();
    let folders = folders.flat_map(|folder| ["src", "tests"].map(|part| folder.join(part)));
    let files = folders
        .filter(|folder| folder.exists())
        .flat_map(|folder| sources(&folder, "rs"));
    let others = OTHERS.into_iter();
    let files =
        files.chain(others.flat_map(|(folder, ending)| sources(&root().join(folder), ending)));
    files.filter_map(|file| {
        let name = file
            .strip_prefix(root())
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let is_looked_at = !EXCEPTIONS.contains(&name.as_str());
        is_looked_at.then(|| (name, std::fs::read_to_string(&file).unwrap()))
    })
}

#[test]
fn files_are_short() {
    let long = ours().map(|(name, text)| (name, text.lines().count()));
    let long = long.filter(|(_, lines)| *lines > LINES);
    let faults: Vec<_> = long
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn lines_are_short() {
    let mut faults = Vec::new();
    for (name, text) in ours() {
        for (line, number) in text.lines().zip(1..) {
            let columns = line.chars().count();
            if columns > COLUMNS {
                faults.push(format!("{name}:{number}: {columns} columns"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn exceptions_are_needed() {
    for name in EXCEPTIONS {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let is_wide = text.lines().any(|line| line.chars().count() > COLUMNS);
        let is_long = text.lines().count() > LINES;
        assert!(is_wide || is_long, "{name} needs no exception any more");
    }
}
