//! What every kind of study answers, and what it answers with.

use domain::responses::ResponseId;
use domain::studies::{Ad, Design, StudyKind};
use domain::text::capitalised;
use protocol::{FrameName, Problem, Severity};

/// What one kind of study does in its own way.
pub trait Kind: Sync {
    fn kind(&self) -> StudyKind;

    /// Whether studies of this kind can be made. Of others there are old ones, which can be read.
    fn can_be_made(&self) -> bool {
        true
    }

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
    fn address(&self, _design: &Design, _about: &LinkParameters<'_>) -> Option<String> {
        None
    }
}

/// What a program can say about a design.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// The frames of one possible run, where a protocol is written down.
    pub frames: Vec<FrameName>,
    /// Faults keep the design from being submitted and run; warnings don't.
    pub problems: Vec<Problem>,
    /// What a reviewer looks at besides what is checked for every kind.
    pub checks: Vec<Check>,
}

impl Inspection {
    pub(super) fn of(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            ..Self::default()
        }
    }

    /// About how many bytes it takes to keep it.
    pub(crate) fn size(&self) -> usize {
        let frames = self.frames.iter();
        let frames = frames.map(|frame| frame.id.len() + frame.kind.len() + frame.path.len() + 72);
        let problems = self.problems.iter();
        let problems =
            problems.map(|one| one.path.len() + one.message.len() + one.remedy.len() + 80);
        let checks = self.checks.iter().map(|check| check.finding.len() + 48);
        frames.chain(problems).chain(checks).sum::<usize>() + 200
    }

    /// What keeps the design from being run, in one sentence; nothing if it can be run.
    pub fn need(&self) -> Option<String> {
        self.faults().next().map(in_words)
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
            .map(|(_, words)| format!("Missing from the ad: {words}."));
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
    pub(in crate::studies) fn of(
        label: &'static str,
        is_fine: bool,
        fine: &str,
        bad: &str,
    ) -> Self {
        Self {
            label,
            is_fine,
            finding: if is_fine { fine } else { bad }.to_owned(),
        }
    }
}

/// What the link to another site tells it.
pub struct LinkParameters<'a> {
    /// Publishable id of the child in this study.
    pub child: &'a str,
    pub response: ResponseId,
    /// Link by which the other site says that the family is done.
    pub return_link: &'a str,
}

pub(super) fn in_words(fault: &Problem) -> String {
    if fault.path.is_empty() {
        format!("{}. {}", capitalised(&fault.message), fault.remedy)
    } else {
        format!("{}: {}. {}", fault.path, fault.message, fault.remedy)
    }
}

pub(super) fn fault(path: &str, message: &str, remedy: &str) -> Problem {
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
    fn a_need_is_a_sentence_that_names_what_is_missing() {
        assert_eq!(
            in_words(&fault(
                "",
                "the address of the study is missing",
                "Enter it."
            )),
            "The address of the study is missing. Enter it."
        );
        assert_eq!(
            in_words(&fault("frames.a", "this frame has no kind", "Add one.")),
            "frames.a: this frame has no kind. Add one."
        );
        let needs = Inspection::default().needs(&Ad::default());
        assert_eq!(needs[0], "Missing from the ad: a summary for the card.");
    }
}
