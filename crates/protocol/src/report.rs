//! Everything that a researcher should hear about a protocol before children see it.

use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::document::Document;
use crate::fault::Fault;
use crate::kinds::{self, COMMON};
use crate::resolve::{Circumstances, Frame, resolve};

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

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub path: String,
    /// What it is.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// What one resolution of the protocol looks like, and its problems.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The frames of one possible run; empty when there is a fault.
    pub frames: Vec<Frame>,
    /// Condition keys of that run.
    pub conditions: Vec<String>,
    /// Faults first.
    pub problems: Vec<Problem>,
}

/// Checks the text of a protocol by resolving it once, for a child of unknown age.
pub fn report(text: &str) -> Report {
    let resolution = Document::parse(text).and_then(|document| {
        resolve(
            &document,
            Circumstances {
                age_days: Some(365.0),
                past_sessions: &[],
            },
            &mut Chance::seeded(1),
        )
    });
    let resolution = match resolution {
        Ok(resolution) => resolution,
        Err(Fault {
            path,
            message,
            remedy,
        }) => {
            return Report {
                frames: Vec::new(),
                conditions: Vec::new(),
                problems: vec![Problem {
                    severity: Severity::Fault,
                    path,
                    message,
                    remedy,
                }],
            };
        }
    };
    let mut problems = Vec::new();
    let mut warn = |path: &str, message: String, remedy: &str| {
        problems.push(Problem {
            severity: Severity::Warning,
            path: path.to_owned(),
            message,
            remedy: remedy.to_owned(),
        })
    };
    for (path, message) in resolution.warnings {
        warn(&path, message, "Check that this is what you mean.");
    }
    for frame in &resolution.frames {
        check_frame(frame, &mut warn);
    }
    match resolution.frames.last() {
        None => warn("sequence", EMPTY.to_owned(), "List the frames to show."),
        Some(last) if last.kind != "exp-lookit-exit-survey" => warn(
            "sequence",
            "the last frame is no exit survey".to_owned(),
            "End with a frame of kind \"exp-lookit-exit-survey\": families who leave early are taken to the last frame, and only this kind marks a response as complete.",
        ),
        Some(_) => {}
    }
    if !resolution.frames.iter().any(|frame| {
        matches!(
            frame.kind.as_str(),
            "exp-lookit-video-consent" | "exp-lookit-survey-consent"
        )
    }) {
        warn(
            "sequence",
            "no frame asks for consent".to_owned(),
            "Add a consent frame unless your ethics board waived it.",
        );
    }
    problems.sort_by_key(|problem| problem.severity);
    Report {
        conditions: resolution.conditions.keys().cloned().collect(),
        frames: resolution.frames,
        problems,
    }
}

fn check_frame(frame: &Frame, warn: &mut impl FnMut(&str, String, &str)) {
    let Some(kind) = kinds::find(&frame.kind) else {
        return warn(
            &frame.id,
            format!("there is no kind \u{201c}{}\u{201d}", frame.kind),
            "Check the spelling. Families see a page saying that this part can't be shown.",
        );
    };
    let Some(members) = kind.members else {
        return warn(
            &frame.id,
            format!("the kind \u{201c}{}\u{201d} can't be shown yet", frame.kind),
            "Families see a page saying that this part can't be shown.",
        );
    };
    for name in ["generateProperties", "selectNextFrame"] {
        if frame
            .members
            .get(name)
            .is_some_and(|value| !value.is_null())
        {
            warn(
                &frame.id,
                format!("\u{201c}{name}\u{201d} is not run yet"),
                "The frame is shown as it stands.",
            );
        }
    }
    for member in members.iter().chain(COMMON) {
        match frame.members.get(member.name) {
            None if member.is_required => warn(
                &frame.id,
                format!("\u{201c}{}\u{201d} is missing", member.name),
                member.meaning,
            ),
            Some(value) if !value.is_null() && !member.shape.fits(value) => warn(
                &frame.id,
                format!(
                    "\u{201c}{}\u{201d} should be {}",
                    member.name,
                    member.shape.label()
                ),
                member.meaning,
            ),
            _ => {}
        }
    }
    for (name, value) in &frame.members {
        if !members
            .iter()
            .chain(COMMON)
            .any(|member| member.name == name)
        {
            warn(
                &frame.id,
                format!("\u{201c}{name}\u{201d} means nothing to this kind of frame"),
                "Check the spelling, or remove it.",
            );
        }
        if let Some(text) = value.as_str().filter(|text| is_fetched(text)) {
            warn(
                &frame.id,
                format!(
                    "\u{201c}{}\u{201d} is not fetched yet",
                    text.chars().take(60).collect::<String>()
                ),
                "Write the value itself.",
            );
        }
    }
    if frame.kind == "exp-lookit-survey" {
        let empty = Map::new();
        let schema = frame
            .members
            .get("formSchema")
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        for problem in crate::survey::Form::read(schema).1 {
            warn(
                &frame.id,
                problem,
                "Check the form library's name for this type, or use text, textarea, radio, select, checkbox, number, integer, date or time.",
            );
        }
    }
}

fn is_fetched(text: &str) -> bool {
    !text.contains('\n')
        && ["URL:", "JSON:"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_protocol_has_nothing_but_the_missing_consent() {
        let text = r#"{"frames": {"hello": {"kind": "exp-lookit-text", "blocks": [{"text": "Hi"}]}, "bye": {"kind": "exp-lookit-exit-survey", "debriefing": {"title": "T"}}}, "sequence": ["hello", "bye"]}"#;
        let report = report(text);
        assert_eq!(
            report
                .frames
                .iter()
                .map(|frame| frame.id.as_str())
                .collect::<Vec<_>>(),
            ["0-hello", "1-bye"]
        );
        assert_eq!(
            report
                .problems
                .iter()
                .map(|problem| problem.message.as_str())
                .collect::<Vec<_>>(),
            ["no frame asks for consent"]
        );
    }

    #[test]
    fn a_fault_has_a_path() {
        let report = report(
            r#"{"frames": {"a": {"kind": "group", "frameList": [{"kind": "text"}]}}, "sequence": ["a"]}"#,
        );
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
        let text = r#"{"frames": {"a": {"kind": "exp-lookit-text", "block": [], "showPreviousButton": "no", "selectNextFrame": "function() {}", "blocks": ["x"]}, "s": {"kind": "exp-lookit-survey"}, "v": {"kind": "exp-lookit-video"}, "w": {"kind": "exp-made-up"}, "u": {"kind": "exp-lookit-text", "blocks": "JSON:https://example.org/x"}}, "sequence": ["a", "s", "v", "w", "u"]}"#;
        let messages: Vec<String> = report(text)
            .problems
            .into_iter()
            .map(|problem| format!("{} {}", problem.path, problem.message))
            .collect();
        for expected in [
            "0-a \u{201c}block\u{201d} means nothing",
            "0-a \u{201c}showPreviousButton\u{201d} should be true or false",
            "0-a \u{201c}selectNextFrame\u{201d} is not run yet",
            "0-a \u{201c}blocks\u{201d} should be a list of text blocks",
            "1-s \u{201c}formSchema\u{201d} is missing",
            "2-v the kind \u{201c}exp-lookit-video\u{201d} can't be shown yet",
            "3-w there is no kind",
            "4-u \u{201c}JSON:https://example.org/x\u{201d} is not fetched yet",
            "sequence the last frame is no exit survey",
        ] {
            assert!(
                messages.iter().any(|message| message.starts_with(expected)),
                "{expected} in {messages:#?}"
            );
        }
    }
}
