//! The kinds of study. What a kind does differently from the others is asked of [`of`]; a fifth
//! kind is one more module here, one more fieldset on the design page, and one more member of
//! [`StudyKind`].

mod custom_runner;
mod external;
mod frame_player;
mod jspsych;

use domain::responses::ResponseId;
use domain::studies::{Ad, Design, StudyKind};
use protocol::{Frame, Problem, Severity};

use custom_runner::CustomRunner;
use external::External;
use frame_player::FramePlayer;
use jspsych::JsPsych;

/// What one kind of study does in its own way.
pub trait Kind: Sync {
    fn kind(&self) -> StudyKind;

    /// What it is for, in one sentence for the researcher who chooses.
    fn about(&self) -> &'static str;

    fn inspect(&self, design: &Design) -> Inspection;

    /// What a reviewer looks at besides what is checked for every kind.
    fn checks(&self, _design: &Design, _found: &Inspection) -> Vec<Check> {
        Vec::new()
    }

    /// How its recordings are made, as the classic tables name it.
    fn recording_method(&self) -> Option<&'static str>;

    /// Whether its data are a list of trials, rather than frames by id.
    fn stores_trials(&self) -> bool {
        false
    }

    /// Whether families take part on another site, which reports when they are done.
    fn is_elsewhere(&self) -> bool {
        false
    }

    /// Whether its researchers send an archive with the sources of a runner.
    fn has_archive(&self) -> bool {
        false
    }

    /// The protocol, where it is written down and can be tried out for a child before it begins.
    fn written_protocol<'d>(&self, _design: &'d Design) -> Option<&'d str> {
        None
    }

    /// The function that makes the protocol in the browser, where there is one.
    fn generator<'d>(&self, _design: &'d Design) -> Option<&'d str> {
        None
    }

    /// The program that is run in place of a protocol.
    fn experiment<'d>(&self, _design: &'d Design) -> Option<&'d str> {
        None
    }

    /// Where families go that take part elsewhere; nothing where the study is played here.
    fn address(&self, _design: &Design, _about: &Visit<'_>) -> Option<String> {
        None
    }
}

/// What a program can say about a design.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// The frames of one possible run, where a protocol is written down.
    pub frames: Vec<Frame>,
    /// Faults keep the design from being submitted and run; warnings don't.
    pub problems: Vec<Problem>,
}

impl Inspection {
    fn of(problems: Vec<Problem>) -> Self {
        Self {
            frames: Vec::new(),
            problems,
        }
    }

    /// What keeps the design from being run.
    pub fn faults(&self) -> impl Iterator<Item = &Problem> {
        self.problems
            .iter()
            .filter(|problem| problem.severity == Severity::Fault)
    }

    /// What the study still needs before it can be submitted: of its ad, and of its design.
    pub fn needs(&self, ad: &Ad) -> Vec<String> {
        let missing = ad
            .missing()
            .into_iter()
            .map(|(_, words)| format!("The ad needs {words}."));
        missing.chain(self.faults().map(in_words)).collect()
    }
}

/// Something that a reviewer looks at. What a program can see is answered; the rest is for human
/// eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub label: &'static str,
    /// Whether nothing speaks against it.
    pub is_fine: bool,
    pub finding: String,
}

impl Check {
    pub(super) fn of(label: &'static str, is_fine: bool, fine: &str, bad: &str) -> Self {
        Self {
            label,
            is_fine,
            finding: if is_fine { fine } else { bad }.to_owned(),
        }
    }
}

/// What the link to another site tells it.
pub struct Visit<'a> {
    /// Publishable id of the child in this study.
    pub child: &'a str,
    pub response: ResponseId,
    /// Link by which the other site says that the family is done.
    pub return_link: &'a str,
}

/// In the order in which a researcher reads them.
pub const KINDS: [&dyn Kind; 4] = [&FramePlayer, &JsPsych, &External, &CustomRunner];

pub fn of(kind: StudyKind) -> &'static dyn Kind {
    match kind {
        StudyKind::FramePlayer => &FramePlayer,
        StudyKind::JsPsych => &JsPsych,
        StudyKind::External => &External,
        StudyKind::CustomRunner => &CustomRunner,
    }
}

/// The kinds whose families take part on another site.
pub fn elsewhere() -> impl Iterator<Item = StudyKind> {
    KINDS
        .iter()
        .filter(|kind| kind.is_elsewhere())
        .map(|kind| kind.kind())
}

/// What keeps a design from being run, in one sentence; nothing if it can be run.
pub fn needs_to_run(kind: StudyKind, design: &Design) -> Option<String> {
    of(kind).inspect(design).faults().next().map(in_words)
}

fn in_words(fault: &Problem) -> String {
    if fault.path.is_empty() {
        format!("{}. {}", fault.message, fault.remedy)
    } else {
        format!("{}: {}. {}", fault.path, fault.message, fault.remedy)
    }
}

fn fault(path: &str, message: &str, remedy: &str) -> Problem {
    Problem {
        severity: Severity::Fault,
        path: path.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_there_once() {
        for kind in StudyKind::ALL {
            assert_eq!(of(*kind).kind(), *kind);
            assert_eq!(
                KINDS.iter().filter(|known| known.kind() == *kind).count(),
                1
            );
        }
    }

    #[test]
    fn what_is_played_here_is_not_elsewhere() {
        for kind in KINDS {
            assert_eq!(kind.is_elsewhere(), !kind.kind().is_internal());
        }
    }

    #[test]
    fn an_empty_design_is_not_ready() {
        let design = Design::new(StudyKind::FramePlayer);
        assert!(
            of(StudyKind::FramePlayer)
                .inspect(&design)
                .problems
                .iter()
                .any(|problem| problem.severity == Severity::Fault)
        );
        assert!(
            !of(StudyKind::JsPsych)
                .inspect(&Design::default())
                .needs(&Ad::default())
                .is_empty()
        );
    }
}
