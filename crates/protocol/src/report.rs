//! Everything that a researcher should hear about a protocol before children see it.

use std::collections::HashSet;

use serde_json::Value;

use crate::chance::Chance;
use crate::document::{self, Document};
use crate::fault::Fault;
use crate::nearest::did_you_mean;
use crate::outline::{Outline, outline};
use crate::resolve::{Budget, ChildContext, Resolution, resolve_within};
use crate::text::shortened;

mod frames;
#[cfg(test)]
mod tests;

/// What is said of a protocol that shows nothing.
pub const EMPTY: &str = "the sequence is empty";

/// The age in days for which a protocol is resolved first.
const FIRST_AGE: f64 = 365.0;
/// Most ages for which it is resolved.
const MOST_AGES: usize = 40;
/// Most problems that are listed.
const MOST_PROBLEMS: usize = 200;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The study can't be played.
    Fault,
    /// It can, but probably not as meant.
    Warning,
}

/// Something that a researcher should change, or at least know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the study can be played all the same.
    pub severity: Severity,
    /// Path in the document, or id of a frame of the run.
    pub path: String,
    /// What is wrong, in the words of the protocol language.
    pub message: String,
    /// What the researcher can do about it.
    pub remedy: String,
}

/// A frame of a run, without what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameName {
    /// Position in the flat list and the researcher's id: `3-trial`.
    pub id: String,
    /// Name of its kind, which may be one that the player does not know.
    pub kind: String,
    /// Path of its definition in the document.
    pub path: String,
}

/// What one resolution of the protocol looks like, and its problems.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The protocol as it is written; empty when it can't be read.
    pub outline: Outline,
    /// The frames of one possible run; empty when no run is possible.
    pub frames: Vec<FrameName>,
    /// Condition keys of that run.
    pub conditions: Vec<String>,
    /// Faults, which are at most one for each age that was tried, and warnings.
    pub problems: Vec<Problem>,
}

/// Checks the text of a protocol by resolving it: for a child of one year, and for a child of each
/// age at which the protocol makes a difference.
pub fn report(text: &str) -> Report {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(fault) => {
            let mut problems = Problems::default();
            problems.fault(fault);
            return Report {
                problems: problems.list(),
                ..Report::default()
            };
        }
    };
    let mut report = Report {
        outline: outline(&document),
        ..Report::default()
    };
    let mut problems = Problems::default();
    for name in &document.unknown {
        problems.warn(
            &shortened(name),
            "this member means nothing here",
            &format!(
                "{}A protocol has the members \"frames\" and \"sequence\".",
                did_you_mean(name, document::MEMBERS)
            ),
        );
    }
    let mut budget = Budget::default();
    for (index, age) in ages(&document).into_iter().enumerate() {
        let child = ChildContext {
            age_days: Some(age),
            past_sessions: &[],
        };
        match resolve_within(&document, child, &mut Chance::seeded(1), &mut budget) {
            Ok(resolution) => {
                warnings(&resolution, &mut problems);
                if report.frames.is_empty() {
                    report.conditions = resolution.conditions.keys().cloned().collect();
                    report.frames = names(resolution);
                }
            }
            // One age is within the budget, so each is; together they may not be.
            Err(_) if index > 0 && budget.is_spent() => break,
            Err(fault) => problems.fault(fault),
        }
    }
    report.problems = problems.list();
    report
}

fn names(resolution: Resolution) -> Vec<FrameName> {
    let frames = resolution.frames.into_iter();
    frames
        .map(|frame| FrameName {
            id: frame.id,
            kind: frame.kind,
            path: frame.path,
        })
        .collect()
}

/// The ages in days for which a protocol is resolved: the usual one first, then the edges of all
/// ranges of ages in it.
fn ages(document: &Document) -> Vec<f64> {
    let mut edges = Vec::new();
    let definitions = document.frames.values();
    definitions.for_each(|value| edges_in(value, &mut edges));
    edges.retain(|age| *age >= 0.0 && *age != FIRST_AGE);
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    edges.truncate(MOST_AGES - 1);
    edges.insert(0, FIRST_AGE);
    edges
}

fn edges_in(value: &Value, edges: &mut Vec<f64>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| edges_in(value, edges)),
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value.as_f64()) {
                    ("minAge", Some(age)) => edges.push(age),
                    ("maxAge", Some(age)) => edges.extend([age, age + 1.0]),
                    _ => edges_in(value, edges),
                }
            }
        }
        _ => {}
    }
}

/// Problems, each once.
#[derive(Default)]
struct Problems {
    faults: Vec<Problem>,
    warnings: Vec<Problem>,
    known: HashSet<(Severity, String, String)>,
    left_out: usize,
}

impl Problems {
    fn fault(&mut self, fault: Fault) {
        self.add(Problem {
            severity: Severity::Fault,
            path: fault.path,
            message: fault.message,
            remedy: fault.remedy,
        });
    }

    fn warn(&mut self, path: &str, message: impl Into<String>, remedy: &str) {
        self.add(Problem {
            severity: Severity::Warning,
            path: path.to_owned(),
            message: message.into(),
            remedy: remedy.to_owned(),
        });
    }

    fn add(&mut self, problem: Problem) {
        let key = (
            problem.severity,
            problem.path.clone(),
            problem.message.clone(),
        );
        if self.known.contains(&key) {
            return;
        }
        match problem.severity {
            Severity::Fault => self.faults.push(problem),
            Severity::Warning if self.warnings.len() >= MOST_PROBLEMS => {
                self.left_out += 1;
                return;
            }
            Severity::Warning => self.warnings.push(problem),
        }
        self.known.insert(key);
    }

    /// All of them, the worst first.
    fn list(self) -> Vec<Problem> {
        let mut list = self.faults;
        list.extend(self.warnings);
        if self.left_out > 0 {
            list.push(Problem {
                severity: Severity::Warning,
                path: String::new(),
                message: format!("there are more problems than the first {MOST_PROBLEMS}"),
                remedy: "Mend these first.".to_owned(),
            });
        }
        list
    }
}

fn warnings(resolution: &Resolution, found: &mut Problems) {
    for (path, message) in &resolution.warnings {
        found.warn(path, message, "Check that this is what you mean.");
    }
    for frame in &resolution.frames {
        frames::check(frame, found);
    }
    match resolution.frames.last() {
        None => found.warn("sequence", EMPTY, "List the frames to show."),
        Some(last) if last.kind != "exp-lookit-exit-survey" => found.warn(
            "sequence",
            "the last frame is not an exit survey",
            "End with a frame of kind \"exp-lookit-exit-survey\": families who leave early are \
             taken to the last frame, and only this kind marks a response as complete.",
        ),
        Some(_) => {}
    }
    if !resolution
        .frames
        .iter()
        .any(|frame| asks_for_consent(&frame.kind))
    {
        found.warn(
            "sequence",
            "no frame asks for consent",
            "Add a consent frame unless your ethics board waived it.",
        );
    }
}

/// Whether a frame of this kind asks for consent.
pub fn asks_for_consent(kind: &str) -> bool {
    matches!(
        kind,
        "exp-lookit-video-consent" | "exp-lookit-survey-consent"
    )
}
