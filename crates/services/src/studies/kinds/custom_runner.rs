//! A runner of the researcher's own, built from its sources.

use domain::studies::{Design, StudyKind};

use super::kind::{Inspection, Kind, fault};

pub(super) struct CustomRunner;

impl Kind for CustomRunner {
    fn kind(&self) -> StudyKind {
        StudyKind::CustomRunner
    }

    fn can_be_made(&self) -> bool {
        false
    }

    fn about(&self) -> &'static str {
        "Use a runner of your own, built from a commit of its sources."
    }

    fn inspect(&self, design: &Design) -> Inspection {
        let mut problems = Vec::new();
        if design.runner.player_repo_url.is_empty() && design.runner.archive.is_empty() {
            problems.push(fault(
                "",
                "the source of the runner is missing",
                "Enter a repository or send an archive, and say which commit it is.",
            ));
        }
        problems.push(fault(
            "",
            "custom runners can't be built on this site yet",
            "Use the frame player or jsPsych meanwhile; what you entered is kept.",
        ));
        Inspection::of(problems)
    }

    fn recording_method(&self) -> Option<&'static str> {
        Some("recordrtc")
    }

    fn has_archive(&self) -> bool {
        true
    }
}
