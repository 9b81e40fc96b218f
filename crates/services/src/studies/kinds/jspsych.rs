//! An experiment that the researcher wrote with jsPsych.

use domain::studies::{Design, StudyKind};

use super::kind::{Inspection, Kind, fault};

pub(super) struct JsPsych;

impl Kind for JsPsych {
    fn kind(&self) -> StudyKind {
        StudyKind::JsPsych
    }

    fn about(&self) -> &'static str {
        "Bring an experiment written with jsPsych 8. Its official plugins are ready to use."
    }

    fn inspect(&self, design: &Design) -> Inspection {
        if !design.experiment.trim().is_empty() {
            return Inspection::default();
        }
        Inspection::of(vec![fault(
            "",
            "the experiment is empty",
            "Write it in JavaScript, or paste it.",
        )])
    }

    fn recording_method(&self) -> Option<&'static str> {
        Some("jspsych")
    }

    fn stores_trials(&self) -> bool {
        true
    }

    fn experiment<'d>(&self, design: &'d Design) -> Option<&'d str> {
        Some(&design.experiment)
    }
}
