//! Reads the sources of `services`: verbs that write are built on an act, and every act ends.

mod checker;

use std::fs;
use std::path::{Path, PathBuf};

use self::checker::{Fault, Rule, faults};

/// Where transactions and connections are made or lent to the queue.
const FOUNDATIONS: &[&str] = &["act.rs", "database.rs", "jobs/"];

#[test]
fn every_act_is_committed_or_ends_unchanged() {
    let found = faults_outside(&[], Rule::EndsInCommit);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_act_reads_what_it_writes() {
    let found = faults_outside(&[], Rule::ReadsItself);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_acts_begin_transactions() {
    let found = faults_outside(FOUNDATIONS, Rule::NoOtherTransaction);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Faults of one rule in all files but those below these paths, each with its file.
fn faults_outside(excused: &[&str], rule: Rule) -> Vec<String> {
    let is_excused = |path: &str| excused.iter().any(|known| path.starts_with(known));
    let mut found = Vec::new();
    for (path, source) in sources() {
        if is_excused(&path) {
            continue;
        }
        let faults = faults(&source).into_iter();
        let of_rule = faults.filter(|fault| fault.rule == rule);
        found.extend(of_rule.map(|Fault { place, words, .. }| format!("{path}, {place}: {words}")));
    }
    found
}

/// Every source file: its path below `src`, and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 40, "the sources are not where they were");
    files
        .into_iter()
        .map(|path| {
            let short = path.strip_prefix(&root).unwrap().to_str().unwrap();
            (short.replace('\\', "/"), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}
