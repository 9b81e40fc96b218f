//! Our player, with a protocol that is written down or made by a generator.

use domain::studies::{Design, StudyKind};
use protocol::{Severity, report};

use super::kind::{Check, Inspection, Kind, fault};

pub(super) struct FramePlayer;

impl Kind for FramePlayer {
    fn kind(&self) -> StudyKind {
        StudyKind::FramePlayer
    }

    fn about(&self) -> &'static str {
        "Write a protocol of ready-made frames: texts, pictures, videos, surveys, recordings. \
         No programming needed."
    }

    fn inspect(&self, design: &Design) -> Inspection {
        if design.uses_generator {
            return inspect_generator(&design.generator);
        }
        let report::Report {
            frames,
            mut problems,
            ..
        } = report(&design.protocol);
        // An empty sequence is a warning to a reader and a fault to a family.
        problems
            .iter_mut()
            .filter(|problem| problem.message == report::EMPTY)
            .for_each(|problem| problem.severity = Severity::Fault);
        Inspection {
            frames,
            problems,
            ..Inspection::default()
        }
    }

    fn checks(&self, design: &Design, found: &Inspection) -> Vec<Check> {
        if design.uses_generator {
            return Vec::new();
        }
        let has = |kinds: &[&str]| {
            let mut frames = found.frames.iter();
            frames.any(|frame| kinds.contains(&frame.kind.as_str()))
        };
        vec![
            Check::of(
                "Consent is asked for",
                has(&["exp-lookit-video-consent", "exp-lookit-survey-consent"]),
                "A consent frame is there.",
                "No consent frame was found.",
            ),
            Check::of(
                "Families can withdraw at the end",
                has(&["exp-lookit-exit-survey"]),
                "The exit survey is there.",
                "No exit survey was found.",
            ),
            no_warnings(found),
        ]
    }

    fn recording_method(&self) -> Option<&'static str> {
        Some("recordrtc")
    }

    fn written_protocol<'d>(&self, design: &'d Design) -> Option<&'d str> {
        (!design.uses_generator).then_some(design.protocol.as_str())
    }

    fn generator<'d>(&self, design: &'d Design) -> Option<&'d str> {
        design.uses_generator.then_some(design.generator.as_str())
    }
}

/// What a generator makes is known when it runs; that it is there can be said now.
fn inspect_generator(generator: &str) -> Inspection {
    if !generator.trim().is_empty() {
        return Inspection::default();
    }
    Inspection::of(vec![fault(
        "",
        "the generator is empty",
        "Write a function that returns frames and sequence, or switch it off.",
    )])
}

fn no_warnings(found: &Inspection) -> Check {
    let warnings = found
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Warning)
        .count();
    Check {
        label: "The protocol has no warnings",
        is_fine: warnings == 0,
        finding: match warnings {
            0 => "No warnings.".to_owned(),
            1 => "1 warning; see the design.".to_owned(),
            warnings => format!("{warnings} warnings; see the design."),
        },
    }
}
