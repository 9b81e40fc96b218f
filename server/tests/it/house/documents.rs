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
