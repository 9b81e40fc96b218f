//! The kinds of study, behind one seam. A fifth kind is one more module's worth of [`Kind`] here,
//! and one form on the design page.

use domain::responses::ResponseId;
use domain::studies::design::External;
use domain::studies::{Ad, Design, StudyKind};
use protocol::{Frame, Problem, Severity};

/// What the rest of the house asks of a kind of study.
pub trait Kind: Sync {
    /// Which one it is.
    fn kind(&self) -> StudyKind;
    /// What it is for, in one sentence for the researcher who chooses.
    fn about(&self) -> &'static str;
    /// Looks at a design.
    fn look(&self, design: &Design) -> Look;
    /// How its recordings are made, as the classic tables name it.
    fn recording_method(&self) -> Option<&'static str>;
    /// Whether the runs' data are a list of trials (`true`) or frames by id.
    fn stores_trials(&self) -> bool {
        false
    }
    /// Where families go that take part elsewhere; nothing where the study is played here.
    fn address(&self, _design: &Design, _about: &Visit<'_>) -> Option<String> {
        None
    }
}

/// What a design looks like to whoever checks it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The frames of one possible run, where a protocol is written down.
    pub frames: Vec<Frame>,
    /// What is wrong with it; faults keep it from being submitted and run.
    pub problems: Vec<Problem>,
}

impl Look {
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

/// What the link to another site tells it.
pub struct Visit<'a> {
    /// Publishable id of the child in this study.
    pub child: &'a str,
    /// The response.
    pub response: ResponseId,
    /// Link by which the other site says that the family is done.
    pub return_link: &'a str,
}

/// All kinds, in the order in which a researcher reads them.
pub const KINDS: [&dyn Kind; 4] = [&FramePlayer, &JsPsych, &ExternalLink, &CustomRunner];

/// The kind of a study.
pub fn of(kind: StudyKind) -> &'static dyn Kind {
    match kind {
        StudyKind::FramePlayer => &FramePlayer,
        StudyKind::JsPsych => &JsPsych,
        StudyKind::External => &ExternalLink,
        StudyKind::CustomRunner => &CustomRunner,
    }
}

/// What keeps a design from being run, in one sentence; nothing if it can be run.
pub fn needs_to_run(kind: StudyKind, design: &Design) -> Option<String> {
    of(kind).look(design).faults().next().map(in_words)
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

struct FramePlayer;

impl Kind for FramePlayer {
    fn kind(&self) -> StudyKind {
        StudyKind::FramePlayer
    }
    fn about(&self) -> &'static str {
        "Write a protocol of ready-made frames: texts, pictures, videos, surveys, recordings. No programming needed."
    }
    fn look(&self, design: &Design) -> Look {
        if design.uses_generator {
            // What a generator makes is known when it runs; that it is there can be said now.
            return if design.generator.trim().is_empty() {
                Look::of(vec![fault(
                    "generator",
                    "the generator is empty",
                    "Write a function that returns frames and sequence, or switch it off.",
                )])
            } else {
                Look::default()
            };
        }
        let protocol::report::Report {
            frames,
            mut problems,
            ..
        } = protocol::report(&design.structure);
        // An empty sequence is a warning to a reader and a fault to a family.
        problems
            .iter_mut()
            .filter(|problem| problem.message == protocol::report::EMPTY)
            .for_each(|problem| problem.severity = Severity::Fault);
        Look { frames, problems }
    }
    fn recording_method(&self) -> Option<&'static str> {
        Some("recordrtc")
    }
}

struct JsPsych;

impl Kind for JsPsych {
    fn kind(&self) -> StudyKind {
        StudyKind::JsPsych
    }
    fn about(&self) -> &'static str {
        "Bring an experiment written with jsPsych 8. Its official plugins are ready to use."
    }
    fn look(&self, design: &Design) -> Look {
        Look::of(if design.experiment.trim().is_empty() {
            vec![fault(
                "experiment",
                "the experiment is empty",
                "Write it in JavaScript, or paste it.",
            )]
        } else {
            Vec::new()
        })
    }
    fn recording_method(&self) -> Option<&'static str> {
        Some("jspsych")
    }
    fn stores_trials(&self) -> bool {
        true
    }
}

struct ExternalLink;

impl Kind for ExternalLink {
    fn kind(&self) -> StudyKind {
        StudyKind::External
    }
    fn about(&self) -> &'static str {
        "Send families to a study on another site, or to a calendar where they make an appointment."
    }
    fn look(&self, design: &Design) -> Look {
        Look::of(if design.external.url.is_empty() {
            vec![fault(
                "url",
                "the address of the study is missing",
                "Enter it on the design page.",
            )]
        } else {
            Vec::new()
        })
    }
    fn recording_method(&self) -> Option<&'static str> {
        None
    }
    fn address(&self, design: &Design, about: &Visit<'_>) -> Option<String> {
        address(&design.external, about)
    }
}

/// The address of an external study with what it is told. Parameters that stand there already are
/// kept, those of the same name replaced (`domain.md` §5.1; empty ones stay, which the classic site
/// dropped).
fn address(external: &External, about: &Visit<'_>) -> Option<String> {
    let mut address = url::Url::parse(&external.url).ok()?;
    let added = [
        ("child", about.child.to_owned()),
        ("response", about.response.to_string()),
        ("lookit_return", about.return_link.to_owned()),
    ];
    let kept: Vec<(String, String)> = address
        .query_pairs()
        .filter(|(name, _)| added.iter().all(|(other, _)| name != other))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    address
        .query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(added);
    Some(address.into())
}

struct CustomRunner;

impl Kind for CustomRunner {
    fn kind(&self) -> StudyKind {
        StudyKind::CustomRunner
    }
    fn about(&self) -> &'static str {
        "Use a runner of your own, built from a commit of its sources."
    }
    fn look(&self, design: &Design) -> Look {
        let mut problems = Vec::new();
        if design.runner.player_repo_url.is_empty() && design.runner.archive.is_empty() {
            problems.push(fault(
                "player_repo_url",
                "the source of the runner is missing",
                "Enter a repository or send an archive, and say which commit it is.",
            ));
        }
        problems.push(fault(
            "runner",
            "custom runners can't be built on this site yet",
            "Use the frame player or jsPsych meanwhile; what you entered is kept.",
        ));
        Look::of(problems)
    }
    fn recording_method(&self) -> Option<&'static str> {
        Some("recordrtc")
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
    fn an_address_keeps_its_parameters_and_gets_three() {
        let about = Visit {
            child: "aB3dE9",
            response: ResponseId(uuid::Uuid::nil()),
            return_link: "https://lookit.test/studies/return/x.y",
        };
        let of = |url: &str| {
            address(
                &External {
                    url: url.into(),
                    ..External::default()
                },
                &about,
            )
        };
        let expected = "https://survey.example/x?a=1&empty=&b=%C3%A9&child=aB3dE9&response=00000000-0000-0000-0000-000000000000&lookit_return=https%3A%2F%2Flookit.test%2Fstudies%2Freturn%2Fx.y#part";
        assert_eq!(
            of("https://survey.example/x?a=1&child=old&empty=&b=é#part").as_deref(),
            Some(expected)
        );
        assert_eq!(of(""), None);
    }

    #[test]
    fn an_empty_protocol_is_not_ready() {
        let design = Design::new(StudyKind::FramePlayer);
        assert!(
            of(StudyKind::FramePlayer)
                .look(&design)
                .problems
                .iter()
                .any(|problem| problem.severity == Severity::Fault)
        );
        assert!(
            !of(StudyKind::JsPsych)
                .look(&Design::default())
                .needs(&Ad::default())
                .is_empty()
        );
    }
}
