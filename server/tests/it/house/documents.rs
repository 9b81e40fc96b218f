//! Documents tell the truth where a program can see it.

use super::root;

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

/// Files whose every number is a limit.
const LIMITS: &[&str] = &[
    "crates/services/src/rates.rs",
    "server/src/http/bodies.rs",
    "server/src/http/uploads.rs",
    "server/src/listening.rs",
];

/// The constants of a source, each as `NAME = value`.
fn constants(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let (text, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
    let mut found = Vec::new();
    for rest in text.split("const ").skip(1) {
        let declared = rest.split(';').next().unwrap();
        if let Some((head, value)) = declared.split_once('=') {
            let name = head.split(':').next().unwrap().trim();
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            found.push(format!("{name} = {value}"));
        }
    }
    found
}

#[test]
fn every_limit_is_in_the_table() {
    let document = std::fs::read_to_string(root().join("docs/SECURITY.md")).unwrap();
    let (_, table) = document.split_once("## Limits").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut listed = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 6, "{row}");
        let set_in: Vec<&str> = cells[3].split('`').collect();
        let (file, limit) = (set_in[1], set_in[3]);
        let found = constants(file);
        assert!(
            found.iter().any(|constant| constant == limit),
            "{file} does not say `{limit}`"
        );
        listed.push((file, limit));
    }
    for file in LIMITS {
        for limit in constants(file) {
            let is_listed = listed.contains(&(*file, limit.as_str()));
            assert!(is_listed, "docs/SECURITY.md does not list {file}: {limit}");
        }
    }
}
