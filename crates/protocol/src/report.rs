//! Everything that a researcher should hear about a protocol before children see it.

use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::document::Document;
use crate::kinds::{self, COMMON, FrameMember};
use crate::resolve::{ChildContext, Frame, Resolution, resolve};
use crate::survey::Form;

/// What is said of a protocol that shows nothing.
pub const EMPTY: &str = "the sequence is empty";

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// What one resolution of the protocol looks like, and its problems.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The frames of one possible run; empty when there is a fault.
    pub frames: Vec<Frame>,
    /// Condition keys of that run.
    pub conditions: Vec<String>,
    /// Either one fault, or any number of warnings.
    pub problems: Vec<Problem>,
}

/// Checks the text of a protocol by resolving it once, for a child of one year.
pub fn report(text: &str) -> Report {
    let resolution = Document::parse(text).and_then(|document| {
        resolve(
            &document,
            ChildContext {
                age_days: Some(365.0),
                past_sessions: &[],
            },
            &mut Chance::seeded(1),
        )
    });
    match resolution {
        Ok(resolution) => Report {
            problems: warnings(&resolution),
            conditions: resolution.conditions.keys().cloned().collect(),
            frames: resolution.frames,
        },
        Err(fault) => Report {
            frames: Vec::new(),
            conditions: Vec::new(),
            problems: vec![Problem {
                severity: Severity::Fault,
                path: fault.path,
                message: fault.message,
                remedy: fault.remedy,
            }],
        },
    }
}

#[derive(Default)]
struct Warnings(Vec<Problem>);

impl Warnings {
    fn add(&mut self, path: &str, message: impl Into<String>, remedy: &str) {
        self.0.push(Problem {
            severity: Severity::Warning,
            path: path.to_owned(),
            message: message.into(),
            remedy: remedy.to_owned(),
        });
    }
}

fn warnings(resolution: &Resolution) -> Vec<Problem> {
    let mut found = Warnings::default();
    for (path, message) in &resolution.warnings {
        found.add(path, message, "Check that this is what you mean.");
    }
    for frame in &resolution.frames {
        check_frame(frame, &mut found);
    }
    match resolution.frames.last() {
        None => found.add("sequence", EMPTY, "List the frames to show."),
        Some(last) if last.kind != "exp-lookit-exit-survey" => found.add(
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
        found.add(
            "sequence",
            "no frame asks for consent",
            "Add a consent frame unless your ethics board waived it.",
        );
    }
    found.0
}

/// Whether a frame of this kind asks for consent.
pub fn asks_for_consent(kind: &str) -> bool {
    matches!(
        kind,
        "exp-lookit-video-consent" | "exp-lookit-survey-consent"
    )
}

fn check_frame(frame: &Frame, found: &mut Warnings) {
    let Some(kind) = kinds::find(&frame.kind) else {
        return found.add(
            &frame.id,
            format!("there is no kind \u{201c}{}\u{201d}", frame.kind),
            "Check the spelling. Families see a page saying that this part can't be shown.",
        );
    };
    let Some(members) = kind.members else {
        return found.add(
            &frame.id,
            format!("the kind \u{201c}{}\u{201d} can't be shown yet", frame.kind),
            "Families see a page saying that this part can't be shown.",
        );
    };
    for name in ["generateProperties", "selectNextFrame"] {
        let value = frame.members.get(name);
        if value.is_some_and(|value| !value.is_null()) {
            found.add(
                &frame.id,
                format!("\u{201c}{name}\u{201d} is not supported yet"),
                "The frame is shown without it.",
            );
        }
    }
    let known = || members.iter().chain(COMMON);
    for member in known() {
        check_member(frame, member, found);
    }
    for (name, value) in &frame.members {
        if !known().any(|member| member.name == name) {
            found.add(
                &frame.id,
                format!("\u{201c}{name}\u{201d} means nothing to this kind of frame"),
                "Check the spelling, or remove it.",
            );
        }
        if let Some(text) = value.as_str().filter(|text| is_fetched(text)) {
            let start: String = text.chars().take(60).collect();
            found.add(
                &frame.id,
                format!("\u{201c}{start}\u{201d} is not fetched yet"),
                "Write the value itself.",
            );
        }
    }
    if frame.kind == "exp-lookit-survey" {
        check_survey(frame, found);
    }
}

fn check_member(frame: &Frame, member: &FrameMember, found: &mut Warnings) {
    let FrameMember {
        name,
        shape,
        meaning,
        ..
    } = member;
    match frame.members.get(*name) {
        None if member.is_required => found.add(
            &frame.id,
            format!("\u{201c}{name}\u{201d} is missing"),
            meaning,
        ),
        Some(value) if !value.is_null() && !shape.fits(value) => found.add(
            &frame.id,
            format!("\u{201c}{name}\u{201d} should be {}", shape.label()),
            meaning,
        ),
        _ => {}
    }
}

fn check_survey(frame: &Frame, found: &mut Warnings) {
    let empty = Map::new();
    let schema = frame.members.get("formSchema").and_then(Value::as_object);
    for problem in Form::read(schema.unwrap_or(&empty)).1 {
        found.add(
            &frame.id,
            problem,
            "Check the form library's name for this type, or use text, textarea, radio, select, \
             checkbox, number, integer, date or time.",
        );
    }
}

/// Whether a text asks to be replaced by what an address holds.
fn is_fetched(text: &str) -> bool {
    !text.contains('\n')
        && ["URL:", "JSON:"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(report: Report) -> Vec<String> {
        report
            .problems
            .into_iter()
            .map(|problem| format!("{} {}", problem.path, problem.message))
            .collect()
    }

    #[test]
    fn a_good_protocol_has_nothing_but_the_missing_consent() {
        let protocol = json!({
            "frames": {
                "hello": {"kind": "exp-lookit-text", "blocks": [{"text": "Hi"}]},
                "bye": {"kind": "exp-lookit-exit-survey", "debriefing": {"title": "T"}},
            },
            "sequence": ["hello", "bye"],
        });
        let report = report(&protocol.to_string());
        let ids: Vec<&str> = report
            .frames
            .iter()
            .map(|frame| frame.id.as_str())
            .collect();
        assert_eq!(ids, ["0-hello", "1-bye"]);
        assert_eq!(problems(report), ["sequence no frame asks for consent"]);
    }

    #[test]
    fn a_fault_has_a_path() {
        let protocol = json!({
            "frames": {"a": {"kind": "group", "frameList": [{"kind": "text"}]}},
            "sequence": ["a"],
        });
        let report = report(&protocol.to_string());
        assert_eq!(
            (
                report.problems[0].severity,
                report.problems[0].path.as_str()
            ),
            (Severity::Fault, "frames.a.frameList[0].kind")
        );
    }

    #[test]
    fn slips_are_warned_of() {
        let protocol = json!({
            "frames": {
                "a": {
                    "kind": "exp-lookit-text",
                    "block": [],
                    "showPreviousButton": "no",
                    "selectNextFrame": "function() {}",
                    "blocks": ["x"],
                },
                "s": {"kind": "exp-lookit-survey"},
                "v": {"kind": "exp-lookit-video"},
                "w": {"kind": "exp-made-up"},
                "u": {"kind": "exp-lookit-text", "blocks": "JSON:https://example.org/x"},
            },
            "sequence": ["a", "s", "v", "w", "u"],
        });
        let messages = problems(report(&protocol.to_string()));
        for expected in [
            "0-a \u{201c}block\u{201d} means nothing",
            "0-a \u{201c}showPreviousButton\u{201d} should be true or false",
            "0-a \u{201c}selectNextFrame\u{201d} is not supported yet",
            "0-a \u{201c}blocks\u{201d} should be a list of text blocks",
            "1-s \u{201c}formSchema\u{201d} is missing",
            "2-v the kind \u{201c}exp-lookit-video\u{201d} can't be shown yet",
            "3-w there is no kind",
            "4-u \u{201c}JSON:https://example.org/x\u{201d} is not fetched yet",
            "sequence the last frame is not an exit survey",
        ] {
            assert!(
                messages.iter().any(|message| message.starts_with(expected)),
                "{expected} in {messages:#?}"
            );
        }
    }
}
